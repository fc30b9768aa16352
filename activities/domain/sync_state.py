"""What's known about an enrolment's activity in Graph, who is working on it, and what each response changes.

Every method returns a new state. The package `sync` decides when to call which one, and what to store in between. Times
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
    """Everything that's known about the sync of a record.

    There's never both an activity and an attempt.

    Attributes:
        known: whose activity it is. This stays when the activity is deleted.
        deleted_id: the id of the activity that was deleted last. Graph may still show it.
        waiting_since: when the desired state began to wait for Graph's acknowledgement.
        parked: the reason of the record's dead letter.
        letter: the number of its latest dead letter, counted from 1. It's 0 if there has been none.
        sweep: the record has healed, but its dead letter hasn't been deleted yet.
        check: the latest comparison with Graph.
        held_back: the record is in shadow, and no message for it is on its way.
        left: the activity that stayed in Graph when the record was forgotten.
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
        """One word for operators: settled, waiting, unclear, parked or held_back."""
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
        """Graph's ids for the learner and the course of the record's activity, whether or not it exists (yet).

        None if the app never found them out.
        """
        if self.known is not None:
            return self.known.ids
        if self.attempt is not None and self.attempt.immutable is not None:
            return self.attempt.immutable.ids
        return None if self.held_back is None else self.held_back.ids

    def leased_for_update(self, lease: Lease, *, completes: bool) -> "SyncState":
        """Take the lease to update the activity. What Graph acknowledged before can no longer be relied on."""
        activity = self.activity
        if activity is not None:
            activity = replace(activity, acknowledged=None, completed=activity.completed or completes)
        return replace(self, lease=lease, activity=activity)

    def leased_for_delete(self, lease: Lease, replacing: Replacing | None, known: Known | None) -> "SyncState":
        """Take the lease to delete the activity, perhaps as the first half of a replace."""
        activity = None if self.activity is None else replace(self.activity, acknowledged=None)
        return replace(self, lease=lease, activity=activity, replacing=replacing, known=known)

    def leased_for_reading(self, lease: Lease) -> "SyncState":
        """Take the lease to send a request that changes nothing."""
        return replace(self, lease=lease)

    def attempting(self, lease: Lease, attempt: Attempt) -> "SyncState":
        """Take the lease to create the activity."""
        return replace(self, lease=lease, attempt=attempt)

    def created(self, activity: Activity, now: float) -> "SyncState":
        """Note that Graph acknowledged a create."""
        known = Known(activity.immutable.ids, now)
        return replace(self, activity=activity, attempt=None, known=known, replacing=None)

    def updated(self, activity: Activity) -> "SyncState":
        """Note that Graph acknowledged an update."""
        return replace(self, activity=activity)

    def deleted(self, activity: Activity) -> "SyncState":
        """Note that the activity is gone. Keep its id, because a lookup may still show it for a while."""
        return replace(self, activity=None, deleted_id=activity.id)

    def vanished(self, attempt: Attempt) -> "SyncState":
        """Note that a request got a 404, although Graph should show the activity by now. A lookup has to confirm it.

        The app doesn't know of any delete. So if the lookup finds the activity, the 404 was wrong.
        """
        return replace(self, activity=None, attempt=attempt)

    def found(self, activity: Activity, now: float) -> "SyncState":
        """Note that a lookup found what the attempt created. It may show old values, so they aren't acknowledged."""
        known = Known(activity.immutable.ids, now)
        return replace(self, activity=activity, attempt=None, known=known, replacing=None)

    def confirmed(self, now: float) -> "SyncState":
        """Note that the owner's references still lead to the same ids, or to nothing."""
        return self if self.known is None else replace(self, known=replace(self.known, confirmed=now))

    def attempt_ended(self) -> "SyncState":
        """Note that the attempt ended without an activity: a lookup found none, or the create certainly failed."""
        return replace(self, attempt=None)

    def not_replacing(self) -> "SyncState":
        """Note that the delete of a replace certainly had no effect, so the replace hasn't begun."""
        return replace(self, replacing=None)

    def restoring(self) -> "SyncState":
        """Note that Graph certainly refused the new activity of a replace, so the former one has to be brought back."""
        replacing = None if self.replacing is None else replace(self.replacing, restores=True)
        return replace(self, attempt=None, replacing=replacing)

    def refusing(self, refused: RefusedType | None) -> "SyncState":
        """Note that Graph refused another type for the activity. With None, forget the refusal."""
        return replace(self, refused=refused)

    def forgotten(self, left: Left | None) -> "SyncState":
        """Return what's kept of a forgotten record. It names nobody. If there was a dead letter, it has to be swept."""
        left = self.left if left is None else left
        return SyncState(deleted_id=self.deleted_id, letter=self.letter, sweep=self.letter > 0, left=left)

    def going_on(self) -> "SyncState":
        """Continue with an activity that was left by a forgotten record. It's looked up before anything is sent."""
        return self if self.left is None else replace(self, attempt=Attempt(self.left.conclusive_from), left=None)

    def released(self) -> "SyncState":
        """Release the lease."""
        return replace(self, lease=None)

    def waiting(self, now: float) -> "SyncState":
        """Note that the desired state is waiting for a retry."""
        return self if self.waiting_since is not None else replace(self, waiting_since=now)

    def marked(self, mark: RetryMark) -> "SyncState":
        """Note that a retry message has been written."""
        return replace(self, retry=mark, held_back=None)

    def anew(self) -> "SyncState":
        """Note that an operator asked for another try: wait for no retry, and let patience start over."""
        return replace(self, retry=None, failing=None, refused=None)

    def rebinding(self) -> "SyncState":
        """Note that an operator asked for a rebind. If there's no activity now, find out anew whose the next one is."""
        gone = self.activity is None and self.attempt is None and self.replacing is None
        return replace(self, known=None) if gone else self

    def parking(self, reason: str, lease: Lease) -> "SyncState":
        """Note that the record's next dead letter is about to be written under this lease. It replaces the last."""
        parked = replace(self, parked=reason, lease=lease, letter=self.letter + 1)
        return replace(parked, failing=None, waiting_since=None, sweep=False, held_back=None)

    def holding_back(self, held: HeldBack) -> "SyncState":
        """Note that the record is in shadow: nobody is working on it, and no message for it is on its way.

        What failed before may succeed once the record is set going. So its dead letter has to be swept, unless it says
        that Graph refused another type.
        """
        state = replace(self, held_back=held, lease=None, failing=None, waiting_since=None)
        if self.refused is not None:
            return state
        return replace(state, parked=None, sweep=self.sweep or self.parked is not None)

    def set_going(self) -> "SyncState":
        """Note that the record is no longer held back, because a message for it is being handled."""
        return replace(self, held_back=None)

    def settled(self, *, refusal_stands: bool = False) -> "SyncState":
        """Note that Graph has acknowledged the desired state. Nobody is working on the record, and nothing is failing.

        If the record was parked, its dead letter has to be swept, unless it says that Graph refused another type.
        """
        settled = replace(self, lease=None, failing=None, waiting_since=None, replacing=None, held_back=None)
        if refusal_stands:
            return settled
        return replace(settled, parked=None, refused=None, sweep=self.sweep or self.parked is not None)

    def swept(self) -> "SyncState":
        """Note that the record no longer has a dead letter."""
        return replace(self, sweep=False)

    def checked(self, check: Check, *, repairs: bool = True) -> "SyncState":
        """Note a comparison of the activity with Graph. With `repairs`, any difference has to lead to an update."""
        activity = self.activity
        if activity is not None and check.differed and repairs:
            activity = replace(activity, acknowledged=None)
        return replace(self, activity=activity, check=check)
