"""The ledger: one row of an Azure Table per enrolment, written by compare-and-swap on its ETag.

A row's keys are a hash of the enrolment id, so that any characters and any length will do. Every field of the record
is a column of its own: a column holds 32,768 characters, a row 1 MiB, and an operator can read it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableEntity, UpdateMode
from azure.data.tables.aio import TableClient

from activities.domain.errors import ConfigurationFault, RecordChanged
from activities.domain.record import ActivityRecord, Clock, Field, Fixed, SyncState

_FIELD = "field_"
_FORBIDDEN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as it stands in the ledger; without an ETag it is not there yet."""

    record: ActivityRecord
    etag: str | None


class Ledger:
    """Loads and stores records. What else the table service refuses is raised: the host then delivers again."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def load(self, enrollment_id: str) -> Entry:
        """The record of an enrolment; an empty one where nothing is known of it.

        Raises:
            ConfigurationFault: there is no table, or it may not be read: no event would get through.
        """
        partition, row = keys(enrollment_id)
        try:
            entity = await self._table.get_entity(partition, row)
        except HttpResponseError as error:
            code = getattr(error, "error_code", None)
            if isinstance(error, ResourceNotFoundError) and code != "TableNotFound":
                return Entry(ActivityRecord(enrollment_id), None)
            if isinstance(error, ResourceNotFoundError | ClientAuthenticationError) or error.status_code in _FORBIDDEN:
                raise ConfigurationFault(f"ledger: {error.status_code} {code}") from error
            raise
        return Entry(_record(entity), entity.metadata["etag"])

    async def store(self, record: ActivityRecord, etag: str | None) -> str:
        """Write a record over the one with this ETag (None: over nothing) and return the new ETag.

        Raises:
            RecordChanged: somebody else wrote meanwhile; nothing was written.
        """
        entity = _entity(record)
        try:
            if etag is None:
                written = await self._table.create_entity(entity)
            else:
                written = await self._table.update_entity(
                    entity, mode=UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified
                )
        except (ResourceExistsError, ResourceModifiedError) as error:
            raise RecordChanged from error
        return str(written["etag"])


def keys(enrollment_id: str) -> tuple[str, str]:
    """Partition and row key of an enrolment."""
    row = hashlib.sha256(enrollment_id.encode()).hexdigest()
    return row[:2], row


def _entity(record: ActivityRecord) -> dict[str, Any]:
    partition, row = keys(record.enrollment_id)
    columns = {name: value for name, value in asdict(record.sync).items() if value is not None}
    if record.sync.fixed is not None:
        columns["fixed"] = json.dumps(columns["fixed"], ensure_ascii=False)
    for name, found in record.fields.items():
        columns[_FIELD + name] = json.dumps([found.clock, found.value], ensure_ascii=False)
    return {"PartitionKey": partition, "RowKey": row, "enrollment_id": record.enrollment_id, **columns}


def _record(entity: TableEntity) -> ActivityRecord:
    fields = {
        name.removeprefix(_FIELD): _field(json.loads(text)) for name, text in entity.items() if name.startswith(_FIELD)
    }
    return ActivityRecord(entity["enrollment_id"], fields, _sync(entity))


def _field(stored: list[Any]) -> Field:
    clock, value = stored
    return Field(Clock(*clock), value)


def _sync(entity: Mapping[str, Any]) -> SyncState:
    known = {name: entity[name] for name in SyncState.__dataclass_fields__ if name in entity}
    if "fixed" in known:
        fixed = json.loads(known["fixed"])
        for name in ("learner", "course", "assigner"):
            fixed[name] = tuple(fixed[name]) if fixed[name] is not None else None
        known["fixed"] = Fixed(**fixed)
    return SyncState(**known)
