"""Turns records into rows of the ledger's table, and rows into records.

Every field of the record has a column of its own, so that an operator can read it. So does each kind of moment, and
every value of the owner and of the parts of the state. A column holds 32,768 UTF-16 units, a row 1 MiB.
"""

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from activities.domain.desired import external_id
from activities.domain.errors import NewerVersion
from activities.domain.fields import Clock, Facts, Field, Moment
from activities.domain.news import Owner
from activities.domain.record import ActivityRecord, Forgotten
from activities.domain.sync_parts import (
    Activity,
    Attempt,
    Check,
    Failing,
    HeldBack,
    HeldStep,
    Known,
    Lease,
    Left,
    RefusedType,
    Replacing,
    RetryMark,
)
from activities.domain.sync_state import SyncState
from activities.domain.terms import RequestKind
from activities.domain.versions import READABLE, VERSION
from activities.storage.keys import keys

_FIELD = "field_"
_MOMENTS = "moments_"
_UNTIMED = "untimed"
_VALUES = ("deleted_id", "waiting_since", "parked", "letter", "sweep")
# Types that a column holds as they are. The rest becomes JSON, even whole numbers, which may be too large for a column.
_PLAIN = (str, str | None, float, bool, RequestKind, HeldStep)
# A bit less than a column holds.
_LARGEST = 32_000


class _Part:
    """The columns of the owner or of a part of the state: `activity_id`, `lease_until`, ...

    If the part exists, its first column always has a value.
    """

    def __init__(self, name: str, kind: type) -> None:
        self._kind = kind
        types: Mapping[str, Any] = {field.name: field.type for field in dataclass_fields(kind)}
        self._columns: list[tuple[str, str, TypeAdapter[Any] | None]] = [
            (value, f"{name}_{value}", None if types[value] in _PLAIN else TypeAdapter(types[value])) for value in types
        ]

    def write(self, part: object, row: dict[str, Any]) -> None:
        """Put a part's values into their columns."""
        for name, column, adapter in self._columns:
            value = getattr(part, name)
            if value is not None:
                row[column] = value if adapter is None else to_json(value).decode()

    def read(self, row: Mapping[str, Any]) -> Any:  # noqa: ANN401  the part that the columns describe
        """Return the part, or None if the row doesn't have it."""
        if self._columns[0][1] not in row:
            return None
        return self._kind(**{
            name: row[column] if adapter is None else adapter.validate_json(row[column])
            for name, column, adapter in self._columns
            if column in row
        })  # fmt: skip


_OWNER = _Part("owner", Owner)
_FORGOTTEN = _Part("forgotten", Forgotten)
_PARTS = {
    name: _Part(name, kind)
    for name, kind in (
        ("activity", Activity),
        ("attempt", Attempt),
        ("lease", Lease),
        ("retry", RetryMark),
        ("failing", Failing),
        ("known", Known),
        ("replacing", Replacing),
        ("refused", RefusedType),
        ("check", Check),
        ("held_back", HeldBack),
        ("left", Left),
    )
}


def row_of(record: ActivityRecord) -> dict[str, Any]:
    """Return the row of a record. Its `external_id` is for operators, who look it up in Graph.

    `latest_event` is when its latest event occurred, in seconds since 1970. It's used to find old records.

    Once a tombstone has no letter left to delete, its row no longer has the enrolment id.
    """
    partition, row_key = keys(record.enrollment_id)
    state = record.sync
    row: dict[str, Any] = {
        "PartitionKey": partition,
        "RowKey": row_key,
        "version": VERSION,
        "state": record.state,
    }
    if not record.is_tombstone or state.sweep:
        row |= {"enrollment_id": record.enrollment_id, "external_id": external_id(record.enrollment_id)}
    if record.facts.latest is not None:
        row["latest_event"] = record.facts.latest.occurred / 1e6
    if record.owner is not None:
        _OWNER.write(_that_fits(record.owner), row)
    for name, part in _PARTS.items():
        value = getattr(state, name)
        if value is not None:
            part.write(value, row)
    for name in _VALUES:
        value = getattr(state, name)
        if value is not None:
            row[name] = value
    if record.forgotten is not None:
        _FORGOTTEN.write(record.forgotten, row)
    return row | _columns_of(record.facts)


def _columns_of(facts: Facts) -> dict[str, str]:
    columns = {_FIELD + name: to_json(field).decode() for name, field in facts.fields.items()}
    columns |= {_MOMENTS + name: to_json(moments).decode() for name, moments in facts.moments.items()}
    return columns | ({_UNTIMED: to_json(sorted(facts.untimed)).decode()} if facts.untimed else {})


def record_of(row: Mapping[str, Any]) -> ActivityRecord:
    """Return the record of a row.

    Raises:
        NewerVersion: newer code wrote the row.
    """
    if row.get("version") not in READABLE:
        raise NewerVersion(f"a row of version {row.get('version')}, which this code can't read")
    fields: dict[str, Field] = {}
    moments: dict[str, tuple[Moment, ...]] = {}
    for column, text in row.items():
        if column.startswith(_FIELD):
            clock, value = from_json(text)
            fields[column.removeprefix(_FIELD)] = Field(Clock(*clock), value)
        elif column.startswith(_MOMENTS):
            moments[column.removeprefix(_MOMENTS)] = tuple(Moment(*moment) for moment in from_json(text))
    parts = {name: part.read(row) for name, part in _PARTS.items()}
    values = {name: row[name] for name in _VALUES if name in row}
    return ActivityRecord(
        row.get("enrollment_id", ""),
        _OWNER.read(row),
        Facts(fields, moments, frozenset(from_json(row.get(_UNTIMED, "[]")))),
        SyncState(**parts, **values),
        _FORGOTTEN.read(row),
    )


def _that_fits(owner: Owner) -> Owner:
    """Drop the oldest of the owner's other names until they fit in a column. They can be looked up again."""
    also = owner.also
    while also and len(to_json(also).decode().encode("utf-16-le")) // 2 > _LARGEST:
        also = also[1:]
    return owner if also is owner.also else replace(owner, also=also)
