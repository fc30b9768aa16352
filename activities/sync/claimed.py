"""A record in the hands of one invocation: the record, the ETag of its row, and the lease travel together."""

from dataclasses import replace

from activities.domain.errors import LeaseLost, RecordChanged
from activities.domain.fields import Fields
from activities.domain.record import ActivityRecord, StoredRecord
from activities.domain.sync_state import Attempt, Lease, SyncState
from activities.domain.times import Times
from activities.sync.plan import Compare, Create, Request
from activities.sync.ports import Ledger


class ClaimedRecord:
    """Loads a record, merges an event into it, and writes it by compare-and-swap.

    Args:
        ledger: where the record is kept.
        enrollment_id: which record.
        news: the fields of the event that this invocation brings.
        nonce: the name of the retry message that this invocation handles, if it is one.
        anew: whether an operator has asked for another try, which waits for no retry.
        owner: the name under which this invocation takes the lease.
    """

    def __init__(  # noqa: PLR0913  what the invocation is and what it brings
        self, ledger: Ledger, enrollment_id: str, news: Fields, *, nonce: str | None, anew: bool, owner: str
    ) -> None:
        self.record = ActivityRecord(enrollment_id)
        self._ledger = ledger
        self._news = news
        self._nonce = nonce
        self._anew = anew
        self._owner = owner
        self._stored = StoredRecord(self.record, None)

    @property
    def lease(self) -> Lease | None:
        """Our lease, if we hold it."""
        lease = self._stored.record.sync.lease
        return lease if lease is not None and lease.owner == self._owner else None

    async def load(self) -> None:
        """Read the record, add the event, and clear the retry's mark if it names our message.

        The message that the mark names clears it before it concludes anything.
        """
        self._stored = await self._ledger.load(self.record.enrollment_id)
        record = self._stored.record.merged(self._news)
        mark = record.sync.retry
        if self._anew:
            record = record.synced(record.sync.anew())
        elif mark is not None and mark.nonce == self._nonce:
            record = record.synced(replace(record.sync, retry=None))
        self.record = record

    async def save(self, state: SyncState) -> bool:
        """Store the record with this state, unless the row says so already.

        Returns:
            False if the record changed under our lease. It has been read again, and what we know of Graph is kept.

        Raises:
            RecordChanged: the record changed, and we hold no lease: nothing is known yet that would have to be kept.
            LeaseLost: somebody else has taken over.
        """
        record = self.record.synced(state)
        if record == self._stored.record:
            return True
        try:
            self._stored = await self._ledger.store(record, self._stored.etag)
        except RecordChanged:
            if self.lease is None:
                raise
            await self._reload()
            return False
        self.record = record
        return True

    async def write_ahead(self, request: Request, now: float, times: Times) -> bool:
        """Store what has to be known before the request is sent: the lease, and for a create the attempt.

        Returns and raises the same as `save`.
        """
        lease = times.leased(self._owner, now)
        if isinstance(request, Compare):
            return await self.save(self.record.sync.leased_for_reading(lease))
        state = self.record.sync.leased_for_change(lease)
        if isinstance(request, Create):
            state = state.attempting(Attempt(request.desired.immutable, times.conclusive_from(lease)))
        return await self.save(state)

    def learn(self, state: SyncState) -> None:
        """Note what the response to a request taught. The next `save` stores it."""
        self.record = self.record.synced(state)

    async def _reload(self) -> None:
        stored = await self._ledger.load(self.record.enrollment_id)
        theirs = stored.record.sync
        if theirs.lease is None or theirs.lease.owner != self._owner:
            raise LeaseLost
        state = replace(self.record.sync, retry=theirs.retry)
        self._stored = stored
        self.record = stored.record.merged(self._news).synced(state)
