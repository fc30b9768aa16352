"""What to do next about one record. Pure: it takes values and returns a value, and nothing is sent or stored.

Because of these rules, no crash, lost or late response, stale lookup or second worker can lose, double or reset an
activity. `docs/decisions/` gives the reasons.
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

# What to forget: only the record, so that its activity stays in Graph, or the activity as well.
Forgets = Literal["record", "activity"]


@dataclass(frozen=True, slots=True)
class Task:
    """What to do besides merging an event and taking the steps that follow from it.

    Attributes:
        checks: compare a settled activity with Graph, and repair what differs.
        compares: compare a settled activity with Graph, and do nothing else, whatever the record needs.
        rebinds: find out again whose activity it is. If it's somebody else's, delete it and create a new one.
        forgets: what to forget, once it's certain what Graph has.
        at_once: don't wait for a retry that's on its way, because only this message says what to do.
        anew: an operator asked for another try: act at once, restart patience, and repeat lookups that failed.
        gives_up: if there's anything to do, don't do it, but park the record with this dead letter.
    """

    checks: bool = False
    compares: bool = False
    rebinds: bool = False
    forgets: Forgets | None = None
    at_once: bool = False
    anew: bool = False
    gives_up: DeadLetter | None = None


# Seconds for which an address is trusted to lead to the same person: it's rarely given to somebody else sooner.
CONFIRMED_FOR = 30 * 24 * 3600.0
SYNC = Task()


@dataclass(frozen=True, slots=True)
class Invocation:
    """The invocation that works on a record.

    Attributes:
        owner: the name under which it takes the lease.
        resolved: the ids that the owner's references lead to, once they've been found.
        checks: whether to compare a settled activity with Graph.
        repairs: whether to repair what differs.
        rebinds: whether to find out again whose activity it is.
        shadow: whose activities must not be written.
        forgets: what to forget.
    """

    owner: str
    resolved: ResolvedIds | None = None
    checks: bool = False
    repairs: bool = True
    rebinds: bool = False
    shadow: Shadow = LIVE
    forgets: Forgets | None = None


def plan(record: ActivityRecord, desired: Desired | None, invocation: Invocation, now: float, times: Times) -> Plan:
    """Return what this invocation does next about the record, given what its activity should be (`desired`).

    In shadow, everything is looked up as usual, but nothing is written.
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
            # The requests that would follow aren't sent, so they need no admission and no permission.
            return replace(step, kinds=(), role=None)
        case Create(_, resolved):
            return HoldBack("create" if state.replacing is None else "replace", resolved.ids)
        case Update(activity):
            return HoldBack("update", activity.immutable.ids)
        case Delete(activity, replacing, rebinds):
            return HoldBack("rebind" if rebinds else "replace" if replacing else "delete", activity.immutable.ids)


def _planned(record: ActivityRecord, desired: Desired | None, invocation: Invocation, now: float, times: Times) -> Plan:
    """Return what comes next if the record isn't in shadow.

    The result of an unclear create is found out before anything else, whatever is desired.
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
    """Return what to do if the record is a tombstone, or another invocation or a retry takes care of it."""
    state = record.sync
    if record.is_tombstone and state.attempt is None and state.activity is None and invocation.forgets is None:
        return Settled()
    if state.lease is not None and state.lease.owner == invocation.owner:
        return None
    if state.retry is not None and now < state.retry.until:
        return MergeOnly()
    if state.lease is not None and now < times.free_from(state.lease):
        # The lease's owner may have read the record before this event was merged.
        return WaitUntil(times.free_from(state.lease), RetryReason.LEASED)
    return None


def _may_forget(state: SyncState, invocation: Invocation) -> bool:
    """Whether to forget the record now. If its activity is to stay, a replace has to end first."""
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
        # A rebind corrects whose activity it is, so the lookup accepts anybody's.
        ids = None if invocation.rebinds else attempt.immutable.ids
        return Lookup(known, attempt, attempt.immutable.type.kind, ids)
    kind = wanted_type(record).kind
    subject = None if record.owner is None else record.owner.subject
    if subject is None or invocation.forgets is not None:
        # The directory may no longer know a person who is to be forgotten.
        return Lookup(known, attempt, kind)
    if invocation.resolved is None:
        return Resolve(subject, (request_kind("read", kind),), None if desired is None else desired.assigner)
    return Lookup(known, attempt, kind, None if invocation.rebinds else invocation.resolved.ids)


def _create(
    record: ActivityRecord, desired: Desired, invocation: Invocation, now: float, times: Times
) -> WaitUntil | Resolve | Create:
    if desired.completed and not knows_kind(record):
        # A completion may arrive before the assignment, and a completed activity keeps its kind for good.
        waits_until = (now if record.sync.waiting_since is None else record.sync.waiting_since) + times.kind_grace
        if now < waits_until:
            return WaitUntil(waits_until, RetryReason.AWAITING_KIND)
    if invocation.resolved is not None:
        return Create(desired, invocation.resolved)
    if record.sync.replacing is not None and record.sync.known is not None:
        # These ids were found before the former activity was deleted. From then on, nothing may prevent the create.
        return Create(desired, ResolvedIds(record.sync.known.ids))
    return Resolve(desired.subject, (request_kind("create", desired.kind),), desired.assigner)


def _rebind(activity: Activity, desired: Desired, invocation: Invocation) -> Resolve | Delete | None:
    """Return the step towards an activity of the right owner, or None if there's nothing to rebind."""
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
    # If a replace has been noted already, its delete may have been sent, so there's no way back.
    if invocation.resolved is None and record.sync.replacing is None:
        kinds = (request_kind("delete", former.kind), request_kind("create", desired.kind))
        return Resolve(desired.subject, kinds, desired.assigner, role=desired.kind)
    return Delete(activity, Replacing(former, desired.type))


def _settled(record: ActivityRecord, desired: Desired, now: float) -> Settled | WaitUntil:
    """Return that there's nothing to do, or when to try again what Graph refused."""
    refused = standing_refusal(record, desired)
    if refused is not None and refused.until is not None:
        return WaitUntil(min(refused.until, now + LONGEST_DELAY), RetryReason.REFUSED)
    return Settled(refusal_stands=refused is not None)


def _is_long_ago(state: SyncState, now: float) -> bool:
    return state.known is not None and now - state.known.confirmed > CONFIRMED_FOR
