"""What is known of an enrolment's activity in Graph, who is working on it, and what each response teaches.

Every method returns a new state. `sync` decides in which order they are called and what is stored in between. Times
are seconds since 1970.
"""

from dataclasses import dataclass, replace

from activities.domain.terms import ImmutablePart

SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Activity:
    """The activity in Graph: its id there, since when it exists, and the digest of what Graph last acknowledged.

    `acknowledged` is None while it is uncertain what Graph has.
    """

    id: str
    since: float
    immutable: ImmutablePart
    acknowledged: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """An unclear create: a request that may have taken effect, or still may.

    From `conclusive_from` on, a lookup in Graph shows what became of it.
    """

    immutable: ImmutablePart
    conclusive_from: float


@dataclass(frozen=True, slots=True)
class Lease:
    """Until `until`, the record belongs to one invocation. `owner` is the random name of that invocation."""

    owner: str
    until: float


@dataclass(frozen=True, slots=True)
class RetryMark:
    """Until `until`, only the retry message with this nonce may conclude anything about the record."""

    nonce: str
    until: float


@dataclass(frozen=True, slots=True)
class Failing:
    """How often the record has failed since Graph last acknowledged it, and since when.

    `missing_since` is when the catalogue was first found not to have the course, which has a patience of its own.
    """

    count: int
    since: float | None = None
    missing_since: float | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """When the activity was last compared with Graph, what Graph had (JSON), and which of its values differed."""

    at: float
    found: str
    differed: str


@dataclass(frozen=True, slots=True)
class SyncState:
    """Everything that is known about the synchronisation of a record.

    An activity and an attempt exclude each other.

    Attributes:
        deleted_id: the id that was deleted last, which Graph may still show.
        waiting_since: since when the desired state waits to be acknowledged.
        parked: the reason of the record's dead letter.
        letter: the number of its latest dead letter, from 1.
        sweep: the record has healed, and its dead letter is still to be deleted.
        check: the latest comparison with Graph.
    """

    activity: Activity | None = None
    attempt: Attempt | None = None
    lease: Lease | None = None
    retry: RetryMark | None = None
    failing: Failing | None = None
    deleted_id: str | None = None
    waiting_since: float | None = None
    parked: str | None = None
    letter: int = 0
    sweep: bool = False
    check: Check | None = None

    @property
    def state(self) -> str:
        """In a word, for operators: settled, waiting, unclear or parked."""
        if self.parked is not None:
            return "parked"
        if self.attempt is not None:
            return "unclear"
        uncertain = self.activity is not None and self.activity.acknowledged is None
        return "waiting" if self.lease or self.retry or self.failing or uncertain else SETTLED

    def leased_for_change(self, lease: Lease) -> "SyncState":
        """Somebody takes the lease to send a request. What Graph acknowledged before is no longer relied on."""
        activity = None if self.activity is None else replace(self.activity, acknowledged=None)
        return replace(self, lease=lease, activity=activity)

    def leased_for_reading(self, lease: Lease) -> "SyncState":
        """Somebody takes the lease to send a request that changes nothing."""
        return replace(self, lease=lease)

    def attempting(self, attempt: Attempt) -> "SyncState":
        """A create is about to be sent."""
        return replace(self, attempt=attempt)

    def created(self, activity: Activity) -> "SyncState":
        """Graph acknowledged a create."""
        return replace(self, activity=activity, attempt=None, deleted_id=None)

    def updated(self, activity: Activity) -> "SyncState":
        """Graph acknowledged an update."""
        return replace(self, activity=activity)

    def deleted(self, activity: Activity) -> "SyncState":
        """The activity is gone. Its id is remembered, because a lookup may still show it for a while."""
        return replace(self, activity=None, deleted_id=activity.id)

    def vanished(self, attempt: Attempt) -> "SyncState":
        """A request met 404 although the activity was old enough to show. A lookup has to confirm it.

        Nobody here deleted the activity, so if the lookup finds it, the 404 was wrong.
        """
        return replace(self, activity=None, attempt=attempt)

    def found(self, activity: Activity) -> "SyncState":
        """A lookup found what the attempt created. Only the id is adopted: its body may be an older one."""
        return replace(self, activity=activity, attempt=None)

    def attempt_ended(self) -> "SyncState":
        """The attempt is over without an activity: a lookup found none, or the create certainly failed."""
        return replace(self, attempt=None)

    def released(self) -> "SyncState":
        """Nobody holds the lease."""
        return replace(self, lease=None)

    def waiting(self, now: float) -> "SyncState":
        """The desired state waits for a retry."""
        return self if self.waiting_since is not None else replace(self, waiting_since=now)

    def marked(self, mark: RetryMark) -> "SyncState":
        """A retry message has been written."""
        return replace(self, retry=mark)

    def anew(self) -> "SyncState":
        """An operator has asked for another try: do not wait for a retry, and begin patience anew."""
        return replace(self, retry=None, failing=None)

    def with_next_letter(self, lease: Lease) -> "SyncState":
        """The record's next dead letter is about to be written, under this lease. It replaces the one before."""
        return replace(self, lease=lease, letter=self.letter + 1, sweep=False, waiting_since=None)

    def settled(self) -> "SyncState":
        """Graph has acknowledged the desired state: nobody works on the record, and nothing fails.

        If the record was parked, its dead letter has to be swept.
        """
        sweep = self.sweep or self.parked is not None
        return replace(self, lease=None, failing=None, waiting_since=None, parked=None, sweep=sweep)

    def swept(self) -> "SyncState":
        """The record has no dead letter any more."""
        return replace(self, sweep=False)

    def checked(self, check: Check) -> "SyncState":
        """The activity was compared with Graph. If something differed, it has to be updated."""
        activity = self.activity
        if activity is not None and check.differed:
            activity = replace(activity, acknowledged=None)
        return replace(self, activity=activity, check=check)
