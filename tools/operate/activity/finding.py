"""Finds records in the ledger: by row key, by enrolment, by learner or by course."""

import re
from collections.abc import AsyncIterator, Iterator

from azure.data.tables.aio import TableClient
from pydantic_core import to_json

from activities.domain.canonical import canonical_value
from activities.domain.record import ActivityRecord, row_key
from activities.domain.terms import Reference
from activities.storage.keys import RECORDS
from activities.storage.ledger import Ledger
from activities.storage.rows import record_of

_KEY = re.compile(r"[0-9a-f]{6,64}")
# After every character that a row key or an id may have.
_LAST = "~"


async def by_id(table: TableClient, text: str) -> list[ActivityRecord]:
    """Return the record of an enrolment; or those whose row key begins so, from six characters on."""
    stored = await Ledger(table).load(text)
    if stored.etag is not None:
        return [stored.record]
    key = text.lower()
    if not _KEY.fullmatch(key):
        return []
    condition = "PartitionKey eq @partition and RowKey ge @key and RowKey lt @last"
    return [one async for one in _all(table, condition, partition=key[:2], key=key, last=key + _LAST)]


async def by_names(table: TableClient, learner: str | None, course: str | None) -> AsyncIterator[ActivityRecord]:
    """Yield the records of a learner, of a course, or of a learner in a course.

    Both are named as the first event of the enrolment named them, or by Graph's id. This reads the whole table.
    """
    # The client finds its parameters between spaces.
    conditions, values = [RECORDS], {}
    for column, references, name in (
        ("owner_learner", _learners, learner),
        ("owner_course", _courses, course),
    ):
        if name is None:
            continue
        either = []
        for number, reference in enumerate(references(name)):
            either.append(f"{column} eq @{column}{number}")
            values[f"{column}{number}"] = to_json(reference).decode()
        if column == "owner_learner":
            begin = f'{{"learner_user_id":{to_json(canonical_value("entraObjectId", name)).decode()},'
            values |= {"begin": begin, "end": begin + _LAST}
            either += [f"( {ids} ge @begin and {ids} lt @end )" for ids in ("known_ids", "held_back_ids")]
        conditions.append(f"( {' or '.join(either)} )")
    async for record in _all(table, " and ".join(conditions), **values):
        yield record


async def _all(table: TableClient, condition: str, **values: str) -> AsyncIterator[ActivityRecord]:
    async for row in table.query_entities(condition, parameters=values):
        yield record_of(row)


def _learners(name: str) -> Iterator[Reference]:
    """Yield what an operator may mean by a name: it does not say of which kind it is."""
    for kind in ("entraObjectId", "userPrincipalName", "email", "employeeId"):
        yield Reference(kind, canonical_value(kind, name))
    # A source may have colons in its name, and so may an account.
    for colon in re.finditer(":", name):
        account = canonical_value("lmsAccount", name[colon.end() :])
        yield Reference("lmsAccount", f"{name[: colon.start()]}\n{account}")


def _courses(name: str) -> Iterator[Reference]:
    for kind in ("learningContentId", "externalId"):
        yield Reference(kind, canonical_value(kind, name))


def key_of(record: ActivityRecord) -> str:
    """Return the row key of a record."""
    return row_key(record.enrollment_id)
