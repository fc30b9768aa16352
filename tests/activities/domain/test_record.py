"""One enrolment's record: who it belongs to, and which events it takes."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given

from activities.domain.desired import desired_state
from activities.domain.news import News, Owner
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
    SOURCE,
    news,
    record_of,
)

STARTED = news("started", 0)
OWNER = Owner(SOURCE, STARTED.learner, STARTED.course)
REMOVED = news("unassigned", 1, learner=None, course=None)
OTHERS = {
    "another learner": news("started", 1, learner=BEN),
    "another course": news("started", 1, course=FIRE),
    "another learner's removal": news("unassigned", 1, learner=BEN, course=None),
    "another source": replace(news("started", 1), source="docebo"),
    "another source's removal": replace(REMOVED, source="docebo"),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_a_record_takes_only_what_is_certainly_its_owners(other: News) -> None:
    """Nobody's learning is shown as somebody else's because they share an enrolment id."""
    record = record_of([STARTED])
    assert record.takes(news("completed", 2))
    assert record.takes(REMOVED)
    assert not record.takes(other)


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_the_first_event_decides_on_the_source(other: News) -> None:
    """A removal that arrives first names nobody. The first event of the same source that names somebody decides."""
    assert ActivityRecord(ENROLMENT).takes(other)
    record = record_of([REMOVED])
    assert record.owner == Owner(SOURCE)
    assert record.takes(other) is (other.source == SOURCE)


@given(SOME_NEWS)
def test_the_owner_stays(said: list[News]) -> None:
    """No later event changes who the record belongs to, however many there are."""
    assert record_of([STARTED, *said]).owner == OWNER


def test_another_name_of_the_owner_is_remembered() -> None:
    """From then on, the record takes events that use it."""
    renamed = news("progressed", 1, learner={"email": "ann@contoso.example"}, progress={"percentage": 5})
    assert not record_of([STARTED]).takes(renamed)
    later = record_of([STARTED, renamed])
    assert later.takes(renamed)
    assert later.owner == replace(OWNER, also=(Reference("email", "ann@contoso.example"),))


def test_the_events_of_an_owner_may_come_in_any_order() -> None:
    """A removal that names nobody makes no difference, wherever it comes in the order."""
    said = [STARTED, REMOVED, news("completed", 2), news("progressed", 3, progress={"percentage": 3})]
    assert record_of(said).owner == OWNER
    assert [record_of(order) == record_of(said) for order in permutations(said)] == [True] * 24


def test_the_state_of_the_sync_is_kept_beside_the_facts() -> None:
    """Merging an event says nothing about Graph."""
    state = SyncState(attempt=Attempt(5.0))
    record = record_of([STARTED]).synced(state)
    assert record.merged(news("completed", 2)).sync == state


@pytest.mark.parametrize("owner", [None, Owner(SOURCE), replace(OWNER, learner=None), replace(OWNER, course=None)])
def test_facts_without_a_subject_lead_to_no_activity(owner: Owner | None) -> None:
    """Without a learner or a course, nobody knows whose activity it would be, or what it would be about."""
    said = record_of([STARTED])
    assert desired_state(said, PROVIDER) is not None
    assert desired_state(replace(said, owner=owner), PROVIDER) is None


def test_a_row_key_hides_the_id() -> None:
    """It's the same for the same id, and it's a valid row key whatever characters the id has."""
    key = row_key("Ann's / enrolment #1")
    assert key == row_key("Ann's / enrolment #1") != row_key("Ann's / enrolment #2")
    assert len(key) == 64
    assert set(key) <= set("0123456789abcdef")
