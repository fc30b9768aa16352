"""Forgets records that are settled and old, a few each minute. What each has in Graph stays there."""

import time
from datetime import UTC, datetime

from activities.domain.errors import RecordChanged
from activities.domain.record import ActivityRecord, row_key
from activities.storage.ledger import Ledger
from activities.storage.letters import Letters

_DAY = 24 * 3600.0
# Events that the LMS sends again after a loss come in any order, so none of them is alone for long.
_UNCHANGED_SECONDS = _DAY
# So many partitions the ledger has. Each minute looks at one of them.
_PARTITIONS = 256
# So many records a run forgets, if there are as many.
LARGEST_RUN = 200


class Retention:
    """Forgets the records whose latest event occurred more than so many days ago."""

    def __init__(self, ledger: Ledger, letters: Letters, days: float, largest: int = LARGEST_RUN) -> None:
        self._ledger = ledger
        self._letters = letters
        self._seconds = days * _DAY
        self._largest = largest

    async def run(self, now: float | None = None) -> int:
        """Look at the partition whose turn it is, and return how many records were forgotten.

        Args:
            now: seconds since 1970; by default the present time.
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
        """Forget a record, unless it has changed. The letter goes first, because nothing leads to it afterwards."""
        if record.sync.letter:
            await self._letters.sweep(row_key(record.enrollment_id), record.sync.letter)
        tombstone = record.tombstone(now)
        try:
            await self._ledger.store(tombstone.synced(tombstone.sync.swept()), etag)
        except RecordChanged:
            return False
        return True
