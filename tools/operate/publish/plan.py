"""Works out what publishing would change, given the ledger. It only reads, and can't know what Graph will refuse."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from activities.domain.desired import desired_state
from activities.domain.errors import NewerVersion
from activities.domain.news import News
from activities.domain.outcomes import Reason
from activities.domain.record import ActivityRecord
from activities.storage.rows import record_of
from tools.operate.publish.sorting import Sorted, Told

# If there are more records of a partition than this, reading the partition is faster than reading each record.
_FEW = 32
_OTHER_SOURCE = "the record belongs to another source"
_OTHER_NAME = "names the learner or the course differently than the record; the app will look both up"
_NEWER = "a later version of the app stored the record"


class Effect(StrEnum):
    """What a message would lead to."""

    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"
    SAME = "same"
    UNCLEAR = "unclear"
    REFUSED = "refused"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Planned:
    """What one message would lead to, the reason if it needs one, and which of its values are left out."""

    place: str
    effect: Effect
    record: str | None = None
    reason: str | None = None
    detail: str | None = None
    dropped: tuple[str, ...] = ()


async def planned(told: Sorted, table: TableClient) -> AsyncIterator[Planned]:
    """Yield what each message would lead to, record by record. A record's later messages build on its earlier ones.

    Raises:
        AzureError: the ledger can't be read.
    """
    for partition in told.by_partition():
        rows = await _rows(table, [several[0].record for several in partition])
        for several in partition:
            for one in _effects(several, rows.get(several[0].record)):
                yield one


async def _rows(table: TableClient, records: Sequence[str]) -> dict[str, TableEntity]:
    """Return the rows that exist for these records. The records are sorted, and all in one partition."""
    if len(records) <= _FEW:
        found = await asyncio.gather(*(_row(table, record) for record in records))
        return {record: row for record, row in zip(records, found, strict=True) if row is not None}
    first, last, wanted = records[0], records[-1], set(records)
    query = f"PartitionKey eq '{first[:2]}' and RowKey ge '{first}' and RowKey le '{last}'"
    return {row["RowKey"]: row async for row in table.query_entities(query) if row["RowKey"] in wanted}


async def _row(table: TableClient, record: str) -> TableEntity | None:
    try:
        return await table.get_entity(record[:2], record)
    except ResourceNotFoundError as error:
        # With any other code, the table is missing.
        if getattr(error, "error_code", None) in ("ResourceNotFound", "EntityNotFound"):
            return None
        raise


def _effects(told: Sequence[Told], row: TableEntity | None) -> Iterator[Planned]:
    try:
        record = ActivityRecord(told[0].enrollment_id) if row is None else record_of(row)
    except NewerVersion:
        yield from (Planned(one.place, Effect.UNCLEAR, one.record, None, _NEWER, one.dropped) for one in told)
        return
    for one in told:
        if record.owner is not None and not record.owner.is_source_of(one.news):
            reason = Reason.IDENTITY_CONFLICT.value
            yield Planned(one.place, Effect.REFUSED, one.record, reason, _OTHER_SOURCE, one.dropped)
        elif not record.takes(one.news):
            yield Planned(one.place, Effect.UNCLEAR, one.record, None, _OTHER_NAME, one.dropped)
        else:
            effect, record = _effect(record, one.news)
            yield Planned(one.place, effect, one.record, dropped=one.dropped)


def _effect(record: ActivityRecord, news: News) -> tuple[Effect, ActivityRecord]:
    """Return what an event of the record's owner does to the record, and the record with the event merged."""
    # The provider doesn't matter, because it's the same before and after.
    merged = record.merged(news)
    before, after = desired_state(record, ""), desired_state(merged, "")
    if after is None:
        return Effect.SAME if before is None else Effect.REMOVED, merged
    if before is None:
        return Effect.NEW, merged
    return Effect.SAME if before.digest == after.digest else Effect.CHANGED, merged
