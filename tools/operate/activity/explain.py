"""What a record says, in an operator's words: wanted, acknowledged, found, why, and what happens next."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from activities.domain.desired import Desired, desired_state, wanted_type
from activities.domain.fields import EPOCH, MICROSECOND
from activities.domain.outcomes import RetryReason
from activities.domain.record import ActivityRecord
from activities.domain.shared_state import GraphState
from activities.domain.sync_parts import GONE, Failing
from activities.domain.sync_state import HELD_BACK, SETTLED, SyncState
from activities.domain.terms import Operation, RequestKind, request_kind
from tools.operate.activity.finding import key_of
from tools.operate.doctor.app import FIXES

# What the activity has, and the facts of the record that set it, the first one that is there.
_FACTS: Mapping[str, tuple[str, ...]] = {
    "kind": ("kind", "present"),
    "assignmentType": ("assignmentType", "kind", "present"),
    "status": ("completed", "status", "present"),
    "percentage": ("completed", "percentage"),
    "completedAt": ("completed",),
    "startedAt": ("started",),
    "assignedAt": ("assignedAt", "assigned"),
    "dueAt": ("dueAt",),
    "notes": ("notes",),
    "assigner": ("assigner",),
}
_PERSONAL = ("notes", "assigner")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One value of the desired state, and the time that set it."""

    value: object
    since: str | None


def wanted(record: ActivityRecord, *, personal: bool) -> dict[str, Wanted]:
    """Return what the activity should be; empty if there should be none."""
    desired = desired_state(record, "")
    if desired is None:
        return {}
    completed = desired.completed
    return {
        name: Wanted("(hidden)" if name in _PERSONAL and not personal else value, _since(record, name, completed))
        for name, value in _values(desired).items()
        if value is not None
    }


def _values(desired: Desired) -> dict[str, object]:
    return {
        "kind": desired.kind,
        "assignmentType": desired.type.assignment_type,
        "status": desired.status,
        "percentage": desired.percentage,
        "completedAt": desired.completed_at,
        "startedAt": desired.started_at,
        "assignedAt": desired.assigned_at,
        "dueAt": desired.due_at,
        "notes": None if desired.notes is None else desired.notes.content,
        "assigner": None if desired.assigner is None else " ".join(desired.assigner),
    }


def _since(record: ActivityRecord, name: str, completed: bool) -> str | None:  # noqa: FBT001  of the values
    facts = record.facts
    for fact in _FACTS[name]:
        if fact in facts.moments and (fact != "completed" or completed):
            return (EPOCH + facts.moments[fact][0].at * MICROSECOND).isoformat()
        if fact in facts.fields:
            return (EPOCH + facts.fields[fact].clock.occurred * MICROSECOND).isoformat()
    return None


def in_graph(record: ActivityRecord) -> str:
    """Say what Graph has acknowledged."""
    state = record.sync
    if state.attempt is not None and state.attempt.immutable is None:
        return "unknown: the ledger was lost, and a lookup will tell"
    if state.attempt is not None:
        return "unclear: a create had no response, and a lookup will tell"
    if state.activity is None:
        return "no activity"
    if state.activity.acknowledged is None:
        return f"the activity {state.activity.id}, perhaps outdated"
    desired = desired_state(record, "")
    if desired is None:
        return f"the activity {state.activity.id}, which should not be there"
    return f"the activity {state.activity.id}"


def found(record: ActivityRecord) -> dict[str, Any] | None:
    """Return what the latest comparison found, or None if there was none."""
    check = record.sync.check
    if check is None:
        return None
    differing = check.differed.split(",") if check.differed else []
    return {
        "at": time_of(check.at),
        "differs": differing,
        "has": None if GONE in differing else json.loads(check.found),
    }


def why(record: ActivityRecord, graph: GraphState, now: float) -> tuple[str, str] | None:
    """Return why the record is not settled: a code, and a sentence. None if it is settled.

    Args:
        record: the record.
        graph: what the processes of the app tell each other about Graph.
        now: the present time, in seconds since 1970.
    """
    state = record.sync
    if state.held_back is not None:
        return HELD_BACK, f"held back since {time_of(state.held_back.since)}: the learner is in shadow"
    if state.parked is not None:
        return state.parked, f"{state.parked}: dead letter {key_of(record)[:12]}"
    return None if state.state == SETTLED else _why_it_waits(record, graph, now)


def _why_it_waits(record: ActivityRecord, graph: GraphState, now: float) -> tuple[str, str]:
    state = record.sync
    failing = state.failing or Failing()
    held = [kind for kind in graph.held if kind in (failing.kind, *_needed(record))]
    if failing.missing:
        return RetryReason.CONTENT_MISSING, "the provider's catalogue does not have the course yet"
    if state.retry is not None and state.retry.awaits_kind:
        return RetryReason.AWAITING_KIND, "a completion that does not say its kind waits for an event that does"
    if held:
        return RetryReason.HOLD, f"{held[0]} is held for everybody: {graph.held[held[0]].detail} (`lms-sync doctor`)"
    if graph.closed_until > now:
        return RetryReason.THROTTLED, f"Graph allows no request until {time_of(graph.closed_until)}"
    if failing.kind:
        tries = f"{failing.tries} failed tries" if failing.tries > 1 else "a failed try"
        return RetryReason.UNCLEAR, f"{tries}, the latest of {failing.kind} at {time_of(failing.at)}"
    since = "" if state.waiting_since is None else f" since {time_of(state.waiting_since)}"
    return "waiting", f"a request or a retry is on its way{since}"


def _needed(record: ActivityRecord) -> set[RequestKind]:
    """Return the kinds of requests that the record may wait for."""
    kind = wanted_type(record).kind
    operations: tuple[Operation, ...] = ("create", "update", "delete", "read")
    needed = {request_kind(operation, kind) for operation in operations}
    if record.owner is not None and record.owner.course is not None and record.owner.course.kind == "externalId":
        needed.add("find_content")
    if record.owner is not None and record.owner.learner is not None and record.owner.learner.kind != "entraObjectId":
        needed |= {"find_user", "find_users"}
    return needed


def what_next(record: ActivityRecord) -> str:
    """Say what happens next, and what an operator may do."""
    state = record.sync
    if state.held_back is not None:
        after = "with the next event or `lms-sync reconcile --pending`, once the learner is not in shadow"
        return f"{state.held_back.step}, {after}"
    if state.parked is not None:
        redrive = f"`lms-sync dead-letters redrive --record {key_of(record)[:12]}`"
        return f"nothing until the next event, a check or a redrive: {FIXES.get(state.parked, '')} ({redrive})"
    if state.state == SETTLED:
        return "nothing: Graph has what the events ask for"
    return f"{_coming(state)}; at once with `lms-sync activity {key_of(record)[:12]} check`"


def _coming(state: SyncState) -> str:
    # After a loss of the ledger, the lookup is part of the next try.
    if state.attempt is not None and state.attempt.immutable is not None:
        return f"a lookup, from {time_of(state.attempt.conclusive_from)} on"
    if state.retry is not None:
        return f"another try, about {time_of(state.retry.until)}"
    if state.lease is not None:
        return f"the app is working on it, until {time_of(state.lease.until)} at most"
    return "another try: a message is on its way"


def time_of(seconds: float) -> str:
    """Return a time in seconds since 1970 as ISO 8601."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
