"""Merging what events say: neither order nor repetition matters, and no hash decides what counts."""

from collections.abc import Callable
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.domain.fields import KEPT, Facts, Moment, facts_of, merge
from activities.domain.news import News
from tests.activities.domain.learning_events import (
    FEW_NEWS,
    SOME_NEWS,
    added_up,
    at,
    desired,
    event,
    microseconds,
    news,
    state,
    thorough,
)


@thorough
@given(st.data())
def test_any_order_and_any_duplicates_give_the_same_facts(data: st.DataObject) -> None:
    """A queue may deliver messages in any order and more than once."""
    said = data.draw(SOME_NEWS)
    duplicates = data.draw(st.lists(st.sampled_from(said), max_size=4)) if said else []
    assert added_up(data.draw(st.permutations(said + duplicates))) == added_up(said)


@thorough
@given(FEW_NEWS, FEW_NEWS, FEW_NEWS)
def test_facts_merge_in_any_grouping(one: list[News], two: list[News], three: list[News]) -> None:
    """What two workers merged separately can be merged like the events themselves."""
    a, b, c = map(added_up, (one, two, three))
    assert merge(merge(a, b), c) == merge(a, merge(b, c)) == added_up([*one, *two, *three])


@thorough
@given(SOME_NEWS)
def test_merging_twice_changes_nothing(said: list[News]) -> None:
    """Facts merged with themselves, or with events that they already contain, stay as they are."""
    facts = added_up(said)
    assert merge(facts, facts) == facts
    assert reduce(merge, (one.facts for one in said), facts) == facts


# Enough moments that most aren't kept. Each draw is a series of instants with gaps, each stated or not.
ROWS = st.builds(
    lambda start, step, count, stated: {Moment(start + step * n, start + n, stated=stated) for n in range(count)},
    st.integers(0, 300),
    st.integers(1, 3),
    st.integers(0, 160),
    st.booleans(),
)


def completions(moments: set[Moment]) -> Facts:
    """Return the facts of this many completions, merged one by one."""
    return reduce(merge, (Facts(moments={"completed": (moment,)}) for moment in moments), Facts())


@given(ROWS, ROWS, ROWS)
def test_of_many_moments_the_earliest_and_the_latest_are_kept(
    one: set[Moment], two: set[Moment], three: set[Moment]
) -> None:
    """However the moments are grouped and ordered, the same hundred are kept."""
    a, b, c = map(completions, (one, two, three))
    merged = merge(merge(a, b), c)
    assert merged == merge(a, merge(b, c)) == merge(c, merge(b, a)) == merge(merged, b)
    ordered = sorted(one | two | three)
    kept = ordered if len(ordered) <= 2 * KEPT else ordered[:KEPT] + ordered[-KEPT:]
    assert merged.moments.get("completed", ()) == tuple(kept)


def together(**parts: object) -> Callable[[str], News]:
    """Return an event of minute 1 about an assignment, given its id."""
    return lambda name: news("progressed", 1, activity="assignment", eventId=name, **parts)


# Each has a name, events of one instant that differ only in their ids once they're given one, and what counts.
TIES: list[tuple[str, list[Callable[[str], News]], dict[str, object]]] = [
    (
        "present over removed",
        [lambda name: news("assigned", 1, eventId=name), lambda name: news("unassigned", 1, eventId=name)],
        {"status": "notStarted"},
    ),
    (
        "the further status",
        [together(progress={"status": "inProgress"}), together(progress={"status": "notStarted"})],
        {"status": "inProgress"},
    ),
    (
        "the higher percentage",
        [together(progress={"percentage": 9}), together(progress={"percentage": 30})],
        {"percentage": 30},
    ),
    (
        "each by itself",
        [together(progress={"status": "notStarted", "percentage": 70}), together(progress={"percentage": 5})],
        {"status": "inProgress", "percentage": 70},
    ),
    (
        "completed over everything",
        [together(progress={"status": "notStarted", "percentage": 0}), together(progress={"status": "completed"})],
        {"status": "completed", "percentage": 100},
    ),
]


@pytest.mark.parametrize(("said", "expected"), [case[1:] for case in TIES], ids=[case[0] for case in TIES])
def test_a_tie_is_decided_by_meaning(said: list[Callable[[str], News]], expected: dict[str, object]) -> None:
    """Of events at the same instant, the one that's further along counts, whatever their ids are."""
    for names in permutations(("e-1", "e-2", "e-3", "e-4", "e-5"), len(said)):
        found = desired(*(one(name) for one, name in zip(said, names, strict=True)))
        assert expected == {name: getattr(found, name) for name in expected}


ONE_INSTANT = st.one_of(
    st.just(("assigned", {})),
    st.just(("unassigned", {})),
    st.builds(
        lambda status, percentage: ("progressed", {"progress": {"status": status, "percentage": percentage}}),
        st.sampled_from((None, "notStarted", "inProgress", "completed")),
        st.none() | st.integers(0, 100),
    ),
)


@thorough
@given(st.lists(ONE_INSTANT, min_size=2, max_size=5), st.data())
def test_no_hash_decides_what_a_learner_has_reached(
    said: list[tuple[str, dict[str, object]]], data: st.DataObject
) -> None:
    """Whether there's an activity, its status and its percentage don't depend on the events' ids."""
    names = st.lists(st.text(min_size=1), min_size=len(said), max_size=len(said))

    def reached() -> tuple[object, object] | None:
        found = state(
            *(
                news(kind, 1, activity="assignment", eventId=f"e{name}", **parts)
                for (kind, parts), name in zip(said, data.draw(names), strict=True)
            )
        )
        return None if found is None else (found.status, found.percentage)

    assert reached() == reached()


def test_an_absent_property_says_nothing_and_null_takes_a_value_away() -> None:
    """Only `dueAt` and `notes` can be removed. A null in any other property says nothing, as if it were absent."""
    terms = {"dueAt": at(9), "notes": {"content": "one"}, "assigner": {"email": "a@b.example"}, "assignedAt": at(0)}
    full = desired(news("assigned", 0, assignment={"type": "required", **terms}))
    silent = desired(news("assigned", 0, assignment={"type": "required", **terms}), news("assigned", 1))
    nothing = desired(
        news("assigned", 0, assignment={"type": "required", **terms}),
        news("assigned", 1, assignment={"type": "required", **dict.fromkeys(terms)}, progress={"percentage": None}),
    )
    assert (silent.due_at, silent.notes) == (full.due_at, full.notes) != (None, None)
    assert (nothing.due_at, nothing.notes) == (None, None)
    assert (nothing.assigner, nothing.assigned_at) == (full.assigner, full.assigned_at)


def test_what_was_taken_away_can_be_set_again_and_a_late_null_is_too_late() -> None:
    """The later clock counts, for a null as for a value."""
    due, none = {"type": "required", "dueAt": at(9)}, {"type": "required", "dueAt": None}
    assert desired(news("assigned", 0, assignment=none), news("assigned", 1, assignment=due)).due_at is not None
    assert desired(news("assigned", 1, assignment=due), news("assigned", 0, assignment=none)).due_at is not None


@pytest.mark.parametrize(
    ("kind", "parts", "moments"),
    [
        ("assigned", {}, {}),
        ("assigned", {"startsOver": True}, {"over": Moment(microseconds(5), microseconds(5), stated=False)}),
        ("unassigned", {"startsOver": True}, {"removed": Moment(microseconds(5), microseconds(5), stated=False)}),
        ("started", {}, {"started": Moment(microseconds(5), microseconds(5), stated=False)}),
        (
            "started",
            {"progress": {"startedAt": at(3)}},
            {"started": Moment(microseconds(3), microseconds(3), stated=True)},
        ),
        ("completed", {}, {"completed": Moment(microseconds(5), microseconds(5), stated=False)}),
        (
            "completed",
            {"progress": {"completedAt": at(2)}},
            {"completed": Moment(microseconds(2), microseconds(2), stated=True)},
        ),
        (
            "completed",
            {"progress": {"completedAt": at(9)}},
            {"completed": Moment(microseconds(5), microseconds(9), stated=True)},
        ),
        (
            "completed",
            {"startsOver": True, "progress": {"completedAt": at(2)}},
            {
                "over": Moment(microseconds(5), microseconds(5), stated=False),
                "completed": Moment(microseconds(5), microseconds(2), stated=True),
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_moments_of_an_event(kind: str, parts: dict[str, object], moments: dict[str, Moment]) -> None:
    """A stated time decides which cycle something belongs to, but never a cycle that began after the event."""
    assert facts_of(event(kind, 5, **parts)).moments == {name: (moment,) for name, moment in moments.items()}


def test_an_enrolment_is_remembered_only_if_the_source_is_set_so() -> None:
    """A setting of its source decides whether an enrolment after a completion starts over."""
    assert "enrolled" not in facts_of(event("assigned", 5)).moments
    again = facts_of(event("assigned", 5), enrols_again=True)
    assert again.moments == {"enrolled": (Moment(microseconds(5), microseconds(5), stated=False),)}
