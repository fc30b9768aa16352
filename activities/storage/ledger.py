"""The ledger: one row of an Azure Table for each enrolment, written by compare-and-swap on its ETag.

A row's keys are a hash of the enrolment id, so the id may have any characters and any length. `rows.py` says what a row
holds.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableEntity, UpdateMode
from azure.data.tables.aio import TableClient

from activities.domain.errors import NewerVersion, RecordChanged
from activities.domain.record import FORGOTTEN, ActivityRecord, StoredRecord
from activities.domain.sync_state import SETTLED
from activities.storage.faults import concerning_all
from activities.storage.keys import RECORDS, keys
from activities.storage.rows import record_of, row_of

_UNSETTLED = f"{RECORDS} and state ne '{SETTLED}' and state ne '{FORGOTTEN}'"
_OLD = "PartitionKey eq @partition and state eq @settled and latest_event lt @before and Timestamp lt @unchanged"
_PLACE = "ledger"


@dataclass(frozen=True, slots=True)
class Waiting:
    """The records that aren't settled.

    Attributes:
        states: how many there are in each state.
        since: when the oldest record began to wait, in seconds since 1970. Records in `course_since` don't count.
        course_since: when the oldest record began to wait for a course that the catalogue doesn't have yet.
    """

    states: Counter[str]
    since: float | None
    course_since: float | None

    @property
    def oldest(self) -> float | None:
        """When the oldest of all records began to wait."""
        return min((since for since in (self.since, self.course_since) if since is not None), default=None)


class Ledger:
    """Loads and stores records. Storage errors that a method doesn't mention are raised as they are."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def load(self, enrollment_id: str) -> StoredRecord:
        """Return the record of an enrolment, or an empty one if nothing is known about it.

        Raises:
            StorageFault: the table is missing, closed to the app, or failing. No event would get through.
            NewerVersion: newer code wrote the row.
        """
        row = await self._get(*keys(enrollment_id))
        if row is None:
            return StoredRecord(ActivityRecord(enrollment_id), None)
        # A tombstone's row doesn't have the enrolment id.
        record = replace(record_of(row), enrollment_id=enrollment_id)
        return StoredRecord(record, row.metadata["etag"])

    async def find(self, record: str) -> ActivityRecord | None:
        """Return the record with this row key, or None if there is none. A tombstone has no enrolment id.

        Raises the same errors as `load`.
        """
        row = await self._get(record[:2], record)
        return None if row is None else record_of(row)

    async def _get(self, partition: str, row_key: str) -> TableEntity | None:
        try:
            with concerning_all(_PLACE):
                return await self._table.get_entity(partition, row_key)
        except ResourceNotFoundError:
            return None

    async def waiting(self) -> Waiting:
        """Count the records that aren't settled. This reads the whole table."""
        states: Counter[str] = Counter()
        since: dict[bool, float] = {}
        columns = ["state", "waiting_since", "failing_missing"]
        async for row in self._table.query_entities(_UNSETTLED, select=columns):
            states[str(row.get("state"))] += 1
            if isinstance(began := row.get("waiting_since"), float):
                for_course = row.get("failing_missing") is True
                since[for_course] = min(began, since.get(for_course, began))
        return Waiting(states, since.get(False), since.get(True))

    async def old(self, partition: str, before: float, unchanged_since: datetime) -> AsyncIterator[StoredRecord]:
        """Yield the settled records of a partition whose latest event occurred before an instant.

        Args:
            partition: the first two digits of the row keys.
            before: the instant, in seconds since 1970.
            unchanged_since: rows written later than this are left out.
        """
        values = {"partition": partition, "before": before, "unchanged": unchanged_since, "settled": SETTLED}
        async for row in self._table.query_entities(_OLD, parameters=values):
            # Rows that newer code wrote are left to that code.
            with suppress(NewerVersion):
                yield StoredRecord(record_of(row), row.metadata["etag"])

    async def store(self, record: ActivityRecord, etag: str | None) -> StoredRecord:
        """Replace the row that has this ETag, or create the row if the ETag is None.

        Raises:
            RecordChanged: somebody else wrote the row in the meantime. Nothing was written.
            StorageFault: the table is missing, closed to the app, or failing. The record may have been written.
        """
        row = row_of(record)
        try:
            with concerning_all(_PLACE):
                if etag is None:
                    written = await self._table.create_entity(row)
                else:
                    written = await self._table.update_entity(
                        row, mode=UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified
                    )
        except (ResourceExistsError, ResourceModifiedError) as error:
            raise RecordChanged from error
        return StoredRecord(record, str(written["etag"]))
