"""Finds everything that the storage account has about one learner, except on the queues."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import ContainerClient

from activities.domain.errors import NewerVersion
from activities.domain.record import ActivityRecord
from activities.domain.terms import PersonReferenceKind, Reference
from activities.intake.formats import Formats
from activities.storage.keys import RECORDS
from activities.storage.letters import LetterFacts, Letters, NotALetter, opened
from activities.storage.rows import record_of
from tools.operate.each import each
from tools.operate.privacy.person import Learner, Owners, names_in
from tools.operate.privacy.texts import About, Reader

type Row = dict[str, Any]

# The columns that say whose a record is.
_OF_OWNERS = (
    ["RowKey", "version", "owner_source", "owner_learner", "owner_course", "owner_also"]
    + ["known_ids", "known_confirmed", "forgotten_until", "forgotten_untimed"]
    + [f"left_{name}" for name in ("id", "conclusive_from", "source", "learner", "course")]
)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the account keeps data about learners."""

    ledger: TableClient
    people: TableClient
    letters: Letters
    bodies: ContainerClient


@dataclass(slots=True)
class Found:
    """What's kept about a learner.

    Attributes:
        learner: the learner, with all names.
        records: the ledger's rows of records that aren't forgotten, by row key.
        tombstones: the ledger's rows of records that are forgotten, by row key.
        people: rows in the table of people.
        letters: dead letters, with their texts.
        bodies: bodies of large events, by the names of their blobs.
        shared: how many letters and bodies are also about others. They're neither exported nor deleted.
        assigner_of: how many other people's records name the learner as the assigner.
        unread: how many rows and letters can't be read, because later code wrote them.
    """

    learner: Learner
    records: dict[str, Row] = field(default_factory=dict)
    tombstones: dict[str, Row] = field(default_factory=dict)
    people: list[Row] = field(default_factory=list)
    letters: dict[LetterFacts, bytes] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    shared: int = 0
    assigner_of: int = 0
    unread: int = 0

    @property
    def can_go(self) -> bool:
        """Whether there is anything that can be forgotten."""
        return bool(self.records or self.people or self.letters or self.bodies)

    def counts(self) -> dict[str, int]:
        """Return how many of each were found, for a receipt."""
        return {
            "records": len(self.records),
            "tombstones": len(self.tombstones),
            "people": len(self.people),
            "deadLetters": len(self.letters),
            "bodies": len(self.bodies),
            "shared": self.shared,
            "assignerOf": self.assigner_of,
            "unread": self.unread,
        }


async def search(
    places: Places, formats: Formats, learner: Learner, step: Callable[[str], None] = lambda _: None
) -> Found:
    """Find everything about a learner.

    The ledger is read several times: first for the learner's names, then for the learner's records.

    Args:
        places: where to look.
        formats: the formats and sources that the app knows.
        learner: the learner, with the names that are known.
        step: called with the name of each step.

    Raises:
        AmbiguousName: what was found belongs to more than one person.
        AzureError: storage refused.
    """
    step("people")
    people = [dict(row) async for row in places.people.list_entities()]
    step("names")
    learner = await _with_all_names(places.ledger, people, learner)
    found = Found(learner, people=[row for row in people if not learner.own_names.isdisjoint(names_in(row))])
    step("records")
    await _records(places.ledger, found)
    reader = Reader(formats, learner.own_names, [*found.records, *found.tombstones])
    step("dead letters")
    await _letters(places.letters, reader, found)
    step("bodies")
    await _bodies(places.bodies, reader, found)
    return found


async def _with_all_names(ledger: TableClient, people: list[Row], learner: Learner) -> Learner:
    """Add the learner's names from the table of people and the ledger, until there are no more."""
    while True:
        before = learner
        owners = Owners(learner)
        async for row in ledger.query_entities(RECORDS, select=_OF_OWNERS):
            record = _record(row)
            if record is not None:
                owners.add(row["RowKey"], record)
        learner = owners.learner
        for named in map(names_in, people):
            if not learner.own_names.isdisjoint(named):
                learner = learner.with_names(named)
        if learner == before:
            return learner


async def _records(ledger: TableClient, found: Found) -> None:
    async for row in ledger.query_entities(RECORDS):
        record = _record(row)
        if record is None:
            found.unread += 1
        elif found.learner.owns(row["RowKey"], record):
            (found.tombstones if record.is_tombstone else found.records)[row["RowKey"]] = dict(row)
        else:
            found.assigner_of += _assigner(record) in found.learner.names


def _record(row: Row) -> ActivityRecord | None:
    """Return the record of a row, or None if later code wrote it."""
    try:
        return record_of(row)
    except NewerVersion:
        return None


def _assigner(record: ActivityRecord) -> Reference | None:
    field = record.facts.fields.get("assigner")
    if field is None or not isinstance(field.value, list):
        return None
    kind, value = field.value
    return Reference(cast("PersonReferenceKind", kind), value)


async def _letters(letters: Letters, reader: Reader, found: Found) -> None:
    own = {*found.records, *found.tombstones}

    async def look(facts: LetterFacts) -> None:
        text = await letters.text(facts.id)
        if text is None:
            return
        try:
            body = opened(text).body() or b""
        except NotALetter:
            body = text
        except NewerVersion:
            found.unread += 1
            return
        about = About.LEARNER if facts.record in own else reader.about(body)
        if about is About.LEARNER:
            found.letters[facts] = text
        found.shared += about is About.OTHERS_TOO

    await _each([facts async for facts in letters.list()], look)


async def _bodies(bodies: ContainerClient, reader: Reader, found: Found) -> None:
    async def look(name: str) -> None:
        try:
            text: bytes = await (await bodies.download_blob(name)).readall()
        except ResourceNotFoundError:
            # Its message has been handled in the meantime.
            return
        about = reader.about(text)
        if about is About.LEARNER:
            found.bodies[name] = text
        found.shared += about is About.OTHERS_TOO

    await _each([str(name) async for name in bodies.list_blob_names()], look)


async def _each[Item](items: list[Item], look: Callable[[Item], Awaitable[None]]) -> None:
    for _, error in await each(items, look):
        if error is not None:
            raise error
