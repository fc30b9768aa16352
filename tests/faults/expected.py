"""The result of each enrollment's events, computed in the simplest way: one by one, in the order they occurred.

This shares no code with the service's merging.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.faults.workload import Event

Type = tuple[str, str | None]

STATUSES = ["notStarted", "inProgress", "completed"]
FULL = 100


@dataclass(frozen=True)
class State:
    """What an activity says, as far as the events determine it.

    `types` are all kinds and types that the events ever asked for.
    """

    learner: str
    content: str
    kind: str
    assignment_type: str | None = None
    status: str = "notStarted"
    percentage: int = 0
    completed_at: datetime | None = None
    types: frozenset[Type] = field(default=frozenset(), compare=False)

    @property
    def progress(self) -> tuple[int, int]:
        """How far the learner has got, as comparable values."""
        return STATUSES.index(self.status), self.percentage


def expected_state(events: Iterable[Event]) -> dict[str, State]:
    """Return the state of each enrollment after its events, applied in the order in which they occurred.

    Duplicates count once.
    """
    states: dict[str, State] = {}
    types: dict[str, set[Type]] = defaultdict(set)
    removed: set[str] = set()
    unique = {event["eventId"]: event for event in events}
    for event in sorted(unique.values(), key=lambda event: datetime.fromisoformat(event["occurredAt"])):
        enrolment = event["enrollmentId"]
        if event["eventType"] == "course.unassigned":
            removed.add(enrolment)
            continue
        former = states.get(enrolment)
        types[enrolment].add(_type(event))
        if former is not None and _starts_anew(event, former, removed=enrolment in removed):
            former = None
        removed.discard(enrolment)
        states[enrolment] = _after(former or _first(event), event)
    return {
        key: replace(state, types=frozenset(types[key]))
        for key, state in states.items()
        if key not in removed or state.status == "completed"
    }


def _starts_anew(event: Event, former: State, *, removed: bool) -> bool:
    """Whether earlier events no longer count: the event says so, or it assigns again what was removed."""
    again = removed and event["eventType"] == "course.assigned" and former.status != "completed"
    return again or event.get("startsOver", False)


def _type(event: Event) -> Type:
    """Return the kind and type that an event asks for. Graph needs a type: `required`, if none is given."""
    if event["eventType"] == "course.assigned":
        return "assignment", event["assignment"]["type"]
    return ("assignment", "required") if event.get("activity") == "assignment" else ("selfInitiated", None)


def _first(event: Event) -> State:
    kind, assignment_type = _type(event)
    return State(
        event["learner"]["entraObjectId"],
        event["course"]["learningContentId"],
        kind,
        assignment_type,
        status="notStarted" if kind == "assignment" else "inProgress",
    )


def _after(state: State, event: Event) -> State:
    match event["eventType"].removeprefix("course."):
        case "assigned":
            state = replace(state, kind="assignment", assignment_type=event["assignment"]["type"])
        case "started" | "progressed" if state.status != "completed":
            progress = event.get("progress", {})
            state = replace(
                state,
                status=progress.get("status", "inProgress"),
                percentage=progress.get("percentage", state.percentage),
            )
            if state.status == "completed":
                state = _completed(state, event)
        case "completed" if state.status != "completed":
            state = _completed(state, event)
    return state


def _completed(state: State, event: Event) -> State:
    at = datetime.fromisoformat(event.get("progress", {}).get("completedAt") or event["occurredAt"])
    return replace(state, status="completed", percentage=FULL, completed_at=at)
