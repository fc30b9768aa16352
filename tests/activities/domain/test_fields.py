"""Merging events: neither their order nor their repetition matters."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from activities.domain.events import LearningEvent
from activities.domain.fields import fields_of, merge
from tests.activities.domain.learning_events import FEW_EVENTS, SOME_EVENTS, added_up, thorough


@thorough
@given(st.data())
def test_any_order_and_any_duplicates_give_the_same_record(data: st.DataObject) -> None:
    """A queue may deliver messages in any order and more than once."""
    events = data.draw(SOME_EVENTS)
    duplicates = data.draw(st.lists(st.sampled_from(events), max_size=4)) if events else []
    assert added_up(data.draw(st.permutations(events + duplicates))) == added_up(events)


@thorough
@given(FEW_EVENTS, FEW_EVENTS, FEW_EVENTS)
def test_records_merge_in_any_grouping(
    one: list[LearningEvent], two: list[LearningEvent], three: list[LearningEvent]
) -> None:
    """What two workers have merged separately can be merged like the events themselves."""
    a, b, c = map(added_up, (one, two, three))
    assert merge(merge(a, b), c) == merge(a, merge(b, c)) == added_up([*one, *two, *three])


@thorough
@given(SOME_EVENTS)
def test_merging_twice_changes_nothing(events: list[LearningEvent]) -> None:
    """A record that is merged with itself, or with events that it already has, stays as it is."""
    fields = added_up(events)
    assert merge(fields, fields) == fields
    assert reduce(merge, map(fields_of, events), fields) == fields
