"""The ledger: one row of an Azure Table for each enrolment, written by compare-and-swap on its ETag.

The keys of a row are a hash of the enrolment id, so that any characters and any length will do. `rows.py` says what a
row holds.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
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


class Ledger:
    """Loads and stores records. Other storage errors are raised too."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def load(self, enrollment_id: str) -> StoredRecord:
        """Return the record of an enrolment; an empty one if nothing is known of it.

        Raises:
            StorageFault: the table is missing, closed to the app, or ill. No event would get through.
            NewerVersion: newer code has written the row.
        """
        row = await self._get(*keys(enrollment_id))
        if row is None:
            return StoredRecord(ActivityRecord(enrollment_id), None)
        # The row of a tombstone does not say whose it was.
        record = replace(record_of(row), enrollment_id=enrollment_id)
        return StoredRecord(record, row.metadata["etag"])

    async def find(self, record: str) -> ActivityRecord | None:
        """Return the record whose row key this is, or None if there is none. A tombstone has no enrolment id.

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

    async def old(self, partition: str, before: float, unchanged_since: datetime) -> AsyncIterator[StoredRecord]:
        """Iterate over the settled records of a partition whose latest event occurred before an instant.

        Args:
            partition: the first two digits of the row keys.
            before: the instant, in seconds since 1970.
            unchanged_since: rows that have been written later are left out.
        """
        values = {"partition": partition, "before": before, "unchanged": unchanged_since, "settled": SETTLED}
        async for row in self._table.query_entities(_OLD, parameters=values):
            # What newer code has written is left to it.
            with suppress(NewerVersion):
                yield StoredRecord(record_of(row), row.metadata["etag"])

    async def store(self, record: ActivityRecord, etag: str | None) -> StoredRecord:
        """Write a record over the row with this ETag, or where no row is yet (None).

        Raises:
            RecordChanged: somebody else wrote in between; nothing was written.
            StorageFault: the table is missing, closed to the app, or ill. The record may have been written.
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
