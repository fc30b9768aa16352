"""What the activity of an enrolment should be after its events."""

import pytest
from hypothesis import given

from activities.domain.events import LearningEvent
from tests.activities.domain.learning_events import BEN, FEW_EVENTS, FIRE, at, event, state, thorough


@thorough
@given(FEW_EVENTS, FEW_EVENTS)
def test_completion_never_goes_back(before: list[LearningEvent], after: list[LearningEvent]) -> None:
    """Whatever events come later, a completed activity exists and stays completed."""
    earlier, later = state(*before), state(*before, *after)
    if earlier is not None and earlier.status == "completed":
        assert later is not None
        assert (later.status, later.percentage) == ("completed", 100)


TERMS_1 = {"type": "required"}
ASSIGNED = event("assigned", 0, assignment=TERMS_1)
SELF = {"activity": "selfInitiated"}
UNASSIGNED = event("unassigned", 5)


def progressed(minute: int, **progress: object) -> LearningEvent:
    """Return an event about progress in an assignment."""
    return event("progressed", minute, activity="assignment", progress=progress)


# Each has a name, the events, and the desired state (None: no activity).
CASES: list[tuple[str, list[LearningEvent], dict[str, object] | None]] = [
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
        [event("progressed", 1, **SELF, progress={"status": "notStarted"})],
        {"status": "inProgress"},
    ),
    ("a start begins it", [event("started", 3, **SELF)], {"status": "inProgress", "started_at": at(3)}),
    (
        "an assignment has no date of start",
        [event("started", 3, activity="assignment")],
        {"status": "inProgress", "started_at": None},
    ),
    (
        "a completion",
        [event("completed", 4, **SELF)],
        {"status": "completed", "percentage": 100, "completed_at": at(4)},
    ),
    (
        "a completion by status, with its own date",
        [progressed(4, status="completed", percentage=80, completedAt=at(2))],
        {"status": "completed", "percentage": 100, "completed_at": at(2)},
    ),
    (
        "a repeated completion keeps the first date",
        [event("completed", 4), event("completed", 9)],
        {"status": "completed", "completed_at": at(4)},
    ),
    (
        "progress after a completion",
        [event("completed", 4), progressed(9, status="inProgress", percentage=10)],
        {"status": "completed", "percentage": 100},
    ),
    ("unassigned", [ASSIGNED, UNASSIGNED], None),
    ("unassigned before anything else is known", [UNASSIGNED], None),
    ("an older event does not bring it back", [UNASSIGNED, progressed(1, percentage=20)], None),
    (
        "a later assignment brings it back",
        [ASSIGNED, UNASSIGNED, event("assigned", 6, assignment=TERMS_1)],
        {"status": "notStarted"},
    ),
    ("later progress brings it back", [ASSIGNED, UNASSIGNED, progressed(6, percentage=50)], {"status": "inProgress"}),
    ("a completed activity stays", [event("completed", 4), UNASSIGNED], {"status": "completed"}),
    ("completed after it was unassigned", [ASSIGNED, UNASSIGNED, event("completed", 6)], {"status": "completed"}),
    ("assigned without a date of its own", [event("assigned", 2, assignment=TERMS_1)], {"assigned_at": at(2)}),
    (
        "a due date as a wall clock shows it",
        [event("assigned", 2, assignment={**TERMS_1, "dueAt": {"dateTime": "2026-09-22T16:05:00", "timeZone": "CET"}})],
        {"due_at": ("2026-09-22T16:05:00", "CET")},
    ),
    (
        "a self-initiated course has no terms",
        [event("started", 1, **SELF, assignment=TERMS_1)],
        {"assigned_at": None, "due_at": None},
    ),
]


@pytest.mark.parametrize(("events", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_the_desired_state(events: list[LearningEvent], expected: dict[str, object] | None, *, backwards: bool) -> None:
    """Status, percentage, dates and existence follow from the events, whatever their order."""
    found = state(*(reversed(events) if backwards else events))
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert {name: getattr(found, name) for name in expected} == expected


# Each has a name, the event that follows ASSIGNED, and what it changes in the immutable part.
REPLACES: list[tuple[str, LearningEvent, dict[str, object]]] = [
    ("nothing", progressed(1, percentage=20), {}),
    (
        "learner",
        event("assigned", 1, assignment=TERMS_1, learner=BEN),
        {"learner": ("entraObjectId", BEN["entraObjectId"])},
    ),
    ("course", event("assigned", 1, assignment=TERMS_1, course=FIRE), {"course": ("externalId", "FIRE-2")}),
    (
        "assigner",
        event("assigned", 1, assignment={**TERMS_1, "assigner": BEN}),
        {"assigner": ("entraObjectId", BEN["entraObjectId"])},
    ),
    ("type", event("assigned", 1, assignment={"type": "recommended"}), {"assignment_type": "recommended"}),
    ("kind", event("started", 1, **SELF), {"kind": "selfInitiated", "assignment_type": None}),
]


@pytest.mark.parametrize(("later", "changes"), [case[1:] for case in REPLACES], ids=[case[0] for case in REPLACES])
def test_the_immutable_part(later: LearningEvent, changes: dict[str, object]) -> None:
    """The immutable part has learner, course, assigner, assignment type and kind, which no update can change."""
    before, after = state(ASSIGNED), state(ASSIGNED, later)
    assert before is not None
    assert after is not None
    names = type(before.immutable).__dataclass_fields__
    assert changes == {
        name: getattr(after.immutable, name)
        for name in names
        if getattr(after.immutable, name) != getattr(before.immutable, name)
    }


def test_a_late_assignment_changes_the_kind() -> None:
    """An activity that began as self-initiated becomes an assignment when the assignment arrives."""
    found = state(event("started", 0, **SELF), event("assigned", 1, assignment=TERMS_1))
    assert found is not None
    assert (found.immutable.kind, found.status) == ("assignment", "inProgress")


def test_the_digest_tells_desired_states_apart() -> None:
    """Equal states have equal digests and need no request. Any difference changes the digest."""
    one = state(ASSIGNED)
    assert one is not None
    assert one.digest == getattr(state(ASSIGNED, ASSIGNED), "digest", None)
    others = [state(ASSIGNED, later) for _, later, _ in REPLACES]
    assert len({one.digest, *(other.digest for other in others if other is not None)}) == len(REPLACES) + 1
