"""Explains a record to an operator: what it wants, what Graph acknowledged, what was found, why, and what's next."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic.alias_generators import to_camel

from activities.domain.desired import Desired, desired_state, wanted_type
from activities.domain.fields import EPOCH, MICROSECOND
from activities.domain.outcomes import RetryReason
from activities.domain.record import FORGOTTEN, ActivityRecord
from activities.domain.shared_state import GraphState
from activities.domain.sync_parts import GONE, Failing
from activities.domain.sync_state import HELD_BACK, SETTLED, SyncState
from activities.domain.terms import Operation, RequestKind, request_kind
from activities.storage.letters import LetterFacts
from tools.operate.activity.finding import key_of
from tools.operate.doctor.app import FIXES

# For each value of the activity, the facts that may have set it. The first one in the record counts.
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
UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One value of the desired state, and the time of the event that set it."""

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


def _since(record: ActivityRecord, name: str, completed: bool) -> str | None:  # noqa: FBT001  one of the values
    facts = record.facts
    for fact in _FACTS[name]:
        if fact in facts.moments and (fact != "completed" or completed):
            return _instant(facts.moments[fact][0].at)
        if fact in facts.fields:
            return _instant(facts.fields[fact].clock.occurred)
    return None


def in_graph(record: ActivityRecord) -> str:
    """Say what Graph has acknowledged so far."""
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
    has = None if GONE in differing else {to_camel(name): value for name, value in json.loads(check.found).items()}
    return {"at": time_of(check.at), "differs": [to_camel(name) for name in differing], "has": has}


def why(
    record: ActivityRecord, graph: GraphState, now: float, letters: Sequence[LetterFacts] = ()
) -> tuple[str, str] | None:
    """Return why there's no activity, or why it isn't up to date: a code and a sentence. None if all is well.

    Args:
        record: the record.
        graph: what the processes of the app tell each other about Graph.
        now: the current time, in seconds since 1970.
        letters: the dead letters of the record, and of events that weren't merged into it.
    """
    state = record.sync
    if state.held_back is not None:
        return HELD_BACK, f"held back since {time_of(state.held_back.since)}: the learner is in shadow"
    if state.parked is not None:
        return state.parked, f"{state.parked}: dead letter {key_of(record)[:12]}"
    if state.state != SETTLED:
        return _why_it_waits(record, graph, now)
    apart = _not_merged(record, letters)
    return _why_there_is_none(record) if apart is None else (apart.reason, _refused(apart))


def _not_merged(record: ActivityRecord, letters: Sequence[LetterFacts]) -> LetterFacts | None:
    """Return the dead letter of an event that wasn't merged into the record."""
    return next((letter for letter in letters if letter.id != key_of(record)), None)


def _refused(letter: LetterFacts) -> str:
    return f"{letter.reason}: {letter.detail}, so an event wasn't merged: dead letter {letter.id[:12]}"


def _why_there_is_none(record: ActivityRecord) -> tuple[str, str] | None:
    """Return why a settled record wants no activity, or None if it wants one."""
    if record.is_tombstone:
        return FORGOTTEN, "the record was forgotten (see docs/privacy.md)"
    if desired_state(record, "") is not None:
        return None
    present = record.facts.fields.get("present")
    when = "" if present is None else f" at {_instant(present.clock.occurred)}"
    return UNASSIGNED, f"the LMS withdrew the enrolment{when} (course.unassigned), so there should be no activity"


def _why_it_waits(record: ActivityRecord, graph: GraphState, now: float) -> tuple[str, str]:
    state = record.sync
    failing = state.failing or Failing()
    held = [kind for kind in graph.held if kind in (failing.kind, *_needed(record))]
    if failing.missing:
        return RetryReason.CONTENT_MISSING, "the provider's catalogue does not have the course yet"
    if state.retry is not None and state.retry.awaits_kind:
        return RetryReason.AWAITING_KIND, "a completion that doesn't say its kind is waiting for an event that does"
    if held:
        return (
            RetryReason.HOLD,
            f"{held[0]} is on hold for everybody: {graph.held[held[0]].detail} (see `lms-sync doctor`)",
        )
    if graph.closed_until > now:
        return RetryReason.THROTTLED, f"Graph allows no requests until {time_of(graph.closed_until)}"
    if failing.kind:
        tries = f"{failing.tries} failed tries, the latest" if failing.tries > 1 else "a failed try"
        latest = f"{tries} of {failing.kind} at {time_of(failing.at)}: {failing.detail}"
        return _reason_of(failing), f"{latest} (if others fail too, see configuration-hold in docs/operations.md)"
    since = "" if state.waiting_since is None else f" since {time_of(state.waiting_since)}"
    return "waiting", f"a request or a retry is on its way{since}"


def _reason_of(failing: Failing) -> RetryReason:
    return RetryReason.REFUSED if failing.refusals else RetryReason.UNCLEAR


def _needed(record: ActivityRecord) -> set[RequestKind]:
    """Return the kinds of requests that the record may be waiting for."""
    kind = wanted_type(record).kind
    operations: tuple[Operation, ...] = ("create", "update", "delete", "read")
    needed = {request_kind(operation, kind) for operation in operations}
    if record.owner is not None and record.owner.course is not None and record.owner.course.kind == "externalId":
        needed.add("find_content")
    if record.owner is not None and record.owner.learner is not None and record.owner.learner.kind != "entraObjectId":
        needed |= {"find_user", "find_users"}
    return needed


def what_next(record: ActivityRecord, letters: Sequence[LetterFacts] = ()) -> str:
    """Say what happens next, and what an operator can do."""
    state = record.sync
    if state.held_back is not None:
        after = "with the next event or `lms-sync reconcile --pending`, once the learner is no longer in shadow"
        return f"{state.held_back.step}, {after}"
    if state.parked is not None:
        redrive = f"`lms-sync dead-letters redrive --record {key_of(record)[:12]}`"
        return f"nothing until the next event, a check or a redrive: {FIXES.get(state.parked, '')} ({redrive})"
    apart = _not_merged(record, letters)
    if state.state == SETTLED and apart is not None:
        return f"nothing until somebody acts: {FIXES.get(apart.reason, '')}"
    if state.state == SETTLED:
        wants = desired_state(record, "") is not None
        return "nothing: Graph has what the events ask for" if wants else "nothing until an event assigns it again"
    return f"{_coming(state)}; to do it at once, run `lms-sync activity {key_of(record)[:12]} check`"


def _coming(state: SyncState) -> str:
    # If the ledger was lost, the lookup is part of the next try.
    if state.attempt is not None and state.attempt.immutable is not None:
        return f"a lookup, from {time_of(state.attempt.conclusive_from)} on"
    if state.retry is not None:
        return f"another try, at about {time_of(state.retry.until)}"
    if state.lease is not None:
        return f"the app is working on it, until {time_of(state.lease.until)} at the latest"
    return "another try: a message is on its way"


def _instant(microseconds: int) -> str:
    return (EPOCH + microseconds * MICROSECOND).isoformat()


def time_of(seconds: float) -> str:
    """Return a time in seconds since 1970 as ISO 8601."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
