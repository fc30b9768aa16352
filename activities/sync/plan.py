"""What to do next about one record. Pure: a value goes in, a value comes out, and nothing is sent or stored.

The rules close every way in which a crash, a lost or late response, a stale lookup or a second worker could lose,
double or reset an activity. `docs/decisions/` gives the reasons.
"""

from dataclasses import dataclass, field

from activities.domain.desired import Desired, desired_state
from activities.domain.outcomes import DeadLetter, RetryReason
from activities.domain.record import ActivityRecord
from activities.domain.sync_state import Activity, Attempt
from activities.domain.terms import ImmutablePart, Kind, ResolvedIds
from activities.domain.times import Times


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done besides merging an event and taking the steps that it leads to.

    Attributes:
        checks: compare a settled activity with Graph.
        anew: an operator has asked for another try: wait for no retry, begin patience anew, look up anew.
        gives_up: take no step, but park the record with this dead letter if there is anything to do.
    """

    checks: bool = False
    anew: bool = False
    gives_up: DeadLetter | None = None


SYNC = Task()


@dataclass(frozen=True, slots=True)
class Invocation:
    """The invocation that works on a record.

    Attributes:
        owner: the name under which it takes the lease.
        ids: what it has resolved so far.
        checks: whether it is to compare a settled activity with Graph.
    """

    owner: str
    ids: dict[ImmutablePart, ResolvedIds] = field(default_factory=dict)
    checks: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """Graph has acknowledged the desired state. Nothing is to be done."""


@dataclass(frozen=True, slots=True)
class MergeOnly:
    """A retry is under way, and will find what has been merged."""


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing can be done before `time` (seconds since 1970)."""

    time: float
    reason: RetryReason


@dataclass(frozen=True, slots=True)
class Resolve:
    """Resolve references before anything is written; `kind` is that of the request that comes next."""

    immutable: ImmutablePart
    kind: Kind


@dataclass(frozen=True, slots=True)
class Lookup:
    """Find out what became of an unclear create."""

    external_id: str
    attempt: Attempt

    @property
    def kind(self) -> Kind:
        """The kind of the activity."""
        return self.attempt.immutable.kind


@dataclass(frozen=True, slots=True)
class Create:
    """Create the activity."""

    desired: Desired
    ids: ResolvedIds

    @property
    def kind(self) -> Kind:
        """The kind of the activity."""
        return self.desired.immutable.kind


@dataclass(frozen=True, slots=True)
class Update:
    """Bring the activity to the desired state."""

    activity: Activity
    desired: Desired

    @property
    def kind(self) -> Kind:
        """The kind of the activity."""
        return self.desired.immutable.kind


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the activity, because there should be none or one with another immutable part."""

    activity: Activity

    @property
    def kind(self) -> Kind:
        """The kind of the activity."""
        return self.activity.immutable.kind


@dataclass(frozen=True, slots=True)
class Compare:
    """Compare the activity in Graph with the desired state, which Graph has acknowledged."""

    activity: Activity
    desired: Desired

    @property
    def kind(self) -> Kind:
        """The kind of the activity."""
        return self.activity.immutable.kind


# These requests are about the record's activity and are written ahead. Those of Resolve are about people and courses.
type Request = Lookup | Create | Update | Delete | Compare
type Step = Resolve | Request
type Plan = Settled | MergeOnly | WaitUntil | Step


def plan(record: ActivityRecord, invocation: Invocation, now: float, times: Times) -> Plan:
    """Return what this invocation does next about the record.

    An unclear create is resolved before anything else, whatever is desired.
    """
    state = record.sync
    if state.lease is None or state.lease.owner != invocation.owner:
        if state.retry is not None and now < state.retry.until:
            return MergeOnly()
        if state.lease is not None and now < times.free_from(state.lease):
            # Its owner may have looked at the record before this event was merged.
            return WaitUntil(times.free_from(state.lease), RetryReason.LEASED)
    if state.attempt is None:
        return _next_step(record, invocation)
    if now < state.attempt.conclusive_from:
        return WaitUntil(state.attempt.conclusive_from, RetryReason.UNCLEAR)
    return Lookup(record.enrollment_id, state.attempt)


def _next_step(record: ActivityRecord, invocation: Invocation) -> Settled | Step:
    """Return the step that brings Graph closer to the desired state. A replace is a delete, then a create."""
    activity, desired = record.sync.activity, desired_state(record)
    if activity is None:
        return Settled() if desired is None else _create(desired, invocation)
    if desired is None:
        return Delete(activity)
    if activity.immutable == desired.immutable:
        if activity.acknowledged != desired.digest:
            return Update(activity, desired)
        return Compare(activity, desired) if invocation.checks else Settled()
    if desired.immutable not in invocation.ids:
        return Resolve(desired.immutable, activity.immutable.kind)
    return Delete(activity)


def _create(desired: Desired, invocation: Invocation) -> Resolve | Create:
    ids = invocation.ids.get(desired.immutable)
    return Resolve(desired.immutable, desired.immutable.kind) if ids is None else Create(desired, ids)
