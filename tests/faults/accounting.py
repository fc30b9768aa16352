"""Accounts for every event: each is applied to an activity in Graph, ignored, in a queue, or a dead letter."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from rich.table import Table

from tests.faults.expected import State, expected_state
from tests.faults.workload import Event


def actual_state(activity: Mapping[str, Any]) -> State:
    """Return the state of an activity in the form of the simulator's `/admin/state`."""
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
    """The enrollments that are wrong. An activity without an enrollment is named by its id."""

    lost: list[str] = field(default_factory=list)  # no activity
    unexpected: list[str] = field(default_factory=list)  # an activity, but no enrollment
    doubled: list[str] = field(default_factory=list)  # more than one activity
    regressed: list[str] = field(default_factory=list)  # less progress than the events say
    different: list[str] = field(default_factory=list)  # anything else

    @property
    def clean(self) -> bool:
        """Whether everything is as it should be."""
        return not any(asdict(self).values())


def compare(expected: Mapping[str, State], activities: Iterable[Mapping[str, Any]]) -> Comparison:
    """Compare the expected states with the activities. For a duplicated enrollment, nothing else is compared."""
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
    """Return the expected state. A completed activity may have any kind and type that an event asked for."""
    if state.status != "completed" or (actual.kind, actual.assignment_type) not in state.types:
        return state
    return replace(state, kind=actual.kind, assignment_type=actual.assignment_type)


@dataclass(frozen=True)
class Accounting:
    """Where the unique events are. `applied + ignored + dead_lettered + queued` should count them all."""

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
        """Return all figures, and the names of the wrong enrollments."""
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

    An event is applied if its enrollment's activity is as it should be. Otherwise a queued message or a dead letter
    of the same enrollment stands for it. `ignored` has event ids; `queued` and `dead_lettered` have enrollment ids.
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
