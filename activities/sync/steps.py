"""The steps that can come next for a record, each with what it needs, and the ways in which an invocation can end."""

from dataclasses import dataclass

from activities.domain.desired import Desired
from activities.domain.outcomes import RetryReason
from activities.domain.sync_parts import Activity, Attempt, HeldStep, Replacing
from activities.domain.terms import Kind, OwnerIds, Reference, RequestKind, ResolvedIds, Subject, request_kind


@dataclass(frozen=True, slots=True)
class Settled:
    """Graph has acknowledged the desired state. There's nothing to do.

    With `refusal_stands`, the events ask for another type, but Graph refused it.
    """

    refusal_stands: bool = False


@dataclass(frozen=True, slots=True)
class Forget:
    """It's certain what Graph has, so the record can be forgotten."""


@dataclass(frozen=True, slots=True)
class MergeOnly:
    """A retry is on its way, and will find what has been merged."""


@dataclass(frozen=True, slots=True)
class HoldBack:
    """The record is in shadow, so this step isn't taken. `ids` are its owner's."""

    step: HeldStep
    ids: OwnerIds


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing can be done before `time` (seconds since 1970)."""

    time: float
    reason: RetryReason


@dataclass(frozen=True, slots=True)
class Resolve:
    """Find out which ids the owner's references lead to, before anything is written.

    Attributes:
        subject: the learner and the course.
        assigner: who may be shown as the assigner.
        kinds: the kinds of the requests that follow, which must be admitted now.
        role: the kind of activity that the app must be allowed to create.
        may_fail: if the references no longer lead anywhere, keep the known ids.
    """

    subject: Subject
    kinds: tuple[RequestKind, ...]
    assigner: Reference | None = None
    role: Kind | None = None
    may_fail: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """Find out what became of an unclear create, or what was there before the ledger was lost.

    `ids` are those of the record's owner, if they're known.
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
    """Delete the activity, because there should be none, one of another type (`replacing`), or another owner's."""

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

    With `repairs`, an activity that differs no longer counts as acknowledged, so it's updated.
    """

    activity: Activity
    desired: Desired
    repairs: bool = True

    @property
    def kinds(self) -> tuple[RequestKind, ...]:
        """The kind of the request."""
        return (request_kind("read", self.desired.kind),)


# These requests are about the record's activity and are written ahead. Resolve's are about people and courses.
type Request = Lookup | Create | Update | Delete | Compare
type Step = Resolve | Request
type Plan = Settled | Forget | MergeOnly | HoldBack | WaitUntil | Step
