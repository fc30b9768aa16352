"""The steps that can come next for a record, each with what it needs, and the ends of an invocation."""

from dataclasses import dataclass

from activities.domain.desired import Desired
from activities.domain.outcomes import RetryReason
from activities.domain.sync_parts import Activity, Attempt, HeldStep, Replacing
from activities.domain.terms import Kind, OwnerIds, Reference, RequestKind, ResolvedIds, Subject, request_kind


@dataclass(frozen=True, slots=True)
class Settled:
    """Graph has acknowledged the desired state. Nothing is to be done.

    With `refusal_stands`, that is not what the events ask for, because Graph refused to have it so.
    """

    refusal_stands: bool = False


@dataclass(frozen=True, slots=True)
class Forget:
    """It is certain what Graph has, so the record can be forgotten."""


@dataclass(frozen=True, slots=True)
class MergeOnly:
    """A retry is under way, and will find what has been merged."""


@dataclass(frozen=True, slots=True)
class HoldBack:
    """The record is in shadow, so this step is not taken. `ids` are those of its owner."""

    step: HeldStep
    ids: OwnerIds


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing can be done before `time` (seconds since 1970)."""

    time: float
    reason: RetryReason


@dataclass(frozen=True, slots=True)
class Resolve:
    """Find out what the owner's references lead to, before anything is written.

    Attributes:
        subject: the learner and the course.
        assigner: who may be shown beside them.
        kinds: the kinds of requests that follow, which have to be admitted now.
        role: the kind of activity that the app must be allowed to create.
        may_fail: if the references lead nowhere any more, the ids that are known stand.
    """

    subject: Subject
    kinds: tuple[RequestKind, ...]
    assigner: Reference | None = None
    role: Kind | None = None
    may_fail: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """Find out what became of an unclear create, or what was there before the ledger was lost.

    `ids` are those of the record's owner, if they are known.
    """

    external_id: str
    attempt: Attempt
    kind: Kind
    ids: OwnerIds | None = None

    @property
    def kinds(self) -> tuple[RequestKind, ...]:
        """The kind of the request."""
        return (request_kind("read", self.kind),)


@dataclass(frozen=True, slots=True)
class Create:
    """Create the activity."""

    desired: Desired
    resolved: ResolvedIds

    @property
    def kinds(self) -> tuple[RequestKind, ...]:
        """The kind of the request."""
        return (request_kind("create", self.desired.kind),)


@dataclass(frozen=True, slots=True)
class Update:
    """Bring the activity to the desired state."""

    activity: Activity
    desired: Desired

    @property
    def kinds(self) -> tuple[RequestKind, ...]:
        """The kind of the request."""
        return (request_kind("update", self.desired.kind),)


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the activity: because there should be none, one of another type (`replacing`), or another owner's."""

    activity: Activity
    replacing: Replacing | None = None
    rebinds: bool = False

    @property
    def kinds(self) -> tuple[RequestKind, ...]:
        """The kind of the request."""
        return (request_kind("delete", self.activity.immutable.type.kind),)


@dataclass(frozen=True, slots=True)
class Compare:
    """Compare the activity in Graph with the desired state, which Graph has acknowledged.

    With `repairs`, what differs is not acknowledged any more.
    """

    activity: Activity
    desired: Desired
    repairs: bool = True

    @property
    def kinds(self) -> tuple[RequestKind, ...]:
        """The kind of the request."""
        return (request_kind("read", self.desired.kind),)


# These requests are about the record's activity and are written ahead. Those of Resolve are about people and courses.
type Request = Lookup | Create | Update | Delete | Compare
type Step = Resolve | Request
type Plan = Settled | Forget | MergeOnly | HoldBack | WaitUntil | Step
