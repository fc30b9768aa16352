"""Accounts for every event: each is applied to an activity in Graph, ignored, in a queue, or a dead letter.

The expected states are computed in the simplest way, one event after the other in the order in which they occurred.
They share nothing with the merging of the service.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from rich.table import Table

from tests.faults.workload import Event

STATUSES = ["notStarted", "inProgress", "completed"]
FULL = 100


@dataclass(frozen=True)
class State:
    """What an activity says, as far as the events determine it."""

    learner: str
    content: str
    kind: str
    assignment_type: str | None = None
    status: str = "notStarted"
    percentage: int = 0
    completed_at: datetime | None = None

    @property
    def progress(self) -> tuple[int, int]:
        """How far the learner is. The values can be compared."""
        return STATUSES.index(self.status), self.percentage


def expected_state(events: Iterable[Event]) -> dict[str, State]:
    """Return the state of each enrolment after its events, taken in the order in which they occurred.

    Duplicates count once.
    """
    states: dict[str, State] = {}
    removed: set[str] = set()
    unique = {event["eventId"]: event for event in events}
    for event in sorted(unique.values(), key=lambda event: datetime.fromisoformat(event["occurredAt"])):
        enrolment = event["enrollmentId"]
        if event["eventType"] == "course.unassigned":
            removed.add(enrolment)
            continue
        former = states.get(enrolment)
        if enrolment in removed and event["eventType"] == "course.assigned" and former and former.status != "completed":
            # An assignment after a removal starts anew.
            former = None
        removed.discard(enrolment)
        states[enrolment] = _after(former or _first(event), event)
    return {key: state for key, state in states.items() if key not in removed or state.status == "completed"}


def _first(event: Event) -> State:
    kind = event.get("activity", "selfInitiated")
    assigned = kind == "assignment"
    return State(
        event["learner"]["entraObjectId"],
        event["course"]["learningContentId"],
        kind,
        assignment_type="required" if assigned else None,  # Graph requires one, and no event has said which
        status="notStarted" if assigned else "inProgress",
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


def actual_state(activity: Mapping[str, Any]) -> State:
    """Return the state of an activity, which has the form of the simulator's `/admin/state`."""
    body = activity["body"]
    completed_at = body.get("completedDateTime")
    return State(
        body["learnerUserId"],
        body["learningContentId"],
        activity["kind"],
        body.get("assignmentType"),
        body["status"],
        body.get("completionPercentage") or 0,
        completed_at and datetime.fromisoformat(completed_at),
    )


@dataclass
class Comparison:
    """The enrolments that are not as they should be. An activity without an enrolment is named by its id."""

    lost: list[str] = field(default_factory=list)  # no activity
    unexpected: list[str] = field(default_factory=list)  # an activity, but no enrolment
    doubled: list[str] = field(default_factory=list)  # more than one activity
    regressed: list[str] = field(default_factory=list)  # less progress than the events say
    different: list[str] = field(default_factory=list)  # anything else

    @property
    def clean(self) -> bool:
        """Whether everything is as it should be."""
        return not any(asdict(self).values())


def compare(expected: Mapping[str, State], activities: Iterable[Mapping[str, Any]]) -> Comparison:
    """Compare the expected states with the activities. Of a doubled enrolment nothing else is compared."""
    found: dict[str, list[State]] = defaultdict(list)
    result = Comparison()
    for activity in activities:
        if activity["external_id"] in expected:
            found[activity["external_id"]].append(actual_state(activity))
        else:
            result.unexpected.append(activity["external_id"] or activity["id"])
    for enrolment, state in expected.items():
        actual = found[enrolment]
        if not actual:
            result.lost.append(enrolment)
        elif len(actual) > 1:
            result.doubled.append(enrolment)
        elif actual[0].progress < state.progress:
            result.regressed.append(enrolment)
        elif actual[0] != _with_type_of(actual[0], state):
            result.different.append(enrolment)
    return result


def _with_type_of(actual: State, state: State) -> State:
    """Return the expected state. A completed activity keeps the kind and type that it had when it was completed."""
    if state.status != "completed":
        return state
    return replace(state, kind=actual.kind, assignment_type=actual.assignment_type)


@dataclass(frozen=True)
class Accounting:
    """Where the unique events are. `applied + ignored + dead_lettered + queued` should be all of them."""

    events: int
    applied: int
    ignored: int
    dead_lettered: int
    queued: int
    graph_requests: int
    comparison: Comparison

    @property
    def missing(self) -> int:
        """How many events were lost."""
        return self.events - self.applied - self.ignored - self.dead_lettered - self.queued

    @property
    def clean(self) -> bool:
        """Whether every event is applied or ignored, and Graph has what it should have."""
        return self.comparison.clean and self.applied + self.ignored == self.events

    def as_json(self) -> dict[str, Any]:
        """Return all figures, and the names of the enrolments that are wrong."""
        per_event = round(self.graph_requests / self.events, 3) if self.events else None
        return {**asdict(self), "missing": self.missing, "graph_requests_per_event": per_event}

    def table(self, title: str = "Accounting") -> Table:
        """Return all figures as a table."""
        table = Table("what", "number", title=title)
        for name, value in self.as_json().items():
            figures = {k: len(v) for k, v in value.items()} if name == "comparison" else {name: value}
            for word, figure in figures.items():
                table.add_row(word.replace("_", " "), str(figure))
        return table


def account(  # noqa: PLR0913  one argument for each place where an event can be
    events: Iterable[Event],
    activities: Iterable[Mapping[str, Any]],
    *,
    ignored: AbstractSet[str] = frozenset(),
    dead_lettered: AbstractSet[str] = frozenset(),
    queued: AbstractSet[str] = frozenset(),
    graph_requests: int = 0,
) -> Accounting:
    """Find out where each unique event is.

    An event is applied if the activity of its enrolment is as it should be. Otherwise a queued message or a dead letter
    of the same enrolment stands for it. `ignored` has ids of events, `queued` and `dead_lettered` have enrolments.
    """
    unique = {event["eventId"]: event for event in events}
    counted = [event for key, event in unique.items() if key not in ignored]
    comparison = compare(expected_state(counted), activities)
    wrong = {enrolment for names in asdict(comparison).values() for enrolment in names}
    places = [_place(event["enrollmentId"], wrong, queued, dead_lettered) for event in counted]
    return Accounting(
        events=len(unique),
        applied=places.count("applied"),
        ignored=len(unique) - len(counted),
        dead_lettered=places.count("dead-lettered"),
        queued=places.count("queued"),
        graph_requests=graph_requests,
        comparison=comparison,
    )


def _place(enrolment: str, wrong: AbstractSet[str], queued: AbstractSet[str], dead_lettered: AbstractSet[str]) -> str:
    if enrolment not in wrong:
        return "applied"
    if enrolment in queued:
        return "queued"
    return "dead-lettered" if enrolment in dead_lettered else "missing"
