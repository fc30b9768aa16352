"""Forgets records that are settled and old, a few each minute. Their activities stay in Graph."""

import time
from datetime import UTC, datetime

from activities.domain.errors import RecordChanged
from activities.domain.record import ActivityRecord, row_key
from activities.storage.ledger import Ledger
from activities.storage.letters import Letters

_DAY = 24 * 3600.0
# If the LMS sends events again after a loss, they come in any order. A record may look old until the last one has come.
_UNCHANGED_SECONDS = _DAY
# The number of the ledger's partitions. Each minute, one of them is looked at.
_PARTITIONS = 256
# The most records that one run forgets.
LARGEST_RUN = 200


class Retention:
    """Forgets the records whose latest event occurred more than `days` days ago."""

    def __init__(self, ledger: Ledger, letters: Letters, days: float, largest: int = LARGEST_RUN) -> None:
        self._ledger = ledger
        self._letters = letters
        self._seconds = days * _DAY
        self._largest = largest

    async def run(self, now: float | None = None) -> int:
        """Look at the partition whose turn it is, and return how many records were forgotten.

        Args:
            now: seconds since 1970. The default is the current time.
        """
        now = time.time() if now is None else now
        partition = f"{int(now // 60) % _PARTITIONS:02x}"
        unchanged_since = datetime.fromtimestamp(now - _UNCHANGED_SECONDS, UTC)
        forgotten = 0
        async for stored in self._ledger.old(partition, now - self._seconds, unchanged_since):
            if stored.etag is not None and await self._forget(stored.record, stored.etag, now):
                forgotten += 1
            if forgotten >= self._largest:
                break
        return forgotten

    async def _forget(self, record: ActivityRecord, etag: str, now: float) -> bool:
        """Forget a record, unless it has changed. Its letter is deleted first, as nothing leads to it afterwards."""
        if record.sync.letter:
            await self._letters.sweep(row_key(record.enrollment_id), record.sync.letter)
        tombstone = record.tombstone(now)
        try:
            await self._ledger.store(tombstone.synced(tombstone.sync.swept()), etag)
        except RecordChanged:
            return False
        return True
