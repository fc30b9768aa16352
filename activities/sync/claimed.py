"""A record while one invocation works on it, together with the ETag of its row and the lease."""

from dataclasses import replace

from activities.domain.desired import knows_kind
from activities.domain.errors import LeaseLost, RecordChanged
from activities.domain.fields import Facts, merge
from activities.domain.news import News
from activities.domain.record import LOST, ActivityRecord, StoredRecord
from activities.domain.sync_parts import Attempt, Lease
from activities.domain.sync_state import SyncState
from activities.domain.terms import ImmutablePart, Reference
from activities.domain.times import Times
from activities.sync.plan import Task
from activities.sync.ports import Ledger
from activities.sync.steps import Create, Delete, Request, Update


class ClaimedRecord:
    """Loads a record, merges an event into it, and writes it by compare-and-swap.

    Args:
        ledger: where the record is kept.
        enrollment_id: which record.
        news: what this invocation's event says, if it has an event.
        nonce: the nonce of this invocation's message, if that came as a retry.
        task: what else there is to do.
        owner: the name under which this invocation takes the lease.
        rebuilds: whether Graph may already have the activity of a record that's new to the ledger.
        shadow: whether somebody about whom nothing is known is in shadow, so nothing may be written for them.
    """

    def __init__(  # noqa: PLR0913  what the invocation is and what it has to do
        self,
        ledger: Ledger,
        enrollment_id: str,
        news: News | None,
        *,
        nonce: str | None,
        task: Task,
        owner: str,
        rebuilds: bool,
        shadow: bool,
    ) -> None:
        self.record = ActivityRecord(enrollment_id)
        self._ledger = ledger
        self._news = news
        self._nonce = nonce
        self._task = task
        self._owner = owner
        self._rebuilds = rebuilds
        self._shadow = shadow
        self._stored = StoredRecord(self.record, None)

    @property
    def lease(self) -> Lease | None:
        """Our lease, if we hold it."""
        lease = self._stored.record.sync.lease
        return lease if lease is not None and lease.owner == self._owner else None

    @property
    def has_news(self) -> bool:
        """Whether the event says anything that the row doesn't have yet."""
        stored = self._stored.record
        return (self.record.facts, self.record.owner) != (stored.facts, stored.owner)

    async def load(self) -> bool:
        """Read the record, merge the event, and clear the retry mark if it names our message.

        A message clears the mark that names it before it concludes anything.

        Returns:
            False if it isn't certain that the event is about the record's owner. In that case, it hasn't been merged.
        """
        self._stored = await self._ledger.load(self.record.enrollment_id)
        self.record = self._stored.record
        if self._stored.etag is None and self._rebuilds and self._news is not None:
            self.record = self.record.synced(SyncState(attempt=Attempt(LOST)))
        if self._news is not None and self.record.has_forgotten(self._news):
            self._news = None
        if self._news is not None and not self.record.takes(self._news):
            return False
        self.accept()
        return True

    def accept(self) -> None:
        """Merge the event. It's about the record's owner, whatever names it uses."""
        record = self._merged(self.record)
        mark = record.sync.retry
        if self._task.anew:
            record = record.synced(record.sync.anew())
        elif mark is not None and (
            self._task.at_once or mark.nonce == self._nonce or (mark.awaits_kind and knows_kind(record))
        ):
            record = record.synced(replace(record.sync, retry=None))
        if self._task.forgets == "activity" and not self._shadow:
            # In shadow, a tombstone stays as it is: if its activity were found, the record would say whose it is.
            record = record.synced(record.sync.going_on())
        self.record = record.synced(record.sync.rebinding()) if self._task.rebinds else record

    def take_over(self) -> None:
        """Begin the record again with this event, because its former owner can't be found."""
        if self._news is not None:
            former = self.record.sync
            # An attempt whose result isn't known may still have created this enrolment's activity.
            # A letter that was due to be swept still is.
            state = SyncState(
                attempt=former.attempt, letter=former.letter, deleted_id=former.deleted_id, sweep=former.sweep
            )
            given_up = self.record
            anew = ActivityRecord(given_up.enrollment_id, forgotten=given_up.forgotten, sync=state)
            self.record = anew.merged(self._news)

    async def save(self, state: SyncState) -> bool:
        """Store the record with this state, unless the row already has it.

        Returns:
            False if the record changed under our lease. It has been read again, and what we know about Graph is kept.

        Raises:
            RecordChanged: the record changed, and we hold no lease, so we've learned nothing yet that must be kept.
            LeaseLost: another invocation has taken over.
        """
        record = self.record.synced(state)
        return await self._write(record)

    async def entomb(self, conclusive_from: float) -> bool:
        """Replace the record with a tombstone. Returns and raises the same as `save`."""
        return await self._write(self.record.tombstone(conclusive_from))

    async def _write(self, record: ActivityRecord) -> bool:
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
        """Store what must be known before the request is sent: the lease, and what the request may change.

        Returns and raises the same as `save`.
        """
        return await self.save(_written_ahead(request, self.record.sync, times.leased(self._owner, now), times))

    def learn(self, state: SyncState, facts: Facts | None = None) -> None:
        """Note what was learned from a response. The next `save` stores it."""
        self.record = self.record.synced(state)
        if facts is None:
            return
        owner = self.record.owner
        if owner is not None and owner.subject is None and state.known is not None:
            # No event has named both learner and course, but Graph says whose activity it is.
            learner = owner.learner or Reference("entraObjectId", state.known.ids.learner_user_id)
            course = owner.course or Reference("learningContentId", state.known.ids.learning_content_id)
            owner = replace(owner, learner=learner, course=course)
        self.record = replace(self.record, owner=owner, facts=merge(self.record.facts, facts))

    def _merged(self, record: ActivityRecord) -> ActivityRecord:
        return record if self._news is None else record.merged(self._news)

    async def _reload(self) -> None:
        stored = await self._ledger.load(self.record.enrollment_id)
        theirs = stored.record.sync
        if theirs.lease is None or theirs.lease.owner != self._owner:
            raise LeaseLost
        state = replace(self.record.sync, retry=theirs.retry)
        self._stored = stored
        merged = self._merged(stored.record)
        learned, self.record = self.record.facts, merged
        self.learn(state, learned)


def _written_ahead(request: Request, state: SyncState, lease: Lease, times: Times) -> SyncState:
    match request:
        case Create(desired, resolved):
            immutable = ImmutablePart(desired.type, resolved.ids)
            return state.attempting(lease, Attempt(times.conclusive_from(lease), immutable))
        case Update(_, desired):
            return state.leased_for_update(lease, completes=desired.completed)
        case Delete(_, replacing, rebinds):
            return state.leased_for_delete(lease, replacing, known=None if rebinds else state.known)
    return state.leased_for_reading(lease)
