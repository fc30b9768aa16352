"""What the activity of an enrolment should be, after its events."""

import pytest
from hypothesis import given

from activities.domain.events import LearningEvent
from tests.activities.domain.learning_events import BEN, FEW_EVENTS, FIRE, at, event, state, thorough


@thorough
@given(FEW_EVENTS, FEW_EVENTS)
def test_completion_never_goes_back(before: list[LearningEvent], after: list[LearningEvent]) -> None:
    """Once completed, whatever is heard later, the activity exists and is completed."""
    earlier, later = state(*before), state(*before, *after)
    if earlier is not None and earlier.status == "completed":
        assert later is not None
        assert (later.status, later.percentage) == ("completed", 100)


TERMS_1 = {"type": "required"}
ASSIGNED = event("assigned", 0, assignment=TERMS_1)
SELF = {"activity": "selfInitiated"}
UNASSIGNED = event("unassigned", 5)


def progressed(minute: int, **progress: object) -> LearningEvent:
    """Progress of an assignment."""
    return event("progressed", minute, activity="assignment", progress=progress)


# Each: its name, the events in any order, and what is desired then (None: no activity).
CASES: list[tuple[str, list[LearningEvent], dict[str, object] | None]] = [
    ("nothing is known", [], None),
    ("an assignment begins as not started", [ASSIGNED], {"status": "notStarted", "percentage": None}),
    (
        "percentage 0 is no beginning",
        [ASSIGNED, progressed(1, percentage=0)],
        {"status": "notStarted", "percentage": 0},
    ),
    ("some percentage is", [ASSIGNED, progressed(1, percentage=20)], {"status": "inProgress", "percentage": 20}),
    (
        "percentage 100 is not completed",
        [ASSIGNED, progressed(1, percentage=100)],
        {"status": "inProgress", "percentage": 100},
    ),
    (
        "an explicit status is respected",
        [ASSIGNED, progressed(1, percentage=20, status="notStarted")],
        {"status": "notStarted", "percentage": 20},
    ),
    (
        "also one that goes back",
        [progressed(1, status="inProgress"), progressed(2, status="notStarted")],
        {"status": "notStarted"},
    ),
    (
        "a later percentage counts over an older status",
        [progressed(1, status="notStarted"), progressed(2, percentage=30)],
        {"status": "inProgress", "percentage": 30},
    ),
    (
        "a date of completion alone is not completed",
        [ASSIGNED, progressed(1, percentage=0, completedAt=at(1))],
        {"status": "notStarted", "percentage": 0, "completed_at": None},
    ),
    (
        "self-initiated knows no notStarted",
        [event("progressed", 1, **SELF, progress={"status": "notStarted"})],
        {"status": "inProgress"},
    ),
    ("started begins", [event("started", 3, **SELF)], {"status": "inProgress", "started_at": at(3)}),
    (
        "an assignment has no start",
        [event("started", 3, activity="assignment")],
        {"status": "inProgress", "started_at": None},
    ),
    ("completed", [event("completed", 4, **SELF)], {"status": "completed", "percentage": 100, "completed_at": at(4)}),
    (
        "completed by status, with its own date",
        [progressed(4, status="completed", percentage=80, completedAt=at(2))],
        {"status": "completed", "percentage": 100, "completed_at": at(2)},
    ),
    (
        "a repeated completion keeps the first date",
        [event("completed", 4), event("completed", 9)],
        {"status": "completed", "completed_at": at(4)},
    ),
    (
        "progress after completion",
        [event("completed", 4), progressed(9, status="inProgress", percentage=10)],
        {"status": "completed", "percentage": 100},
    ),
    ("removed", [ASSIGNED, UNASSIGNED], None),
    ("removed before anything else is known", [UNASSIGNED], None),
    ("an older event does not bring it back", [UNASSIGNED, progressed(1, percentage=20)], None),
    (
        "a later assignment brings it back",
        [ASSIGNED, UNASSIGNED, event("assigned", 6, assignment=TERMS_1)],
        {"status": "notStarted"},
    ),
    ("later progress brings it back", [ASSIGNED, UNASSIGNED, progressed(6, percentage=50)], {"status": "inProgress"}),
    ("what is completed stays", [event("completed", 4), UNASSIGNED], {"status": "completed"}),
    ("completed after it was removed", [ASSIGNED, UNASSIGNED, event("completed", 6)], {"status": "completed"}),
    ("assigned without its own date", [event("assigned", 2, assignment=TERMS_1)], {"assigned_at": at(2)}),
    (
        "due as a wall clock",
        [event("assigned", 2, assignment={**TERMS_1, "dueAt": {"dateTime": "2026-09-22T16:05:00", "timeZone": "CET"}})],
        {"due_at": ("2026-09-22T16:05:00", "CET")},
    ),
    (
        "terms of a self-initiated course",
        [event("started", 1, **SELF, assignment=TERMS_1)],
        {"assigned_at": None, "due_at": None},
    ),
]


@pytest.mark.parametrize(("events", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("turned", [False, True], ids=["in order", "backwards"])
def test_the_desired_state(events: list[LearningEvent], expected: dict[str, object] | None, *, turned: bool) -> None:
    """Status, percentage, dates and existence follow from the events, in whatever order they came."""
    found = state(*(reversed(events) if turned else events))
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert {name: getattr(found, name) for name in expected} == expected


# Each: its name, the event that follows ASSIGNED, and what it changes of what Graph cannot change.
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
def test_what_cannot_be_updated(later: LearningEvent, changes: dict[str, object]) -> None:
    """Learner, course, assigner, assignment type and kind are told apart from what an update may change."""
    before, after = state(ASSIGNED), state(ASSIGNED, later)
    assert before is not None
    assert after is not None
    names = type(before.immutable).__dataclass_fields__
    assert changes == {
        name: getattr(after.immutable, name)
        for name in names
        if getattr(after.immutable, name) != getattr(before.immutable, name)
    }


def test_a_late_assigned_changes_the_kind() -> None:
    """What was first seen as self-initiated becomes an assignment when its assignment is heard of."""
    found = state(event("started", 0, **SELF), event("assigned", 1, assignment=TERMS_1))
    assert found is not None
    assert (found.immutable.kind, found.status) == ("assignment", "inProgress")


def test_the_digest_stands_for_the_desired_state() -> None:
    """Equal states have equal digests, and any difference shows: that is how a request is saved, or made."""
    one = state(ASSIGNED)
    assert one is not None
    assert one.digest == getattr(state(ASSIGNED, ASSIGNED), "digest", None)
    others = [state(ASSIGNED, later) for _, later, _ in REPLACES]
    assert len({one.digest, *(other.digest for other in others if other is not None)}) == len(REPLACES) + 1
