"""What Graph has: how it differs from what's desired, and what it tells the app after a ledger was lost."""

import json
from dataclasses import replace

import pytest

from activities.domain.cycle import present_cycle
from activities.domain.desired import Desired, desired_state
from activities.domain.fields import merge
from activities.domain.found import Found, FoundActivity, differences
from activities.domain.news import News
from activities.domain.terms import ActivityType, OwnerIds
from tests.activities.domain.learning_events import PROVIDER, at, desired, microseconds, news, record_of

REQUIRED = ActivityType("assignment", "required")
TERMS = {"type": "required", "assignedAt": at(0), "dueAt": "2026-09-22T16:05:00Z"}
DESIRED = desired(news("assigned", 0, assignment=TERMS), news("completed", 5, progress={"completedAt": at(4)}))
# The same times as Graph writes them.
SAME = Found(
    "completed", 100, "2026-03-01T08:04:00Z", None, "2026-03-01T08:00:00.0000000Z", "2026-09-22T16:05:00.0000000"
)

# Each has a name, what Graph has instead, and the names of what differs.
DIFFERENCES: list[tuple[str, Found, list[str]]] = [
    ("nothing", SAME, []),
    ("status", replace(SAME, status="inProgress"), ["status"]),
    ("percentage", replace(SAME, percentage=90), ["percentage"]),
    ("another instant", replace(SAME, completed_at="2026-03-01T08:05:00Z"), ["completed_at"]),
    ("the same instant elsewhere", replace(SAME, completed_at="2026-03-01T10:04:00+02:00"), []),
    ("a time that is no time", replace(SAME, assigned_at="soon"), ["assigned_at"]),
    ("no due date", replace(SAME, due_at=None), ["due_at"]),
    ("a start that nobody asked for", replace(SAME, started_at="2020-01-01T00:00:00Z"), []),
    ("nothing is there", Found(), ["status", "percentage", "completed_at", "assigned_at", "due_at"]),
]


@pytest.mark.parametrize(("found", "expected"), [case[1:] for case in DIFFERENCES], ids=[c[0] for c in DIFFERENCES])
def test_what_differs_is_named(found: Found, expected: list[str]) -> None:
    """Times are compared as instants. Anything that an update wouldn't send isn't compared."""
    assert differences(DESIRED, found) == expected


def test_what_was_found_is_noted_without_what_is_missing() -> None:
    """The record keeps it as JSON, with no person and no text."""
    assert json.loads(Found("inProgress", 40).text()) == {"status": "inProgress", "percentage": 40}


def rebuilt(found: FoundActivity, *said: News) -> Desired:
    """Return what's desired of a record made of events and what was found in Graph."""
    record = record_of([news("progressed", -99, learner={"email": "ann@contoso.example"}), *said])
    state = desired_state(replace(record, facts=merge(record.facts, found.facts())), PROVIDER)
    assert state is not None
    return state


ASSIGNED = FoundActivity(
    "id-1",
    REQUIRED,
    OwnerIds("learner", "content"),
    Found("inProgress", 40, None, None, "2026-03-01T08:00:00Z", "2026-09-22T16:05:00.0000000"),
)
COMPLETED = replace(ASSIGNED, values=replace(ASSIGNED.values, status="completed", completed_at="2026-03-01T08:04:00Z"))
BEGUN = FoundActivity(
    "id-1", ActivityType("selfInitiated"), None, Found("inProgress", 30, None, "2026-03-01T08:02:00Z", None, None)
)


def test_what_is_found_becomes_what_is_desired() -> None:
    """A lost ledger gets back kind, type, status, percentage and times."""
    state = rebuilt(ASSIGNED)
    assert (state.type, state.status, state.percentage, state.due_at) == (
        REQUIRED,
        "inProgress",
        40,
        "2026-09-22T16:05:00+00:00",
    )
    assert differences(state, ASSIGNED.values) == differences(rebuilt(BEGUN), BEGUN.values) == []
    assert (rebuilt(BEGUN).type, rebuilt(BEGUN).started_at) == (BEGUN.type, at(2))


def test_no_replay_takes_a_completion_back() -> None:
    """Events that arrive again or late meet the completion that Graph had."""
    replayed = [
        news("assigned", 0, assignment=TERMS),
        news("progressed", 1, progress={"percentage": 10}),
        news("unassigned", 9),
    ]
    state = rebuilt(COMPLETED, *replayed)
    assert (state.status, state.completed_at, state.percentage) == ("completed", at(4), 100)


@pytest.mark.parametrize(
    ("values", "completed_at"),
    [(replace(COMPLETED.values, completed_at=None), at(0)), (Found("completed", 100), None)],
    ids=["at the latest time that is known", "at no known time"],
)
def test_a_completion_without_a_time_is_a_completion(values: Found, completed_at: str | None) -> None:
    """Graph doesn't require a time. Without one, the next update must not undo the completion."""
    state = rebuilt(replace(COMPLETED, values=values), news("progressed", -98, progress={"percentage": 1}))
    assert (state.status, state.completed_at) == ("completed", completed_at)


@pytest.mark.parametrize(
    ("event", "percentage"),
    [
        (news("progressed", -1, activity="assignment", progress={"percentage": 10}), 40),
        (news("progressed", 1, activity="assignment", progress={"percentage": 60}), 60),
    ],
    ids=["earlier", "later"],
)
def test_graphs_times_are_the_clocks_of_what_is_found(event: News, percentage: int) -> None:
    """An event that occurred before the latest time in the activity changes nothing. A later one does."""
    assert rebuilt(ASSIGNED, event).percentage == percentage


def test_a_renewal_after_what_is_found_begins_a_cycle() -> None:
    """What Graph had belongs to the cycle of its own times."""
    renewed = news("assigned", 8, startsOver=True)
    facts = merge(COMPLETED.facts(), renewed.facts)
    assert present_cycle(facts).begin == microseconds(8)
    assert rebuilt(COMPLETED, renewed).status == "notStarted"


def test_an_activity_without_any_time_yields_to_every_event() -> None:
    """It says what there is, but not since when."""
    found = FoundActivity("id-1", REQUIRED, None, Found("inProgress", 40))
    assert not found.completed
    assert rebuilt(found).percentage == 40
    assert rebuilt(found, news("progressed", -98, activity="assignment", progress={"percentage": 1})).percentage == 1


def test_an_assignment_that_was_found_does_not_say_that_nothing_was_started() -> None:
    """Graph may not have heard of a start yet, and the event about it may be older than the assignment."""
    found = replace(ASSIGNED, values=replace(ASSIGNED.values, status="notStarted", percentage=None))
    assert rebuilt(found, news("progressed", -1, progress={"percentage": 10})).status == "inProgress"


def test_a_self_initiated_course_that_was_found_may_be_an_assignment() -> None:
    """Graph may not have heard of the assignment yet, and that may be older than the start."""
    begun = FoundActivity("id-1", ActivityType("selfInitiated"), None, Found("inProgress", started_at=at(1)))
    assert rebuilt(begun, news("assigned", 0, assignment={"type": "required"})).type == REQUIRED
