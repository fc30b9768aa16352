"""The ledger: one row of an Azure Table for each enrolment, written by compare-and-swap on its ETag.

The keys of a row are a hash of the enrolment id, so that any characters and any length will do. Every field of the
record and every part of its state has columns of its own, so that an operator can read them. A column holds 32,768
characters, a row 1 MiB.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError
from azure.data.tables import TableEntity, UpdateMode
from azure.data.tables.aio import TableClient

from activities.domain.errors import NewerVersion, RecordChanged
from activities.domain.fields import Clock, Field
from activities.domain.record import ActivityRecord, StoredRecord
from activities.domain.sync_state import SETTLED, Activity, Attempt, Check, Failing, Lease, RetryMark, SyncState
from activities.domain.terms import ImmutablePart, Reference
from activities.domain.versions import READABLE, VERSION
from activities.storage.keys import SHARED_PARTITION, keys
from activities.storage.refusals import configuration_fault, is_missing_row

_FIELD = "field_"
_IMMUTABLE = "immutable"
# Each part of the state has a column for each of its values: `activity_id`, `lease_until`, ...
_PARTS: Mapping[str, type[Activity | Attempt | Lease | RetryMark | Failing | Check]] = {
    "activity": Activity,
    "attempt": Attempt,
    "lease": Lease,
    "retry": RetryMark,
    "failing": Failing,
    "check": Check,
}
_VALUES = ("deleted_id", "waiting_since", "parked", "letter", "sweep")
# Other rows share the table; see `shared.py`.
_RECORDS = f"PartitionKey ne '{SHARED_PARTITION}'"
_UNSETTLED = f"{_RECORDS} and state ne '{SETTLED}'"


class Ledger:
    """Loads and stores records. Other storage errors are raised too, and the host delivers the message again."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def load(self, enrollment_id: str) -> StoredRecord:
        """Return the record of an enrolment; an empty one if nothing is known of it.

        Raises:
            ConfigurationFault: there is no table, or the app may not read it. No event would get through.
            NewerVersion: newer code has written the row.
        """
        row = await self._get(*keys(enrollment_id))
        if row is None:
            return StoredRecord(ActivityRecord(enrollment_id), None)
        return StoredRecord(_record(row), row.metadata["etag"])

    async def find(self, record: str) -> str | None:
        """Return the id of the enrolment whose row key this is, or None if there is no such record.

        Raises the same errors as `load`.
        """
        row = await self._get(record[:2], record)
        return None if row is None else _record(row).enrollment_id

    async def _get(self, partition: str, row_key: str) -> TableEntity | None:
        try:
            return await self._table.get_entity(partition, row_key)
        except HttpResponseError as error:
            if is_missing_row(error):
                return None
            raise configuration_fault("ledger", error) or error from error

    async def waiting(self) -> tuple[Counter[str], float | None]:
        """Return how many records are not settled, by state, and since when the oldest of them has waited."""
        counts: Counter[str] = Counter()
        oldest: float | None = None
        columns = ["state", "waiting_since"]
        async for row in self._table.query_entities(_UNSETTLED, select=columns):
            counts[str(row.get("state"))] += 1
            since = row.get("waiting_since")
            if isinstance(since, float):
                oldest = since if oldest is None else min(oldest, since)
        return counts, oldest

    async def store(self, record: ActivityRecord, etag: str | None) -> StoredRecord:
        """Write a record over the row with this ETag, or where no row is yet (None).

        Raises:
            RecordChanged: somebody else wrote in between; nothing was written.
            ConfigurationFault: there is no table, or the app may not write it.
        """
        row = _row(record)
        try:
            if etag is None:
                written = await self._table.create_entity(row)
            else:
                written = await self._table.update_entity(
                    row, mode=UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified
                )
        except (ResourceExistsError, ResourceModifiedError) as error:
            raise RecordChanged from error
        except HttpResponseError as error:
            raise configuration_fault("ledger", error) or error from error
        return StoredRecord(record, str(written["etag"]))


def _row(record: ActivityRecord) -> dict[str, Any]:
    partition, row_key = keys(record.enrollment_id)
    row: dict[str, Any] = {
        "PartitionKey": partition,
        "RowKey": row_key,
        "version": VERSION,
        "enrollment_id": record.enrollment_id,
        "state": record.sync.state,
    }
    for name, kind in _PARTS.items():
        part = getattr(record.sync, name)
        if part is not None:
            row |= {f"{name}_{column}": _column(getattr(part, column)) for column in kind.__dataclass_fields__}
    row |= {name: getattr(record.sync, name) for name in _VALUES}
    for name, field in record.fields.items():
        row[_FIELD + name] = json.dumps([field.clock, field.value], ensure_ascii=False)
    return {column: value for column, value in row.items() if value is not None}


def _column(value: object) -> object:
    return json.dumps(asdict(value), ensure_ascii=False) if isinstance(value, ImmutablePart) else value


def _record(row: Mapping[str, Any]) -> ActivityRecord:
    if row.get("version") not in READABLE:
        raise NewerVersion(f"a row of version {row.get('version')}, which this code cannot read")
    fields = {name.removeprefix(_FIELD): _field(text) for name, text in row.items() if name.startswith(_FIELD)}
    parts: dict[str, Any] = {name: _part(name, kind, row) for name, kind in _PARTS.items()}
    values = {name: row[name] for name in _VALUES if name in row}
    return ActivityRecord(row["enrollment_id"], fields, SyncState(**parts, **values))


def _field(text: str) -> Field:
    clock, value = json.loads(text)
    return Field(Clock(*clock), value)


def _part(name: str, kind: type, row: Mapping[str, Any]) -> object:
    prefix = f"{name}_"
    found = {column.removeprefix(prefix): value for column, value in row.items() if column.startswith(prefix)}
    if _IMMUTABLE in found:
        found[_IMMUTABLE] = _immutable(json.loads(found[_IMMUTABLE]))
    return kind(**found) if found else None


def _immutable(stored: dict[str, Any]) -> ImmutablePart:
    for name in ("learner", "course", "assigner"):
        stored[name] = Reference(*stored[name]) if stored[name] is not None else None
    return ImmutablePart(**stored)
