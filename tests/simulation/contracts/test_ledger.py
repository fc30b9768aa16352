"""The contract of the ledger and the shared state: compare-and-swap."""

import asyncio
from dataclasses import replace

import pytest

from activities.domain.errors import RecordChanged, StorageFault
from activities.domain.events import ADAPTER
from activities.domain.news import news_of
from activities.domain.pace import Pace
from activities.domain.record import ActivityRecord, StoredRecord, row_key
from activities.domain.shared_state import GraphState
from activities.domain.sync_parts import Activity, Attempt, Failing, Known, Lease, RetryMark
from activities.domain.sync_state import SyncState
from activities.domain.terms import ActivityType, ImmutablePart, OwnerIds
from tests.native_event import ASSIGNED
from tests.simulation.contracts.storage import Storage

IDS = OwnerIds("learner", "content")
IMMUTABLE = ImmutablePart(ActivityType("assignment", "required"), IDS)
STATE = SyncState(
    activity=Activity("activity-1", 5.25, IMMUTABLE, "digest", completed=True),
    lease=Lease("me", 17.5),
    retry=RetryMark("nonce", 3.5, awaits_kind=True),
    failing=Failing(3, "create/assignment", 7, 1.5, refusals=2),
    known=Known(IDS, 2.5),
    parked="rejected_by_graph",
    letter=2,
)


def full_record(state: SyncState = STATE) -> ActivityRecord:
    """Return a record with an owner, fields, moments and a state."""
    event = ADAPTER.validate_python(ASSIGNED)
    return replace(ActivityRecord(event.enrollment_id).merged(news_of(event, "native")), sync=state)


async def test_an_unknown_enrolment_has_an_empty_record(storage: Storage) -> None:
    """There is no row yet, so there is no ETag."""
    assert StoredRecord(ActivityRecord("enrolment-1"), None) == await storage.ledger.load("enrolment-1")
    assert await storage.ledger.find(row_key("enrolment-1")) is None


@pytest.mark.parametrize("state", [STATE, SyncState(attempt=Attempt(7.5, IMMUTABLE)), SyncState(attempt=Attempt(7.5))])
async def test_a_record_comes_back_as_it_was_stored(storage: Storage, state: SyncState) -> None:
    """Everything is there, with its type, and the row can be found by its key."""
    record = full_record(state)
    stored = await storage.ledger.store(record, None)
    assert stored == await storage.ledger.load(record.enrollment_id)
    assert record == stored.record
    assert record == await storage.ledger.find(row_key(record.enrollment_id))


async def test_a_tombstone_comes_back_without_its_enrolment(storage: Storage) -> None:
    """If it's loaded by the id, the record has the id. If it's found by the row key, the record doesn't."""
    state = SyncState(STATE.activity)
    stored = await storage.ledger.store(full_record(state), None)
    record = stored.record.tombstone(7.0)
    await storage.ledger.store(record, stored.etag)
    assert record == (await storage.ledger.load(record.enrollment_id)).record
    assert replace(record, enrollment_id="") == await storage.ledger.find(row_key(record.enrollment_id))


async def test_a_write_replaces_the_whole_row(storage: Storage) -> None:
    """Nothing is left of values that the record no longer has."""
    stored = await storage.ledger.store(full_record(), None)
    bare = full_record(SyncState())
    await storage.ledger.store(bare, stored.etag)
    assert bare == (await storage.ledger.load(bare.enrollment_id)).record


@pytest.mark.parametrize("exists", [False, True])
async def test_one_of_several_writers_at_once_succeeds(storage: Storage, *, exists: bool) -> None:
    """The others are told that the record changed, and nothing of theirs is written."""
    record = full_record()
    etag = (await storage.ledger.store(record, None)).etag if exists else None
    written = [replace(record, sync=SyncState(lease=Lease(str(number), 1.0))) for number in range(4)]
    results = await asyncio.gather(*(storage.ledger.store(one, etag) for one in written), return_exceptions=True)
    [winner] = [result for result in results if isinstance(result, StoredRecord)]
    assert [type(result) for result in results].count(RecordChanged) == 3
    assert winner == await storage.ledger.load(record.enrollment_id)


async def test_a_second_first_write_fails(storage: Storage) -> None:
    """So does a write with an old ETag. A writer that has seen an older state can't overwrite a newer one."""
    first = await storage.ledger.store(full_record(), None)
    with pytest.raises(RecordChanged):
        await storage.ledger.store(full_record(SyncState()), None)
    second = await storage.ledger.store(full_record(SyncState()), first.etag)
    with pytest.raises(RecordChanged):
        await storage.ledger.store(full_record(), first.etag)
    assert second == await storage.ledger.load(second.record.enrollment_id)


@pytest.mark.parametrize("etag", [None, 'W/"1"'])
async def test_a_missing_table_concerns_everybody(storage: Storage, etag: str | None) -> None:
    """It isn't mistaken for a missing record, nor for one that has changed."""
    await storage.behind.remove("activities")
    for request in (storage.ledger.load("enrolment-1"), storage.ledger.store(full_record(), etag)):
        with pytest.raises(StorageFault) as caught:
            await request
        assert caught.value.place == "ledger"


async def test_what_processes_tell_each_other_adds_up(storage: Storage) -> None:
    """Each process learns what all have seen, except for instants that are too far ahead."""
    pace = Pace(failed=2.0, since=5.0, period=100.0)
    assert await storage.shared.exchange(GraphState(5.0, pace, {"find_user": 2}).plus, 10.0) is not None
    more = GraphState(7.0, successes={"find_user": 1, "read/assignment": 1})
    both = await storage.shared.exchange(more.plus, 10.0)
    assert both is not None
    assert both.state == GraphState(7.0, pace, {"find_user": 3, "read/assignment": 1})
    for latest, expected in ((6.0, GraphState(0.0, pace)), (4.0, GraphState())):
        careful = await storage.shared.exchange(lambda state: state, latest)
        assert careful is not None
        assert (careful.state.closed_until, careful.state.pace) == (expected.closed_until, expected.pace)


async def test_the_shared_row_tells_the_time(storage: Storage) -> None:
    """Every write gives its time, by a clock that all processes share. A read alone doesn't."""
    times = [await storage.shared.time()]
    for number in range(3):
        told = await storage.shared.exchange(GraphState(float(number + 1)).plus)
        assert told is not None
        times.append(told.at)
    times.append(await storage.shared.time())
    known = [at for at in times if at is not None]
    assert len(known) == len(times)
    assert known == sorted(known)
    assert known[-1] - known[0] < 60
    looked = await storage.shared.exchange(lambda state: state)
    assert looked is not None
    assert looked.at is None


async def test_eight_processes_that_tell_at_once_all_get_through(storage: Storage) -> None:
    """Each one changes what the one before has stored, even if the row is new."""
    news = GraphState(successes={"find_user": 1})
    told = await asyncio.gather(*(storage.shared.exchange(news.plus) for _ in range(8)))
    assert sorted(one.state.successes["find_user"] for one in told if one is not None) == list(range(1, 9))


async def test_without_a_table_processes_tell_each_other_nothing(storage: Storage) -> None:
    """That doesn't stop them."""
    await storage.behind.remove("activities")
    assert await storage.shared.exchange(GraphState(successes={"find_user": 1}).plus, 10.0) is None
