"""Merging events into a record, and what the record then wants."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kiota_serialization_json.json_serialization_writer import JsonSerializationWriter

from activities.domain.events import ADAPTER, LearningEvent
from activities.domain.record import ActivityRecord, Fields, Wanted, fields_of, merge, wanted
from activities.graph.bodies import update_body

thorough = settings(max_examples=1_000, deadline=None)

FIRST = datetime(2026, 3, 1, 8, tzinfo=UTC)
ANN, BEN = ({"entraObjectId": f"{digit * 8}-0000-4000-8000-000000000000"} for digit in "ab")
LAW, FIRE = ({"externalId": name} for name in ("LAW-1", "FIRE-2"))
# Graph v1.0 reference, "Update learningCourseActivity": everything else belongs to the create alone.
CHANGEABLE = {
    "@odata.type",
    "assignedDateTime",
    "completedDateTime",
    "completionPercentage",
    "dueDateTime",
    "notes",
    "startedDateTime",
    "status",
}


def at(minute: int) -> str:
    """An instant, so many minutes after the first."""
    return (FIRST + timedelta(minutes=minute)).isoformat()


def event(kind: str, minute: int, **parts: Any) -> LearningEvent:  # noqa: ANN401  whatever JSON holds
    """An event of the one enrolment of these tests."""
    return ADAPTER.validate_python(
        {
            "specVersion": "1.0",
            "eventId": f"{kind}-{minute}",
            "eventType": f"course.{kind}",
            "occurredAt": at(minute),
            "enrollmentId": "enrolment-1",
            "learner": ANN,
            "course": LAW,
            **parts,
        }
    )


def added_up(events: Iterable[LearningEvent]) -> Fields:
    """What events add up to, in this order."""
    return reduce(merge, map(fields_of, events), {})


def state(*events: LearningEvent) -> Wanted | None:
    """What is wanted after events."""
    return wanted(ActivityRecord("enrolment-1", added_up(events)))


def optional(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any selection of these properties."""
    return st.fixed_dictionaries({}, optional=parts)


MINUTES = st.integers(0, 4)
INSTANTS = MINUTES.map(at)
TERMS = st.fixed_dictionaries(
    {"type": st.sampled_from(("required", "recommended"))},
    optional={
        "assigner": st.sampled_from((ANN, BEN)),
        "assignedAt": INSTANTS,
        "dueAt": INSTANTS,
        "notes": st.sampled_from(({"content": "one"}, {"content": "<b>two</b>", "contentType": "html"})),
    },
)
PROGRESS = {"percentage": st.integers(0, 100), "startedAt": INSTANTS, "completedAt": INSTANTS}
STATUS = st.sampled_from(("notStarted", "inProgress", "completed"))
PARTS = {
    "learner": st.sampled_from((ANN, BEN)),
    "course": st.sampled_from((LAW, FIRE)),
    "eventId": st.sampled_from("xy"),
}
KINDS = st.sampled_from(("assignment", "selfInitiated"))


def events_of(kind: str, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[LearningEvent]:
    """Events of a type: few instants and ids, so that ties are common."""
    return st.builds(lambda minute, more: event(kind, minute, **more), MINUTES, optional(**PARTS, **parts))


EVENTS = st.one_of(
    st.builds(
        lambda minute, more, terms: event("assigned", minute, assignment=terms, **more),
        MINUTES,
        optional(**PARTS),
        TERMS,
    ),
    events_of("started", activity=KINDS, progress=optional(**PROGRESS, status=STATUS)),
    events_of("progressed", activity=KINDS, progress=optional(**PROGRESS, status=STATUS)),
    events_of("completed", activity=KINDS, progress=optional(**PROGRESS)),
    events_of("unassigned"),
)
SOME_EVENTS = st.lists(EVENTS, max_size=6)
FEW_EVENTS = st.lists(EVENTS, max_size=3)


@thorough
@given(st.data())
def test_any_order_and_any_duplicates_give_the_same_record(data: st.DataObject) -> None:
    """Queues deliver in any order and more than once; the record must not show it."""
    events = data.draw(SOME_EVENTS)
    duplicates = data.draw(st.lists(st.sampled_from(events), max_size=4)) if events else []
    assert added_up(data.draw(st.permutations(events + duplicates))) == added_up(events)


@thorough
@given(FEW_EVENTS, FEW_EVENTS, FEW_EVENTS)
def test_records_merge_in_any_grouping(
    one: list[LearningEvent], two: list[LearningEvent], three: list[LearningEvent]
) -> None:
    """Whatever two workers have merged by themselves, merging that is as good as merging the events."""
    a, b, c = map(added_up, (one, two, three))
    assert merge(merge(a, b), c) == merge(a, merge(b, c)) == added_up([*one, *two, *three])


@thorough
@given(SOME_EVENTS)
def test_merging_twice_changes_nothing(events: list[LearningEvent]) -> None:
    """A record merged with itself, or with what it has already, stays as it is."""
    fields = added_up(events)
    assert merge(fields, fields) == fields
    assert reduce(merge, map(fields_of, events), fields) == fields


@thorough
@given(FEW_EVENTS, FEW_EVENTS)
def test_completion_never_goes_back(before: list[LearningEvent], after: list[LearningEvent]) -> None:
    """Once completed, whatever is heard later, the activity exists and is completed."""
    earlier, later = state(*before), state(*before, *after)
    if earlier is not None and earlier.status == "completed":
        assert later is not None
        assert (later.status, later.percentage) == ("completed", 100)


@thorough
@given(SOME_EVENTS)
def test_an_update_names_only_what_graph_lets_change(events: list[LearningEvent]) -> None:
    """A PATCH with any other property is refused, so the update's body holds none."""
    want = state(*events)
    if want is not None:
        assert set(sent(want)) <= CHANGEABLE


def sent(want: Wanted) -> dict[str, Any]:
    """The update as the SDK writes it."""
    writer = JsonSerializationWriter()
    update_body(want).serialize(writer)
    body: dict[str, Any] = json.loads(writer.get_serialized_content())
    return body


TERMS_1 = {"type": "required"}
ASSIGNED = event("assigned", 0, assignment=TERMS_1)
SELF = {"activity": "selfInitiated"}
UNASSIGNED = event("unassigned", 5)


def progressed(minute: int, **progress: object) -> LearningEvent:
    """Progress of an assignment."""
    return event("progressed", minute, activity="assignment", progress=progress)


# Each: its name; the events, in any order; what is wanted then (None: no activity).
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
def test_what_is_wanted(events: list[LearningEvent], expected: dict[str, object] | None, *, turned: bool) -> None:
    """Status, percentage, dates and existence follow from the events, in whatever order they came."""
    want = state(*(reversed(events) if turned else events))
    if expected is None:
        assert want is None
    else:
        assert want is not None
        assert {name: getattr(want, name) for name in expected} == expected


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
    names = type(before.fixed).__dataclass_fields__
    assert changes == {
        name: getattr(after.fixed, name) for name in names if getattr(after.fixed, name) != getattr(before.fixed, name)
    }


def test_a_late_assigned_changes_the_kind() -> None:
    """What was first seen as self-initiated becomes an assignment when its assignment is heard of."""
    want = state(event("started", 0, **SELF), event("assigned", 1, assignment=TERMS_1))
    assert want is not None
    assert (want.fixed.kind, want.status) == ("assignment", "inProgress")


def test_the_digest_stands_for_what_is_wanted() -> None:
    """Equal states have equal digests, and any difference shows: that is how a request is saved, or made."""
    one = state(ASSIGNED)
    assert one is not None
    assert one.digest == getattr(state(ASSIGNED, ASSIGNED), "digest", None)
    others = [state(ASSIGNED, later) for _, later, _ in REPLACES]
    assert len({one.digest, *(other.digest for other in others if other is not None)}) == len(REPLACES) + 1
