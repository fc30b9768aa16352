"""What tells desired states apart, what's sent as null, and the id by which Graph knows an activity."""

from dataclasses import replace

import pytest
from hypothesis import given

from activities.domain.desired import desired_state, external_id
from activities.domain.news import News
from activities.domain.terms import Reference
from tests.activities.domain.learning_events import (
    BEN,
    ENROLMENT,
    FEW_NEWS,
    PROVIDER,
    at,
    desired,
    news,
    record_of,
    state,
)

NOTES = {"content": "Please"}
FULL = {"type": "required", "dueAt": at(90), "notes": NOTES, "assignedAt": at(0)}
ASSIGNED = news("assigned", 0, assignment=FULL, progress={"percentage": 20})
SELF = {"activity": "selfInitiated"}
# Each has a name and an event that changes what's desired after ASSIGNED.
CHANGES: dict[str, News] = {
    "percentage": news("progressed", 1, progress={"percentage": 30}),
    "status": news("progressed", 1, progress={"status": "notStarted"}),
    "completion": news("completed", 1),
    "another time of completion": news("completed", 2),
    "type": news("assigned", 1, assignment={"type": "recommended"}),
    "kind": news("started", 1, **SELF),
    "time of assignment": news("assigned", 1, assignment={"type": "required", "assignedAt": at(1)}),
    "due date": news("assigned", 1, assignment={"type": "required", "dueAt": at(91)}),
    "no due date": news("assigned", 1, assignment={"type": "required", "dueAt": None}),
    "notes": news("assigned", 1, assignment={"type": "required", "notes": {"content": "Now"}}),
    "type of notes": news("assigned", 1, assignment={"type": "required", "notes": NOTES | {"contentType": "html"}}),
    "no notes": news("assigned", 1, assignment={"type": "required", "notes": None}),
}


def test_the_digest_tells_desired_states_apart() -> None:
    """Any difference that Graph can show needs a request, so it changes the digest."""
    digests = [desired(ASSIGNED).digest, *(desired(ASSIGNED, change).digest for change in CHANGES.values())]
    assert len(set(digests)) == len(CHANGES) + 1


def test_the_digest_depends_on_the_provider() -> None:
    """After a move to another registration, every activity is synced again: it has to belong to that provider."""
    record = record_of([ASSIGNED])
    found = [desired_state(record, provider) for provider in ("one", "one", "two")]
    one, same, two = (getattr(desired, "digest", None) for desired in found)
    assert one == same != two


SAME: dict[str, News] = {
    "duplicate": ASSIGNED,
    "assigner": news("assigned", 1, assignment={**FULL, "assigner": BEN}),
    "the same terms again": news("assigned", 1, assignment=FULL),
    "another name of the learner": news("progressed", 1, learner={"email": "ann@contoso.example"}),
    "progress that is late": news("progressed", -1, progress={"percentage": 10}),
}


@pytest.mark.parametrize("later", SAME.values(), ids=SAME)
def test_what_graph_does_not_show_costs_no_request(later: News) -> None:
    """An assigner, another name of the owner, or a value removed long ago doesn't change the digest."""
    before = record_of([ASSIGNED])
    after = before.merged(later)
    states = [desired_state(record, PROVIDER) for record in (before, after)]
    assert len({desired and desired.digest for desired in states}) == 1


def test_a_value_that_never_was_does_not_differ_from_one_that_was_taken_away() -> None:
    """Once Graph has acknowledged the nulls, there's nothing left to send."""
    never = desired(news("assigned", 0, assignment={"type": "required", "assignedAt": at(0)}))
    taken = desired(
        news("assigned", 0, assignment=FULL),
        news("assigned", 1, assignment={"type": "required", "dueAt": None, "notes": None}),
    )
    assert (never.cleared, taken.cleared) == ((), ("due_at", "notes"))
    assert never.digest == taken.digest


def test_the_assigner_is_kept_beside_the_state() -> None:
    """A create shows the assigner of the latest terms that name one."""
    found = desired(ASSIGNED, SAME["assigner"], news("assigned", 2))
    assert found.assigner == Reference("entraObjectId", BEN["entraObjectId"])


# Each has a name, the events, and the attributes that an update sets to null.
CLEARED: list[tuple[str, list[News], set[str]]] = [
    ("nothing was there", [news("assigned", 0)], set()),
    ("everything is there", [ASSIGNED], set()),
    (
        "taken away by null",
        [ASSIGNED, news("assigned", 1, assignment={"type": "required", "dueAt": None, "notes": None})],
        {"due_at", "notes"},
    ),
    (
        "a new cycle",
        [ASSIGNED, news("completed", 1), news("assigned", 2, startsOver=True)],
        {"percentage", "completed_at", "due_at", "notes"},
    ),
    (
        "a new cycle of a self-initiated course",
        [news("started", 0, **SELF), news("completed", 1, **SELF), news("progressed", 2, **SELF, startsOver=True)],
        {"percentage", "completed_at", "started_at"},
    ),
    (
        "removed and assigned again",
        [ASSIGNED, news("unassigned", 1), news("assigned", 2)],
        {"percentage", "due_at", "notes"},
    ),
    ("completed without progress", [news("assigned", 0), news("completed", 1)], set()),
    ("an assignment that was begun", [news("assigned", 0), news("started", 1)], {"started_at"}),
]


@pytest.mark.parametrize(("said", "expected"), [case[1:] for case in CLEARED], ids=[case[0] for case in CLEARED])
def test_what_has_no_value_any_more_goes_out_as_null(said: list[News], expected: set[str]) -> None:
    """Graph keeps what an update doesn't mention. A value that never existed isn't mentioned."""
    assert set(desired(*said).cleared) == expected


@given(FEW_NEWS)
def test_only_what_has_no_value_is_cleared(said: list[News]) -> None:
    """No update sends both a value and a null for an attribute. If a value was removed, null is sent."""
    found = state(*said)
    if found is not None:
        assert {name for name in found.cleared if getattr(found, name) is not None} == set()
        earlier = [state(*said[:number]) for number in range(1, len(said))]
        assert not [
            name
            for one in earlier
            if one is not None and one.kind == found.kind
            for name in ("percentage", "completed_at", "started_at", "assigned_at", "due_at", "notes")
            if getattr(one, name) is not None and getattr(found, name) is None and name not in found.cleared
        ]


PLAIN = ["enrolment-1", "a", "A.b_c~d-9", "1" * 64, "3f8a1c52-6f0e-4f6a-9a31-0c3b6d3f9e10"]


@pytest.mark.parametrize("enrollment_id", PLAIN)
def test_a_plain_id_is_the_external_id(enrollment_id: str) -> None:
    """Operators find the activity in Graph by the id that the LMS uses."""
    assert external_id(enrollment_id) == enrollment_id


@pytest.mark.parametrize(
    ("enrollment_id", "expected"),
    [
        ("moodle:42", "46d63be6-9398-522e-bc6e-0206b44799e5"),
        ("a/b", "4c690763-5f10-5b01-b3e7-e9ff9218e6e2"),
        ("a'b", "d0fc8c67-d5dc-5efe-ad64-4091f5c23466"),
        ("ä", "de667652-382c-52f8-941f-a3d60d6b17d1"),
        ("a b", "c21caba3-ab30-556d-b760-a61afd114e50"),
        ("1" * 65, "65cc71ca-de5f-5390-a9f0-75aa34987281"),
        ("plain\n", "5783c208-5a04-5af4-9006-fab555e2145a"),
    ],
)
def test_any_other_id_becomes_a_uuid(enrollment_id: str, expected: str) -> None:
    """It never changes, because Graph knows the activity by it. A path can't hold every character."""
    assert external_id(enrollment_id) == expected


def test_the_desired_state_names_both_ids() -> None:
    """Operators get the enrolment's id, and Graph gets the one it knows."""
    found = desired(ASSIGNED)
    assert (found.enrollment_id, found.external_id) == (ENROLMENT, ENROLMENT)
    assert replace(found, enrollment_id="a/b").external_id == external_id("a/b")
