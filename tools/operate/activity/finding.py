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

_OWNERS = ["PartitionKey", "RowKey", "owner_learner", "owner_course", "known_ids", "held_back_ids"]
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

    Both are named as the first event of the enrolment named them, or by Graph's id. This reads the whole table: the
    names are compared here, because a condition is part of the URL, and storage logs URLs.
    """
    courses = None if course is None else {_json(reference) for reference in _courses(course)}
    learners = None if learner is None else {_json(reference) for reference in _learners(learner)}
    begin = "" if learner is None else f'{{"learner_user_id":{_json(canonical_value("entraObjectId", learner))},'
    async for row in table.query_entities(RECORDS, select=_OWNERS):
        is_course = courses is None or row.get("owner_course") in courses
        is_learner = (
            learners is None
            or row.get("owner_learner") in learners
            or any(str(row.get(ids)).startswith(begin) for ids in ("known_ids", "held_back_ids"))
        )
        if is_course and is_learner:
            yield record_of(await table.get_entity(row["PartitionKey"], row["RowKey"]))


def _json(value: object) -> str:
    return to_json(value).decode()


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
