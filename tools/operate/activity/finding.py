"""Finds records in the ledger: by row key, by enrolment, by learner or by course."""

from collections.abc import AsyncIterator
from contextlib import suppress

from azure.data.tables.aio import TableClient

from activities.domain.record import ActivityRecord, row_key
from activities.storage.ledger import Ledger
from activities.storage.rows import record_of
from tools.operate.records import Condition, Named
from tools.operate.troubles import WrongUsage


async def by_id(table: TableClient, text: str) -> list[ActivityRecord]:
    """Return the record of an enrolment; or those whose row key begins so, from six characters on."""
    stored = await Ledger(table).load(text)
    if stored.etag is not None:
        return [stored.record]
    with suppress(WrongUsage):
        return [one async for one in _all(table, Condition.of_key(text))]
    return []


async def by_names(table: TableClient, named: Named) -> AsyncIterator[ActivityRecord]:
    """Yield the records of a learner, of a course, or of a learner in a course. This reads the whole table."""
    async for record in _all(table, named.condition()):
        yield record


async def _all(table: TableClient, condition: Condition) -> AsyncIterator[ActivityRecord]:
    async for row in table.query_entities(condition.text, parameters=condition.values):
        yield record_of(row)


def key_of(record: ActivityRecord) -> str:
    """Return the row key of a record."""
    return row_key(record.enrollment_id)
