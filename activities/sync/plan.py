"""What to do next about one record. Pure: a value goes in, a value comes out, and nothing is sent or stored.

The rules close every way in which a crash, a lost or late response, a stale lookup or a second worker could lose,
double or reset an activity. `docs/decisions/` gives the reasons.
"""

from dataclasses import dataclass, replace
from typing import Literal

from activities.domain.desired import Desired, external_id, knows_kind, standing_refusal, wanted_type
from activities.domain.outcomes import DeadLetter, RetryReason
from activities.domain.record import ActivityRecord
from activities.domain.retry_policy import LONGEST_DELAY
from activities.domain.shadow import LIVE, Shadow
from activities.domain.sync_parts import Activity, Attempt, Replacing
from activities.domain.sync_state import SyncState
from activities.domain.terms import ResolvedIds, request_kind
from activities.domain.times import Times
from activities.sync.steps import (
    Compare,
    Create,
    Delete,
    Forget,
    HoldBack,
    Lookup,
    MergeOnly,
    Plan,
    Resolve,
    Settled,
    Step,
    Update,
    WaitUntil,
)

# What is to be forgotten: the record, whose activity stays in Graph, or the activity as well.
Forgets = Literal["record", "activity"]


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done besides merging an event and taking the steps that it leads to.

    Attributes:
        checks: compare a settled activity with Graph, and repair what differs.
        compares: compare a settled activity with Graph, and do nothing else, whatever the record needs.
        rebinds: find out anew whose activity it is. If it is somebody else's, delete it and create it anew.
        forgets: forget the record, as soon as it is certain what Graph has.
        at_once: wait for no retry that is on its way, because only this message says what is to be done.
        anew: an operator has asked for another try: act at once, begin patience anew, look up anew.
        gives_up: take no step, but park the record with this dead letter if there is anything to do.
    """

    checks: bool = False
    compares: bool = False
    rebinds: bool = False
    forgets: Forgets | None = None
    at_once: bool = False
    anew: bool = False
    gives_up: DeadLetter | None = None


# An address is rarely given to somebody else sooner than after so many seconds.
CONFIRMED_FOR = 30 * 24 * 3600.0
SYNC = Task()


@dataclass(frozen=True, slots=True)
class Invocation:
    """The invocation that works on a record.

    Attributes:
        owner: the name under which it takes the lease.
        resolved: what the references of the record's owner lead to, once it has found out.
        checks: whether it is to compare a settled activity with Graph.
        repairs: whether it is to repair what differs.
        rebinds: whether it is to find out whose activity it is.
        shadow: whose activities may not be written.
        forgets: what it is to forget.
    """

    owner: str
    resolved: ResolvedIds | None = None
    checks: bool = False
    repairs: bool = True
    rebinds: bool = False
    shadow: Shadow = LIVE
    forgets: Forgets | None = None


def plan(record: ActivityRecord, desired: Desired | None, invocation: Invocation, now: float, times: Times) -> Plan:
    """Return what this invocation does next about the record, whose activity should be as `desired`.

    In shadow, everything is found out as otherwise, but nothing is written.
    """
    planned = _planned(record, desired, invocation, now, times)
    if not isinstance(planned, Resolve | Create | Update | Delete):
        return planned
    ids = record.sync.ids if invocation.resolved is None else invocation.resolved.ids
    return _in_shadow(planned, record.sync, invocation) if invocation.shadow.covers(record.owner, ids) else planned


def _in_shadow(
    step: Resolve | Create | Update | Delete, state: SyncState, invocation: Invocation
) -> Resolve | HoldBack:
    held = _held_back(step, state)
    if isinstance(held, HoldBack) and invocation.forgets is not None:
        return replace(held, step="forget" if invocation.forgets == "record" else "forget-activity")
    return held


def _held_back(step: Resolve | Create | Update | Delete, state: SyncState) -> Resolve | HoldBack:
    match step:
        case Resolve():
            # What would follow is not sent, so it need not be admitted or allowed.
            return replace(step, kinds=(), role=None)
        case Create(_, resolved):
            return HoldBack("create" if state.replacing is None else "replace", resolved.ids)
        case Update(activity):
            return HoldBack("update", activity.immutable.ids)
        case Delete(activity, replacing, rebinds):
            return HoldBack("rebind" if rebinds else "replace" if replacing else "delete", activity.immutable.ids)


def _planned(record: ActivityRecord, desired: Desired | None, invocation: Invocation, now: float, times: Times) -> Plan:
    """Return what comes next outside shadow.

    An unclear create is resolved before anything else, whatever is desired.
    """
    state = record.sync
    taken = _taken(record, invocation, now, times)
    if taken is not None:
        return taken
    if state.attempt is not None:
        if now < state.attempt.conclusive_from:
            return WaitUntil(state.attempt.conclusive_from, RetryReason.UNCLEAR)
        return _look_up(record, desired, state.attempt, invocation)
    if desired is None or _may_forget(state, invocation):
        return _leave_nothing(state, desired, invocation)
    if state.activity is None:
        return _create(record, desired, invocation, now, times)
    return _rebind(state.activity, desired, invocation) or _change(record, state.activity, desired, invocation, now)


def _taken(
    record: ActivityRecord, invocation: Invocation, now: float, times: Times
) -> Settled | MergeOnly | WaitUntil | None:
    """Return what to do if the record belongs to nobody any more, or to somebody else now."""
    state = record.sync
    if record.is_tombstone and state.attempt is None and state.activity is None and invocation.forgets is None:
        return Settled()
    if state.lease is not None and state.lease.owner == invocation.owner:
        return None
    if state.retry is not None and now < state.retry.until:
        return MergeOnly()
    if state.lease is not None and now < times.free_from(state.lease):
        # Its owner may have looked at the record before this event was merged.
        return WaitUntil(times.free_from(state.lease), RetryReason.LEASED)
    return None


def _may_forget(state: SyncState, invocation: Invocation) -> bool:
    """Whether the record is to be forgotten now. If its activity is to stay, a replace ends first."""
    return invocation.forgets == "activity" or (invocation.forgets == "record" and state.replacing is None)


def _leave_nothing(state: SyncState, desired: Desired | None, invocation: Invocation) -> Delete | Forget | Settled:
    """Return the next step if there should be no activity, or the record is to be forgotten."""
    deletes = desired is None or invocation.forgets == "activity"
    if deletes and state.activity is not None:
        return Delete(state.activity)
    return Settled() if invocation.forgets is None else Forget()


def _look_up(
    record: ActivityRecord, desired: Desired | None, attempt: Attempt, invocation: Invocation
) -> Resolve | Lookup:
    known = external_id(record.enrollment_id)
    if attempt.immutable is not None:
        # Whose activity it is, is what an operator wants to put right by a rebind.
        ids = None if invocation.rebinds else attempt.immutable.ids
        return Lookup(known, attempt, attempt.immutable.type.kind, ids)
    kind = wanted_type(record).kind
    subject = None if record.owner is None else record.owner.subject
    if subject is None or invocation.forgets is not None:
        # Whoever is to be forgotten may be nobody any more whom the directory knows.
        return Lookup(known, attempt, kind)
    if invocation.resolved is None:
        return Resolve(subject, (request_kind("read", kind),), None if desired is None else desired.assigner)
    return Lookup(known, attempt, kind, None if invocation.rebinds else invocation.resolved.ids)


def _create(
    record: ActivityRecord, desired: Desired, invocation: Invocation, now: float, times: Times
) -> WaitUntil | Resolve | Create:
    if desired.completed and not knows_kind(record):
        # A completion may overtake the assignment, and a completed activity keeps its kind for good.
        waits_until = (now if record.sync.waiting_since is None else record.sync.waiting_since) + times.kind_grace
        if now < waits_until:
            return WaitUntil(waits_until, RetryReason.AWAITING_KIND)
    if invocation.resolved is not None:
        return Create(desired, invocation.resolved)
    if record.sync.replacing is not None and record.sync.known is not None:
        # These were found out before the former activity was deleted. Now nothing may keep the new one from it.
        return Create(desired, ResolvedIds(record.sync.known.ids))
    return Resolve(desired.subject, (request_kind("create", desired.kind),), desired.assigner)


def _rebind(activity: Activity, desired: Desired, invocation: Invocation) -> Resolve | Delete | None:
    """Return the step towards an activity of the right owner, or None if it is that already."""
    if not invocation.rebinds:
        return None
    if invocation.resolved is None:
        former = activity.immutable.type.kind
        kinds = (request_kind("delete", former), request_kind("create", desired.kind))
        return Resolve(desired.subject, kinds, desired.assigner)
    return Delete(activity, rebinds=True) if invocation.resolved.ids != activity.immutable.ids else None


def _change(
    record: ActivityRecord, activity: Activity, desired: Desired, invocation: Invocation, now: float
) -> Settled | WaitUntil | Step:
    """Return the step that brings the activity closer to the desired state. A replace is a delete, then a create."""
    former = activity.immutable.type
    if former == desired.type:
        if activity.acknowledged == desired.digest:
            compare = Compare(activity, desired, invocation.repairs)
            return compare if invocation.checks else _settled(record, desired, now)
        if invocation.resolved is None and _is_long_ago(record.sync, now):
            return Resolve(desired.subject, (request_kind("update", former.kind),), may_fail=True)
        return Update(activity, desired)
    # If a replace was noted before, its delete may have been sent, so there is no way back any more.
    if invocation.resolved is None and record.sync.replacing is None:
        kinds = (request_kind("delete", former.kind), request_kind("create", desired.kind))
        return Resolve(desired.subject, kinds, desired.assigner, role=desired.kind)
    return Delete(activity, Replacing(former, desired.type))


def _settled(record: ActivityRecord, desired: Desired, now: float) -> Settled | WaitUntil:
    """Return that nothing is to be done, or when to try again what Graph refused."""
    refused = standing_refusal(record, desired)
    if refused is not None and refused.until is not None:
        return WaitUntil(min(refused.until, now + LONGEST_DELAY), RetryReason.REFUSED)
    return Settled(refusal_stands=refused is not None)


def _is_long_ago(state: SyncState, now: float) -> bool:
    return state.known is not None and now - state.known.confirmed > CONFIRMED_FOR
