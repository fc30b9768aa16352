"""What an enrolment's activity should be after its events."""

from itertools import permutations

import pytest
from hypothesis import given

from activities.domain.cycle import present_cycle
from activities.domain.news import News
from tests.activities.domain.learning_events import FEW_NEWS, added_up, at, desired, news, state, thorough


@thorough
@given(FEW_NEWS, FEW_NEWS)
def test_completion_never_goes_back(before: list[News], after: list[News]) -> None:
    """Whatever events come later, a completed activity exists and stays completed until another cycle begins."""
    earlier, later = state(*before), state(*before, *after)
    same_cycle = present_cycle(added_up(before)).begin == present_cycle(added_up([*before, *after])).begin
    if earlier is not None and earlier.completed and same_cycle:
        assert later is not None
        assert (later.status, later.percentage) == ("completed", 100)


TERMS_1 = {"type": "required"}
ASSIGNED = news("assigned", 0)
SELF = {"activity": "selfInitiated"}
UNASSIGNED = news("unassigned", 5)


def progressed(minute: int, **progress: object) -> News:
    """Return an event about progress in an assignment."""
    return news("progressed", minute, activity="assignment", progress=progress)


# Each has a name, the events, and the desired state (None: no activity).
CASES: list[tuple[str, list[News], dict[str, object] | None]] = [
    ("nothing is known", [], None),
    ("an assignment begins as not started", [ASSIGNED], {"status": "notStarted", "percentage": None}),
    (
        "percentage 0 does not begin it",
        [ASSIGNED, progressed(1, percentage=0)],
        {"status": "notStarted", "percentage": 0},
    ),
    (
        "any other percentage begins it",
        [ASSIGNED, progressed(1, percentage=20)],
        {"status": "inProgress", "percentage": 20},
    ),
    (
        "percentage 100 does not complete it",
        [ASSIGNED, progressed(1, percentage=100)],
        {"status": "inProgress", "percentage": 100},
    ),
    (
        "an explicit status is respected",
        [ASSIGNED, progressed(1, percentage=20, status="notStarted")],
        {"status": "notStarted", "percentage": 20},
    ),
    (
        "an explicit status may go back",
        [progressed(1, status="inProgress"), progressed(2, status="notStarted")],
        {"status": "notStarted"},
    ),
    (
        "a later percentage counts over an older status",
        [progressed(1, status="notStarted"), progressed(2, percentage=30)],
        {"status": "inProgress", "percentage": 30},
    ),
    (
        "a date of completion alone does not complete it",
        [ASSIGNED, progressed(1, percentage=0, completedAt=at(1))],
        {"status": "notStarted", "percentage": 0, "completed_at": None},
    ),
    (
        "a self-initiated course is never not started",
        [news("progressed", 1, **SELF, progress={"status": "notStarted"})],
        {"status": "inProgress"},
    ),
    ("a start begins it", [news("started", 3, **SELF)], {"status": "inProgress", "started_at": at(3)}),
    (
        "an assignment has no date of start",
        [news("started", 3, activity="assignment")],
        {"status": "inProgress", "started_at": None},
    ),
    (
        "a completion",
        [news("completed", 4, **SELF)],
        {"status": "completed", "percentage": 100, "completed_at": at(4)},
    ),
    (
        "a completion by status, with its own date",
        [progressed(4, status="completed", percentage=80, completedAt=at(2))],
        {"status": "completed", "percentage": 100, "completed_at": at(2)},
    ),
    (
        "a repeated completion keeps the first date",
        [news("completed", 4), news("completed", 9)],
        {"status": "completed", "completed_at": at(4)},
    ),
    (
        "progress after a completion",
        [news("completed", 4), progressed(9, status="inProgress", percentage=10)],
        {"status": "completed", "percentage": 100},
    ),
    ("unassigned", [ASSIGNED, UNASSIGNED], None),
    ("unassigned before anything else is known", [UNASSIGNED], None),
    ("an older event does not bring it back", [UNASSIGNED, progressed(1, percentage=20)], None),
    (
        "a later assignment brings it back",
        [ASSIGNED, UNASSIGNED, news("assigned", 6)],
        {"status": "notStarted"},
    ),
    ("later progress brings it back", [ASSIGNED, UNASSIGNED, progressed(6, percentage=50)], {"status": "inProgress"}),
    ("a completed activity stays", [news("completed", 4), UNASSIGNED], {"status": "completed"}),
    ("completed after it was unassigned", [ASSIGNED, UNASSIGNED, news("completed", 6)], {"status": "completed"}),
    ("assigned without a date of its own", [news("assigned", 2, assignment=TERMS_1)], {"assigned_at": at(2)}),
    (
        "a due date as a wall clock shows it",
        [news("assigned", 2, assignment={**TERMS_1, "dueAt": {"dateTime": "2026-09-22T16:05:00", "timeZone": "CET"}})],
        {"due_at": "2026-09-22T14:05:00+00:00"},
    ),
    (
        "a self-initiated course has no terms",
        [news("started", 1, **SELF, assignment=TERMS_1)],
        {"assigned_at": None, "due_at": None},
    ),
]


@pytest.mark.parametrize(("events", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_the_desired_state(events: list[News], expected: dict[str, object] | None, *, backwards: bool) -> None:
    """Status, percentage, dates and existence follow from the events, whatever their order."""
    found = state(*(reversed(events) if backwards else events))
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert {name: getattr(found, name) for name in expected} == expected


TOLD_LATER = {"type": "required", "assignedAt": at(2)}
# Each has a name, the events, and the times that are shown.
TIMES: list[tuple[str, list[News], dict[str, object]]] = [
    (
        "a stated start over the time of an event",
        [news("started", 1, **SELF), news("progressed", 2, **SELF, progress={"startedAt": at(3)})],
        {"started_at": at(3)},
    ),
    (
        "the first stated start",
        [news("started", minute, **SELF, progress={"startedAt": at(minute - 3)}) for minute in (7, 5, 6)],
        {"started_at": at(2)},
    ),
    (
        "the first start if none is stated",
        [news("started", minute, **SELF) for minute in (7, 5, 6)],
        {"started_at": at(5)},
    ),
    (
        "a stated completion over the time of an event",
        [news("completed", 1), progressed(2, status="completed", completedAt=at(4))],
        {"completed_at": at(4)},
    ),
    (
        "the first stated completion",
        [progressed(minute, status="completed", completedAt=at(minute - 3)) for minute in (7, 5, 6)],
        {"completed_at": at(2)},
    ),
    (
        "a stated assignment over the time of an event",
        [news("assigned", 1, assignment=TOLD_LATER), news("assigned", 5)],
        {"assigned_at": at(2)},
    ),
    (
        "a stated assignment that arrives in an older event",
        [news("assigned", 5), news("assigned", 1, assignment=TOLD_LATER)],
        {"assigned_at": at(2)},
    ),
    (
        "the latest stated assignment",
        [
            news("assigned", 1, assignment=TOLD_LATER),
            news("assigned", 5, assignment=TOLD_LATER | {"assignedAt": at(4)}),
        ],
        {"assigned_at": at(4)},
    ),
    (
        "terms that an event of another type states",
        [ASSIGNED, news("progressed", 3, activity="assignment", assignment=TOLD_LATER)],
        {"assigned_at": at(2)},
    ),
    (
        "a start is not a completion",
        [news("completed", 4, **SELF, progress={"startedAt": at(1)}), news("started", 2, **SELF)],
        {"started_at": at(1), "completed_at": at(4)},
    ),
]


@pytest.mark.parametrize(("said", "expected"), [case[1:] for case in TIMES], ids=[case[0] for case in TIMES])
def test_a_stated_time_counts_more_than_the_time_of_an_event(said: list[News], expected: dict[str, object]) -> None:
    """The LMS knows best when something happened. The first start and the first completion count, in any order."""
    for order in permutations(said):
        found = desired(*order)
        assert expected == {name: getattr(found, name) for name in expected}
