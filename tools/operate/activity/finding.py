"""Finds records in the ledger: by row key, by enrolment, by learner or by course."""

from collections.abc import AsyncIterator
from contextlib import suppress

from azure.data.tables.aio import TableClient

from activities.domain.record import ActivityRecord, row_key
from activities.storage.keys import RECORDS
from activities.storage.ledger import Ledger
from activities.storage.rows import record_of
from tools.operate.records import NAMES, Condition, Named
from tools.operate.troubles import WrongUsage


async def by_id(table: TableClient, text: str) -> list[ActivityRecord]:
    """Return the record of an enrolment, or those whose row key begins with the text (at least six characters)."""
    stored = await Ledger(table).load(text)
    if stored.etag is not None:
        return [stored.record]
    with suppress(WrongUsage):
        condition = Condition.of_key(text)
        return [record_of(row) async for row in table.query_entities(condition.text, parameters=condition.values)]
    return []


async def by_names(table: TableClient, named: Named) -> AsyncIterator[ActivityRecord]:
    """Yield the records of a learner, of a course, or of a learner in a course. This reads the whole table."""
    is_named = named.matcher()
    async for row in table.query_entities(RECORDS, select=["PartitionKey", "RowKey", *NAMES]):
        if is_named(row):
            yield record_of(await table.get_entity(row["PartitionKey"], row["RowKey"]))


def key_of(record: ActivityRecord) -> str:
    """Return the row key of a record."""
    return row_key(record.enrollment_id)
