"""Which kind and type of activity is desired, whatever the events ask for."""

from dataclasses import replace

import pytest

from activities.domain.desired import desired_state, knows_kind, standing_refusal, wanted_type
from activities.domain.news import News
from activities.domain.sync_parts import Activity, RefusedType, Replacing
from activities.domain.sync_state import SyncState
from activities.domain.terms import ActivityType, AssignmentType, ImmutablePart, OwnerIds
from tests.activities.domain.learning_events import BEN, FIRE, PROVIDER, desired, news, record_of

SELF = ActivityType("selfInitiated")
REQUIRED, RECOMMENDED = ActivityType("assignment", "required"), ActivityType("assignment", "recommended")


def assigned(minute: int, assignment_type: AssignmentType) -> News:
    """Return an assignment of this type."""
    return news("assigned", minute, assignment={"type": assignment_type})


BEGUN = news("started", 0, activity="selfInitiated")
UNKNOWN = news("completed", 0)
COMPLETED = news("completed", 9)
# Each has a name, the events, and the type that they ask for.
WANTED: list[tuple[str, list[News], ActivityType]] = [
    ("nobody has told the kind", [UNKNOWN], SELF),
    ("begun by the learner", [BEGUN], SELF),
    ("assigned", [assigned(0, "required")], REQUIRED),
    ("assigned, then begun by the learner", [assigned(0, "required"), news("started", 1)], REQUIRED),
    ("recommended instead", [assigned(0, "required"), assigned(1, "recommended")], RECOMMENDED),
    ("begun, then assigned", [BEGUN, assigned(1, "recommended")], RECOMMENDED),
    ("assigned, then self-initiated", [assigned(0, "required"), news("started", 1, activity="selfInitiated")], SELF),
    ("an assignment without terms", [news("started", 0, activity="assignment")], REQUIRED),
]


@pytest.mark.parametrize(("said", "expected"), [case[1:] for case in WANTED], ids=[case[0] for case in WANTED])
def test_the_wanted_type(said: list[News], expected: ActivityType) -> None:
    """The latest event that says the kind counts, and so does the latest that says the type."""
    assert (wanted_type(record_of(said)), desired(*said).type) == (expected, expected)


def test_only_an_event_that_tells_the_kind_makes_it_known() -> None:
    """Otherwise a completion that overtakes its assignment would be self-initiated for good."""
    assert not knows_kind(record_of([UNKNOWN]))
    assert knows_kind(record_of([UNKNOWN, assigned(0, "required")]))
    assert knows_kind(record_of([BEGUN]))


def has(found: ActivityType, *, completed: bool = False) -> SyncState:
    """Return the state of a record with an activity of this type."""
    immutable = ImmutablePart(found, OwnerIds("learner", "content"))
    return SyncState(Activity("id-1", 0.0, immutable, "digest", completed))


REFUSED, RESTORED = RefusedType(RECOMMENDED, SELF), Replacing(SELF, RECOMMENDED, restores=True)
# Each has a name, events, what's known of the activity, and the type that it should have.
TYPES: list[tuple[str, list[News], SyncState, ActivityType]] = [
    ("no activity yet", [assigned(1, "recommended")], SyncState(), RECOMMENDED),
    ("in progress: to be replaced", [BEGUN, assigned(1, "recommended")], has(SELF), RECOMMENDED),
    ("completed by an event", [BEGUN, assigned(1, "recommended"), COMPLETED], has(SELF), SELF),
    ("completed in Graph", [BEGUN, assigned(1, "recommended")], has(SELF, completed=True), SELF),
    ("completed without an activity", [BEGUN, assigned(1, "recommended"), COMPLETED], SyncState(), RECOMMENDED),
    ("refused before", [assigned(1, "recommended")], replace(has(SELF), refused=REFUSED), SELF),
    ("refused before, and gone", [assigned(1, "recommended")], SyncState(refused=REFUSED), SELF),
    ("another type was refused", [assigned(1, "required")], replace(has(SELF), refused=REFUSED), REQUIRED),
    ("being replaced", [assigned(1, "required")], SyncState(replacing=Replacing(SELF, RECOMMENDED)), REQUIRED),
    ("being restored", [assigned(1, "recommended")], SyncState(replacing=RESTORED), SELF),
    ("being restored, and another type is wanted", [assigned(1, "required")], SyncState(replacing=RESTORED), SELF),
    ("being restored, and completed", [assigned(1, "required"), COMPLETED], SyncState(replacing=RESTORED), SELF),
]


@pytest.mark.parametrize(("said", "state", "expected"), [case[1:] for case in TYPES], ids=[case[0] for case in TYPES])
def test_the_desired_type(said: list[News], state: SyncState, expected: ActivityType) -> None:
    """A completed activity keeps its type. A refused type isn't asked for again, and the former one is brought back."""
    found = desired_state(record_of(said).synced(state), PROVIDER)
    assert found is not None
    assert found.type == expected


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ([BEGUN, assigned(1, "recommended")], True),
        ([BEGUN, assigned(1, "required")], False),
        ([BEGUN, assigned(1, "recommended"), COMPLETED], False),
    ],
    ids=["the same wish", "another wish", "completed, so it keeps its type"],
)
def test_a_refusal_stands_while_the_same_type_is_asked_for(said: list[News], *, stands: bool) -> None:
    """If events ask for another type, Graph is asked anew. A completed activity needs no other type."""
    refused = record_of(said).synced(replace(has(SELF), refused=REFUSED))
    assert standing_refusal(refused, desired(*said)) == (REFUSED if stands else None)
    assert standing_refusal(record_of(said).synced(has(SELF)), desired(*said)) is None


@pytest.mark.parametrize("other", [{"learner": BEN}, {"course": FIRE}], ids=["learner", "course"])
def test_no_event_changes_whose_activity_it_is(other: dict[str, object]) -> None:
    """Learner and course belong to the owner, so they never make a replace necessary."""
    first = assigned(0, "required")
    assert desired(first, news("assigned", 1, **other)).subject == desired(first).subject
