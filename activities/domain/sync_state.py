"""What is known of an enrolment's activity in Graph, who is working on it, and what each response teaches.

Every method returns a new state. `sync` decides in which order they are called and what is stored in between. Times
are seconds since 1970.
"""

from dataclasses import dataclass, replace

from activities.domain.sync_parts import (
    Activity,
    Attempt,
    Check,
    Failing,
    HeldBack,
    Known,
    Lease,
    Left,
    RefusedType,
    Replacing,
    RetryMark,
)
from activities.domain.terms import OwnerIds

SETTLED, HELD_BACK = "settled", "held_back"


@dataclass(frozen=True, slots=True)
class SyncState:
    """Everything that is known about the synchronisation of a record.

    An activity and an attempt exclude each other.

    Attributes:
        known: whose activity it is, kept when the activity is deleted.
        deleted_id: the id that was deleted last, which Graph may still show.
        waiting_since: since when the desired state waits to be acknowledged.
        parked: the reason of the record's dead letter.
        letter: the number of its latest dead letter, from 1.
        sweep: the record has healed, and its dead letter is still to be deleted.
        check: the latest comparison with Graph.
        held_back: the record is in shadow, and waits for no message.
        left: the activity of a record that was forgotten.
    """

    activity: Activity | None = None
    attempt: Attempt | None = None
    lease: Lease | None = None
    retry: RetryMark | None = None
    failing: Failing | None = None
    known: Known | None = None
    replacing: Replacing | None = None
    refused: RefusedType | None = None
    deleted_id: str | None = None
    waiting_since: float | None = None
    parked: str | None = None
    letter: int = 0
    sweep: bool = False
    check: Check | None = None
    held_back: HeldBack | None = None
    left: Left | None = None

    @property
    def state(self) -> str:
        """In a word, for operators: settled, waiting, unclear, parked or held_back."""
        if self.held_back is not None:
            return HELD_BACK
        if self.parked is not None:
            return "parked"
        if self.attempt is not None:
            return "unclear"
        uncertain = self.activity is not None and self.activity.acknowledged is None
        return "waiting" if self.lease or self.retry or self.failing or uncertain else SETTLED

    @property
    def ids(self) -> OwnerIds | None:
        """Graph's ids of the learner and the course of the activity that the record has, had, may have, or is to have.

        None if they were never found out.
        """
        if self.known is not None:
            return self.known.ids
        if self.attempt is not None and self.attempt.immutable is not None:
            return self.attempt.immutable.ids
        return None if self.held_back is None else self.held_back.ids

    def leased_for_update(self, lease: Lease, *, completes: bool) -> "SyncState":
        """Somebody takes the lease to update the activity. What Graph acknowledged before is no longer relied on."""
        activity = self.activity
        if activity is not None:
            activity = replace(activity, acknowledged=None, completed=activity.completed or completes)
        return replace(self, lease=lease, activity=activity)

    def leased_for_delete(self, lease: Lease, replacing: Replacing | None, known: Known | None) -> "SyncState":
        """Somebody takes the lease to delete the activity, perhaps in order to replace it."""
        activity = None if self.activity is None else replace(self.activity, acknowledged=None)
        return replace(self, lease=lease, activity=activity, replacing=replacing, known=known)

    def leased_for_reading(self, lease: Lease) -> "SyncState":
        """Somebody takes the lease to send a request that changes nothing."""
        return replace(self, lease=lease)

    def attempting(self, lease: Lease, attempt: Attempt) -> "SyncState":
        """Somebody takes the lease to create the activity."""
        return replace(self, lease=lease, attempt=attempt)

    def created(self, activity: Activity, now: float) -> "SyncState":
        """Graph acknowledged a create."""
        known = Known(activity.immutable.ids, now)
        return replace(self, activity=activity, attempt=None, known=known, replacing=None)

    def updated(self, activity: Activity) -> "SyncState":
        """Graph acknowledged an update."""
        return replace(self, activity=activity)

    def deleted(self, activity: Activity) -> "SyncState":
        """The activity is gone. Its id is remembered, because a lookup may still show it for a while."""
        return replace(self, activity=None, deleted_id=activity.id)

    def vanished(self, attempt: Attempt) -> "SyncState":
        """A request met 404 although the activity was old enough to show. A lookup has to confirm it.

        Nobody here knows that it was deleted, so if the lookup finds it, the 404 was wrong.
        """
        return replace(self, activity=None, attempt=attempt)

    def found(self, activity: Activity, now: float) -> "SyncState":
        """A lookup found what the attempt created. Its values may be older ones, so they are not acknowledged."""
        known = Known(activity.immutable.ids, now)
        return replace(self, activity=activity, attempt=None, known=known, replacing=None)

    def confirmed(self, now: float) -> "SyncState":
        """The references of the owner still lead to the same ids, or nowhere."""
        return self if self.known is None else replace(self, known=replace(self.known, confirmed=now))

    def attempt_ended(self) -> "SyncState":
        """The attempt is over without an activity: a lookup found none, or the create certainly failed."""
        return replace(self, attempt=None)

    def not_replacing(self) -> "SyncState":
        """The delete of a replace certainly had no effect, so nothing has been begun."""
        return replace(self, replacing=None)

    def restoring(self) -> "SyncState":
        """Graph certainly refused the new activity of a replace, so the former one is to be brought back."""
        replacing = None if self.replacing is None else replace(self.replacing, restores=True)
        return replace(self, attempt=None, replacing=replacing)

    def refusing(self, refused: RefusedType | None) -> "SyncState":
        """Graph refused to have the activity with another type. That is not tried again by itself."""
        return replace(self, refused=refused)

    def forgotten(self, left: Left | None) -> "SyncState":
        """What is kept of a record that is forgotten: no person, no text. If it had a letter, that is to be swept."""
        left = self.left if left is None else left
        return SyncState(deleted_id=self.deleted_id, letter=self.letter, sweep=self.letter > 0, left=left)

    def going_on(self) -> "SyncState":
        """What was forgotten is wanted again. What Graph has is to be looked up before anything is sent."""
        return self if self.left is None else replace(self, attempt=Attempt(self.left.conclusive_from), left=None)

    def released(self) -> "SyncState":
        """Nobody holds the lease."""
        return replace(self, lease=None)

    def waiting(self, now: float) -> "SyncState":
        """The desired state waits for a retry."""
        return self if self.waiting_since is not None else replace(self, waiting_since=now)

    def marked(self, mark: RetryMark) -> "SyncState":
        """A retry message has been written."""
        return replace(self, retry=mark, held_back=None)

    def anew(self) -> "SyncState":
        """An operator has asked for another try: do not wait for a retry, and begin patience anew."""
        return replace(self, retry=None, failing=None, refused=None)

    def rebinding(self) -> "SyncState":
        """An operator has corrected whose activity it is. Where there is none now, the next one is found out anew."""
        gone = self.activity is None and self.attempt is None and self.replacing is None
        return replace(self, known=None) if gone else self

    def parking(self, reason: str, lease: Lease) -> "SyncState":
        """The record's next dead letter is about to be written, under this lease. It replaces the one before."""
        parked = replace(self, parked=reason, lease=lease, letter=self.letter + 1)
        return replace(parked, failing=None, waiting_since=None, sweep=False, held_back=None)

    def holding_back(self, held: HeldBack) -> "SyncState":
        """The record is in shadow: nobody works on it, and no message leads to it.

        Whatever failed before may be right when it is set going. So its dead letter has to be swept, unless it says
        that Graph refused another type.
        """
        state = replace(self, held_back=held, lease=None, failing=None, waiting_since=None)
        if self.refused is not None:
            return state
        return replace(state, parked=None, sweep=self.sweep or self.parked is not None)

    def set_going(self) -> "SyncState":
        """The record is not held back any more: a message is handled that leads to it."""
        return replace(self, held_back=None)

    def settled(self, *, refusal_stands: bool = False) -> "SyncState":
        """Graph has acknowledged the desired state: nobody works on the record, and nothing fails.

        If the record was parked, its dead letter has to be swept, unless it says that Graph refused another type.
        """
        settled = replace(self, lease=None, failing=None, waiting_since=None, replacing=None, held_back=None)
        if refusal_stands:
            return settled
        return replace(settled, parked=None, refused=None, sweep=self.sweep or self.parked is not None)

    def swept(self) -> "SyncState":
        """The record has no dead letter any more."""
        return replace(self, sweep=False)

    def checked(self, check: Check, *, repairs: bool = True) -> "SyncState":
        """The activity was compared with Graph. With `repairs`, it has to be updated if something differed."""
        activity = self.activity
        if activity is not None and check.differed and repairs:
            activity = replace(activity, acknowledged=None)
        return replace(self, activity=activity, check=check)
