"""What's left of a forgotten record, and what still counts afterwards."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from activities.domain.fields import KEPT_UNTIMED, Facts, facts_of, merge
from activities.domain.news import News, news_of
from activities.domain.record import FORGOTTEN, ActivityRecord
from activities.domain.sync_parts import Activity, Attempt, Known, Lease, Left, RetryMark
from activities.domain.sync_state import SyncState
from activities.domain.terms import ActivityType, ImmutablePart, OwnerIds
from tests.activities.domain.learning_events import (
    ENROLMENT,
    SOME_NEWS,
    SOURCE,
    assigned,
    completed,
    event,
    news,
    progressed,
    record_of,
    thorough,
)

IDS = OwnerIds("user-1", "content-1")
ACTIVITY = Activity("activity-1", 1.0, ImmutablePart(ActivityType("assignment", "required"), IDS), "digest")
STATE = SyncState(
    ACTIVITY,
    known=Known(IDS, 2.0),
    retry=RetryMark("nonce", 3.0),
    lease=Lease("owner", 4.0),
    letter=2,
    deleted_id="id-0",
)


def untimed(minute: int, event_id: str = "e-1") -> News:
    """Return what an event says that doesn't state when it occurred and was received in this minute."""
    return news_of(event("started", minute, eventId=event_id), SOURCE, untimed=True)


@thorough
@given(st.lists(SOME_NEWS, max_size=2))
def test_no_event_counts_that_was_forgotten(said: list[list[News]]) -> None:
    """However often a record is forgotten, nothing that it had merged changes it again."""
    record = ActivityRecord(ENROLMENT)
    for some in said:
        record = reduce(ActivityRecord.merged, some, record).tombstone(0.0)
    assert all(record.has_forgotten(one) for some in said for one in some)


def test_what_is_left_says_nothing_of_the_learner() -> None:
    """Owner, facts and Graph's ids are gone. The letter number stays, so that an earlier letter is known as such."""
    record = record_of([assigned(0), completed(9)]).synced(STATE)
    tombstone = record.tombstone(5.0)
    assert (tombstone.owner, tombstone.facts, tombstone.state) == (None, Facts(), FORGOTTEN)
    left = Left("activity-1", 5.0, SOURCE, record.hash_of("user-1"), record.hash_of("content-1"))
    assert tombstone.sync == SyncState(letter=2, sweep=True, deleted_id="id-0", left=left)
    assert tombstone.tombstone(99.0) == tombstone


def test_a_record_without_an_activity_leaves_none() -> None:
    """The next event may belong to anybody."""
    tombstone = record_of([assigned(0)]).tombstone(5.0)
    assert tombstone.sync == SyncState()
    assert tombstone.takes(progressed(9, 40))


def test_a_hash_of_an_owner_is_of_one_record_only() -> None:
    """Otherwise somebody could tell which tombstones belong to the same learner."""
    one, two = ActivityRecord("enrolment-1"), ActivityRecord("enrolment-2")
    assert one.hash_of("user-1") != two.hash_of("user-1")
    assert one.hash_of("user-1") != one.hash_of("user-2")


def test_a_later_event_begins_with_what_graph_has() -> None:
    """The activity that was left in Graph is looked up. What was forgotten stays forgotten."""
    tombstone = record_of([assigned(0)]).synced(STATE).tombstone(5.0)
    later = progressed(9, 40)
    assert not tombstone.has_forgotten(later)
    assert not tombstone.takes(later), "nobody has compared whose activity it is"
    again = tombstone.merged(later)
    assert again.sync == SyncState(attempt=Attempt(5.0), letter=2, sweep=True, deleted_id="id-0")
    assert again.has_forgotten(assigned(0))
    assert again.facts == later.facts


def test_an_event_without_a_time_is_known_by_its_id() -> None:
    """Its duplicate is received later, so it looks later."""
    tombstone = record_of([untimed(1)]).tombstone(5.0)
    assert tombstone.has_forgotten(untimed(7))
    assert not tombstone.has_forgotten(untimed(7, "e-2"))
    timed = record_of([news("started", 1, eventId="e-1")]).tombstone(5.0)
    assert not timed.has_forgotten(untimed(7)), "an event with a time is recognized by its time"


HASHES = st.frozensets(st.integers(0, 2 * KEPT_UNTIMED).map(str), max_size=2 * KEPT_UNTIMED)


@given(HASHES, HASHES, HASHES)
def test_of_many_events_without_a_time_the_same_are_known(
    one: frozenset[str], two: frozenset[str], three: frozenset[str]
) -> None:
    """However their records are merged, the same limited number of hashes is kept."""
    a, b, c = (merge(Facts(untimed=hashes), Facts()) for hashes in (one, two, three))
    merged = merge(merge(a, b), c)
    assert merged == merge(a, merge(b, c)) == merge(c, merge(b, a)) == merge(merged, b)
    assert sorted(merged.untimed) == sorted(one | two | three)[:KEPT_UNTIMED]


def test_the_latest_event_of_a_record() -> None:
    """Its time decides whether a record is old and whether an event is late."""
    latest = record_of([completed(9), assigned(0)]).facts.latest
    assert latest == facts_of(event("completed", 9)).fields["present"].clock
    assert Facts().latest is None
