"""What is known of an enrolment's activity in Graph, who is working on it, and what each response teaches.

Every method returns a new state. `sync` decides in which order they are called and what is stored in between. Times
are seconds since 1970.
"""

from dataclasses import dataclass, replace

from activities.domain.terms import ImmutablePart


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
    """The record belongs to one invocation until then. `owner` is random."""

    owner: str
    until: float


@dataclass(frozen=True, slots=True)
class RetryMark:
    """Names the one retry message that may conclude anything about the record until then."""

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
class SyncState:
    """Everything that is known about the synchronisation of a record.

    An activity and an attempt exclude each other. `deleted_id` is the id that was deleted last: Graph may still show
    it. `parked` is the reason of the record's dead letter.
    """

    activity: Activity | None = None
    attempt: Attempt | None = None
    lease: Lease | None = None
    retry: RetryMark | None = None
    failing: Failing | None = None
    deleted_id: str | None = None
    parked: str | None = None

    def claimed(self, lease: Lease) -> "SyncState":
        """Somebody takes the lease to send a request. What Graph acknowledged before is no longer relied on."""
        activity = None if self.activity is None else replace(self.activity, acknowledged=None)
        return replace(self, lease=lease, activity=activity)

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
        """An update met 404 although the activity was old enough to show. A lookup has to confirm it.

        Nobody here deleted the activity, so if the lookup finds it, the 404 was wrong.
        """
        return replace(self, activity=None, attempt=attempt)

    def found(self, activity: Activity) -> "SyncState":
        """A lookup found what the attempt created. Only the id is adopted: its body may be an older one."""
        return replace(self, activity=activity, attempt=None)

    def withdrawn(self) -> "SyncState":
        """The attempt is over without an activity: a lookup found none, or the create certainly failed."""
        return replace(self, attempt=None)

    def released(self) -> "SyncState":
        """Nobody holds the lease."""
        return replace(self, lease=None)

    def marked(self, mark: RetryMark) -> "SyncState":
        """A retry message has been written."""
        return replace(self, retry=mark)

    def settled(self) -> "SyncState":
        """Graph has acknowledged the desired state: nobody works on the record, and nothing fails."""
        return replace(self, lease=None, failing=None, parked=None)
