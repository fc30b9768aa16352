"""Checks the simulation's model against examples of the rules. A run is only as good as the model."""

from datetime import datetime
from typing import Any

import pytest

from tests.simulation.model import ASSIGNMENT, SELF_INITIATED, Expected, expected

type Document = dict[str, Any]


def at(minute: int) -> str:
    """Return a time on the examples' day."""
    return f"2026-12-01T08:{minute:02}:00+00:00"


def event(what: str, minute: int, **parts: object) -> Document:
    """Return an event that occurred in this minute."""
    return {
        "eventId": f"{what}-{minute}-{parts}",
        "eventType": f"course.{what}",
        "occurredAt": at(minute),
        "activity": "assignment",
        **parts,
    }


def assigned(minute: int, terms: str = "required", **parts: object) -> Document:
    """Return an assignment."""
    return event("assigned", minute, assignment={"type": terms, **parts})


def progressed(minute: int, **progress: object) -> Document:
    """Return progress."""
    return event("progressed", minute, progress=progress)


# Events, and what Graph should have after them. None means no activity.
STORIES: dict[str, tuple[list[Document], Document | None]] = {
    "nothing happened": ([], None),
    "assigned": ([assigned(1)], {"status": "notStarted", "assignedDateTime": 1}),
    "begun": ([assigned(1), progressed(2, percentage=10)], {"status": "inProgress", "completionPercentage": 10}),
    "the later progress counts": (
        [progressed(3, percentage=10), progressed(2, percentage=50)],
        {"completionPercentage": 10},
    ),
    "at one instant the further progress counts": (
        [progressed(2, percentage=50), progressed(2, percentage=10)],
        {"completionPercentage": 50},
    ),
    "an explicit status counts": ([progressed(2, percentage=10, status="notStarted")], {"status": "notStarted"}),
    "completed": (
        [event("completed", 5)],
        {"status": "completed", "completionPercentage": 100, "completedDateTime": 5},
    ),
    "a completion stays": ([event("completed", 5), progressed(6, percentage=10)], {"status": "completed"}),
    "the first completion counts": ([event("completed", 5), event("completed", 4)], {"completedDateTime": 4}),
    "a stated time counts before an implied one": (
        [event("completed", 4), event("completed", 6, progress={"completedAt": at(5)})],
        {"completedDateTime": 5},
    ),
    "removed": ([assigned(1), event("unassigned", 2)], None),
    "a completed one is not removed": ([event("completed", 1), event("unassigned", 2)], {"status": "completed"}),
    "at one instant present counts": ([event("unassigned", 2), progressed(2, percentage=5)], {"status": "inProgress"}),
    "assigned again after a removal": (
        [assigned(1), progressed(2, percentage=50), event("unassigned", 3), assigned(4)],
        {"status": "notStarted", "completionPercentage": None, "assignedDateTime": 4},
    ),
    "assigned again after a completion": (
        [event("completed", 2), event("unassigned", 3), assigned(4)],
        {"status": "completed", "completedDateTime": 2},
    ),
    "a new enrolment after a completion": (
        [event("completed", 2), assigned(4) | {"enrols": True}],
        {"status": "notStarted", "completedDateTime": None},
    ),
    "started over": (
        [event("completed", 2), progressed(4, percentage=0) | {"startsOver": True}],
        {"status": "notStarted", "completionPercentage": 0},
    ),
    "a removal never starts over": (
        [event("completed", 2), event("unassigned", 3, startsOver=True)],
        {"status": "completed"},
    ),
    "a due date is taken away": (
        [assigned(1, dueAt={"dateTime": "x"}), assigned(2, dueAt=None)],
        {"dueDateTime": None, "assignedDateTime": 2},
    ),
    "a stated time of assignment stays": ([assigned(1, assignedAt=at(0)), assigned(2)], {"assignedDateTime": 0}),
}


@pytest.mark.parametrize(("events", "properties"), STORIES.values(), ids=STORIES)
def test_what_an_activity_should_be(events: list[Document], properties: Document | None) -> None:
    """The order of events doesn't matter, nor how often they come."""
    for told in (events, events[::-1], events * 2):
        model = expected(told)
        if properties is None:
            assert model is None
            continue
        assert model is not None
        body = model.bodies[ASSIGNMENT]
        assert {name: _minute(body.get(name)) for name in properties} == properties


def test_a_course_that_was_begun_without_an_assignment() -> None:
    """It's either in progress or completed, and shows when it was started."""
    started = event("started", 2) | {"activity": "selfInitiated"}
    body = {"status": "inProgress", "startedDateTime": datetime.fromisoformat(at(2))}
    assert expected([started]) == Expected(frozenset({(SELF_INITIATED, None)}), {SELF_INITIATED: body})


def test_only_a_completed_activity_may_have_another_type() -> None:
    """It keeps the type that it had when it was completed. That can be any type that was asked for."""
    terms = [assigned(1), assigned(2, "recommended")]
    both = {(ASSIGNMENT, "required"), (ASSIGNMENT, "recommended")}
    asked, done = expected(terms), expected([*terms, event("completed", 3)])
    assert asked is not None
    assert done is not None
    assert asked.kinds == {(ASSIGNMENT, "recommended")}
    assert done.kinds == both


def _minute(value: object) -> object:
    return value.minute if isinstance(value, datetime) else value
