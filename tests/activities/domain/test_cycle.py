"""Where an enrolment's current cycle begins, and what counts in it."""

import pytest

from activities.domain.cycle import present_cycle
from activities.domain.news import News
from tests.activities.domain.learning_events import (
    added_up,
    assigned,
    at,
    completed,
    desired,
    enrolled,
    microseconds,
    news,
    progressed,
    removed,
    state,
)

RENEWED = {"startsOver": True}
SELF = {"activity": "selfInitiated"}


def renewed(minute: int, stated: int | None = None) -> News:
    """Return a completion of a certification that's completed again and again."""
    return completed(minute, stated, enrols_again=True)


# Each has a name, the events, the minute when the cycle begins (None: with the first event), and the desired state
# (None: no activity).
STORIES: list[tuple[str, list[News], int | None, dict[str, object] | None]] = [
    ("one cycle", [assigned(0), progressed(1, 40)], None, {"status": "inProgress", "percentage": 40}),
    ("completed", [assigned(0), completed(1)], None, {"status": "completed", "completed_at": at(1)}),
    ("only terms change after a completion", [assigned(0), completed(1), assigned(2)], None, {"status": "completed"}),
    (
        "startsOver: nothing before it counts",
        [assigned(0, dueAt=at(9), notes={"content": "one"}), completed(1), progressed(2, 10, **RENEWED)],
        2,
        {"percentage": 10, "completed_at": None, "assigned_at": None, "due_at": None, "notes": None},
    ),
    (
        "startsOver without any progress",
        [assigned(0), completed(1), news("assigned", 2, **RENEWED)],
        2,
        {"status": "notStarted", "percentage": None, "completed_at": None, "assigned_at": at(2)},
    ),
    (
        "the latest startsOver",
        [news("started", 1, **SELF, **RENEWED), completed(2), news("started", 3, **SELF, **RENEWED)],
        3,
        {"status": "inProgress", "started_at": at(3)},
    ),
    (
        "completed again after startsOver",
        [assigned(0), completed(1), news("assigned", 2, **RENEWED), completed(4), completed(5)],
        2,
        {"status": "completed", "completed_at": at(4)},
    ),
    (
        "a completion that starts over belongs to its own cycle, whatever time it states",
        [assigned(0), completed(1), completed(3, stated=2, **RENEWED)],
        3,
        {"status": "completed", "completed_at": at(2)},
    ),
    (
        "a first completion that may be repeated keeps the terms",
        [assigned(0, dueAt=at(9)), renewed(3, stated=2)],
        None,
        {"status": "completed", "completed_at": at(2), "assigned_at": at(0)},
    ),
    (
        "a completion that is repeated begins a cycle, at the time that it states",
        [assigned(0, dueAt=at(9)), renewed(3, stated=2), renewed(7, stated=6)],
        6,
        {"status": "completed", "completed_at": at(6), "assigned_at": None, "due_at": None},
    ),
    (
        "a repeated completion that is late",
        [renewed(7, stated=6), assigned(0), renewed(3, stated=2)],
        6,
        {"status": "completed", "completed_at": at(6)},
    ),
    ("startsOver of a removal is ignored", [completed(1), news("unassigned", 2, **RENEWED)], None, {"percentage": 100}),
    (
        "removed, then assigned",
        [assigned(0, dueAt=at(9)), progressed(1, 70), removed(2), assigned(3)],
        2,
        {"status": "notStarted", "percentage": None, "due_at": None, "assigned_at": at(3)},
    ),
    ("removed and not assigned again", [assigned(0), progressed(1, 70), removed(2)], None, None),
    (
        "removed, then progress without an assignment",
        [assigned(0), removed(2), progressed(3, 70)],
        None,
        {"percentage": 70, "assigned_at": at(0)},
    ),
    ("removed twice", [assigned(0), removed(1), assigned(2), progressed(3, 5), removed(4), assigned(5)], 4, {}),
    ("removed again and gone", [assigned(0), removed(1), assigned(2), progressed(3, 5), removed(4)], 1, None),
    (
        "completed, removed, assigned: stays completed",
        [assigned(0), completed(1), removed(2), assigned(3)],
        None,
        {"status": "completed", "completed_at": at(1)},
    ),
    (
        "a completion of an earlier cycle does not keep a later one",
        [assigned(0), completed(1), news("assigned", 2, **RENEWED), removed(3), assigned(4)],
        3,
        {"status": "notStarted", "completed_at": None},
    ),
    (
        "completed after the removal, then assigned",
        [assigned(0), removed(1), completed(2), assigned(3)],
        1,
        {"status": "completed", "completed_at": at(2)},
    ),
    (
        "assigned in the instant of the removal",
        [assigned(0), progressed(1, 70), removed(2), assigned(2)],
        None,
        {"percentage": 70},
    ),
    (
        "completed in the instant of the removal",
        [assigned(0), removed(2), completed(2), assigned(3)],
        2,
        {"status": "completed"},
    ),
    (
        "enrolled again after a completion",
        [enrolled(0), completed(1), enrolled(2)],
        2,
        {"status": "notStarted", "completed_at": None},
    ),
    ("enrolled again without a completion", [enrolled(0), progressed(1, 40), enrolled(2)], None, {"percentage": 40}),
    ("enrolled in the instant of a completion", [enrolled(0), completed(2), enrolled(2)], None, {"percentage": 100}),
    (
        "enrolled again, then new terms",
        [enrolled(0), completed(1), enrolled(2), completed(3), assigned(4)],
        2,
        {"status": "completed", "completed_at": at(3)},
    ),
    (
        "removed after a completion, then enrolled again",
        [enrolled(0), completed(1), removed(2), enrolled(3)],
        3,
        {"status": "notStarted"},
    ),
    ("enrolled, removed, enrolled", [enrolled(0), progressed(1, 40), removed(2), enrolled(3)], 2, {"percentage": None}),
    (
        "late: progress of the cycle before",
        [news("assigned", 5, **RENEWED), progressed(4, 80)],
        5,
        {"status": "notStarted", "percentage": None},
    ),
    (
        "late: a completion of the cycle before",
        [news("assigned", 5, **RENEWED), completed(4)],
        5,
        {"status": "notStarted", "completed_at": None},
    ),
    (
        "late: a completion that says that it was in the cycle before",
        [news("assigned", 5, **RENEWED), completed(6, stated=4)],
        5,
        {"status": "notStarted", "completed_at": None},
    ),
    (
        "a completion that says that it is of this cycle",
        [news("assigned", 5, **RENEWED), completed(7, stated=6)],
        5,
        {"status": "completed", "completed_at": at(6)},
    ),
    (
        "a completion whose stated time is in a later cycle",
        [assigned(0), completed(1, stated=7), news("assigned", 5, **RENEWED)],
        5,
        {"status": "notStarted", "completed_at": None},
    ),
    (
        "late: a completion from before the removal keeps the activity completed",
        [assigned(0), removed(2), assigned(3), completed(1)],
        None,
        {"status": "completed", "completed_at": at(1)},
    ),
    (
        "in the instant when the cycle begins",
        [news("assigned", 5, **RENEWED), completed(5), progressed(5, 10)],
        5,
        {"status": "completed", "completed_at": at(5)},
    ),
]


@pytest.mark.parametrize(("said", "begin", "expected"), [case[1:] for case in STORIES], ids=[c[0] for c in STORIES])
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_stories(said: list[News], begin: int | None, expected: dict[str, object] | None, *, backwards: bool) -> None:
    """What happened before the cycle no longer counts, whatever order the events arrive in."""
    said = said[::-1] if backwards else said
    beginning = present_cycle(added_up(said)).begin
    assert (beginning, begin) == (microseconds(begin), begin) if begin is not None else beginning < microseconds(0)
    found = state(*said)
    assert (found is None) is (expected is None)
    assert expected is None or expected == {name: getattr(found, name) for name in expected}


def test_a_cycle_is_found_among_more_moments_than_are_kept() -> None:
    """A nightly export that repeats an old completion for years hides neither a renewal nor the first completion."""
    nightly = [completed(minute) for minute in range(10, 400)]
    told = desired(assigned(0), *nightly)
    assert told.completed_at == at(10)
    renewed = desired(assigned(0), *nightly, news("assigned", 380, **RENEWED))
    assert renewed.completed_at == at(380)
