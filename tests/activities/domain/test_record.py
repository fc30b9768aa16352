"""One enrolment's record: whose it is, and which events it takes."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given

from activities.domain.desired import desired_state
from activities.domain.news import News, owner_in
from activities.domain.record import ActivityRecord, row_key
from activities.domain.sync_parts import Attempt
from activities.domain.sync_state import SyncState
from activities.domain.terms import Reference
from tests.activities.domain.learning_events import (
    BEN,
    ENROLMENT,
    FIRE,
    PROVIDER,
    SOME_NEWS,
    news,
    record_of,
)

STARTED = news("started", 0)
REMOVED = news("unassigned", 1, learner=None, course=None)
OTHERS = {
    "another learner": news("started", 1, learner=BEN),
    "another course": news("started", 1, course=FIRE),
    "another source": replace(news("started", 1), source="docebo"),
    "another learner's removal": news("unassigned", 1, learner=BEN, course=None),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_a_record_takes_only_what_is_certainly_its_owners(other: News) -> None:
    """Nobody's learning is shown as another's because of a shared enrolment id."""
    record = record_of([STARTED])
    assert record.takes(news("completed", 2))
    assert record.takes(REMOVED)
    assert not record.takes(other)


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_a_record_without_an_owner_takes_every_event(other: News) -> None:
    """A removal that arrives first names nobody. The first event that names somebody decides."""
    record = record_of([REMOVED])
    assert record.owner is None
    assert record.takes(other)
    assert record.merged(other).owner == owner_in(other)


@given(SOME_NEWS)
def test_the_owner_stays(said: list[News]) -> None:
    """No later event changes whose the record is, however many there are."""
    assert record_of([STARTED, *said]).owner == owner_in(STARTED)


def test_another_name_of_the_owner_is_remembered() -> None:
    """From then on, the record takes events that use it. The owner stays who it was."""
    renamed = news("progressed", 1, learner={"email": "ann@contoso.example"}, progress={"percentage": 5})
    record = record_of([STARTED])
    assert record.owner is not None
    later = record.named_as(renamed)
    assert later.takes(renamed)
    assert later.owner == replace(record.owner, also=(Reference("email", "ann@contoso.example"),))
    assert ActivityRecord(ENROLMENT).named_as(renamed).owner is None


def test_the_first_events_may_come_in_any_order() -> None:
    """A record of one owner is the same in every order, although the first event decides on the owner."""
    said = [STARTED, REMOVED, news("completed", 2), news("progressed", 3, progress={"percentage": 3})]
    assert record_of(said).owner == owner_in(STARTED)
    assert [record_of(order) == record_of(said) for order in permutations(said)] == [True] * 24


def test_the_state_of_the_sync_is_kept_beside_the_facts() -> None:
    """Merging an event says nothing about Graph."""
    state = SyncState(attempt=Attempt(5.0))
    record = record_of([STARTED]).synced(state)
    assert record.merged(news("completed", 2)).sync == state


def test_facts_without_an_owner_lead_to_no_activity() -> None:
    """There is nobody whose activity it could be."""
    said = record_of([STARTED])
    assert desired_state(said, PROVIDER) is not None
    assert desired_state(replace(said, owner=None), PROVIDER) is None


def test_a_row_key_hides_the_id() -> None:
    """It is the same for the same id, and it can be a row key whatever characters the id has."""
    key = row_key("Ann's / enrolment #1")
    assert key == row_key("Ann's / enrolment #1") != row_key("Ann's / enrolment #2")
    assert len(key) == 64
    assert set(key) <= set("0123456789abcdef")
