"""When a request may be sent to Graph: throttling, and what processes tell each other."""

import asyncio

import pytest

from activities.domain.errors import Throttled
from activities.domain.shared_state import GraphState
from activities.graph.admission import UNAVAILABLE, Admission
from activities.graph.responses import DEFAULT_WAIT
from tests.activities.graph.parts import Memory, Raising, Slow, fault_of, on_a_virtual_clock

CREATE, UPDATE = "create/assignment", "update/assignment"


@on_a_virtual_clock
async def test_nothing_is_admitted_while_graph_is_closed() -> None:
    """After throttling, requests of every kind are refused with the time that is left."""
    admission = Admission(hold=60, probe=1)
    admission.throttled(30)
    await asyncio.sleep(10)

    for kind in (CREATE, "find_user"):
        with pytest.raises(Throttled) as refused:
            await admission.admit(kind)
        assert refused.value.after == 20


@on_a_virtual_clock
async def test_requests_keep_an_interval_after_throttling() -> None:
    """After throttling, requests are sent one by one, and those that would wait for long are refused with a time."""
    admission = Admission(hold=60, probe=1)
    for _ in range(4):
        admission.throttled(0)

    assert 1 <= await admitted_of_a_hundred(admission) < 10


@on_a_virtual_clock
async def test_throttled_responses_that_come_together_count_as_one() -> None:
    """Requests that were under way when Graph began to throttle do not each double the interval."""
    admission, single = Admission(hold=60, probe=1), Admission(hold=60, probe=1)
    single.throttled(0.05)
    for _ in range(12):
        admission.throttled(0.05)
    await asyncio.sleep(0.06)

    assert await admitted_of_a_hundred(admission) == await admitted_of_a_hundred(single)


@on_a_virtual_clock
async def test_successes_shorten_the_interval() -> None:
    """After enough successes, nothing is left of an earlier throttling."""
    admission = Admission(hold=60, probe=1)
    admission.throttled(0)
    for _ in range(200):
        admission.succeeded(CREATE)

    assert await admitted_of_a_hundred(admission) == 100


@on_a_virtual_clock
async def test_each_kind_of_a_call_takes_a_slot() -> None:
    """Two requests that are admitted together use as much of the rate as two that are admitted one by one."""
    together, single = Admission(hold=60, probe=1), Admission(hold=60, probe=1)
    for admission in (together, single):
        admission.throttled(0)
        admission.throttled(0)

    pair = asyncio.create_task(together.admit(CREATE, UPDATE))
    first, second = (asyncio.create_task(single.admit(kind)) for kind in (CREATE, UPDATE))

    assert await asyncio.gather(admitted_of_a_hundred(together), admitted_of_a_hundred(single)) == [10, 10]
    await asyncio.gather(pair, first, second)


@on_a_virtual_clock
async def test_an_invocation_waits_for_its_second_slot() -> None:
    """However long the interval has grown, a lookup and the create after it both get their slots."""
    admission = Admission(hold=60, probe=1)
    for _ in range(10):
        admission.throttled(0)

    await admission.admit("find_user")
    await admission.admit(CREATE)


@on_a_virtual_clock
async def test_the_interval_shrinks_with_time() -> None:
    """Requests that keep each other from being sent have no successes, and still are not slow for ever."""
    admission = Admission(hold=60, probe=1)
    for _ in range(10):
        admission.throttled(0)
    assert await admitted_of_a_hundred(admission) < 5
    await asyncio.sleep(3600)

    assert await admitted_of_a_hundred(admission) == 100


@on_a_virtual_clock
async def test_one_unavailable_server_closes_nothing() -> None:
    """A 503 that names no time closes Graph when it is the third in a row, and not when a success came between."""
    admission = Admission(hold=60, probe=1)
    closed = [admission.unavailable() for _ in range(UNAVAILABLE - 1)]
    admission.succeeded(CREATE)
    closed += [admission.unavailable() for _ in range(UNAVAILABLE - 1)]
    await admission.admit(UPDATE)
    assert closed == [False] * len(closed)

    assert admission.unavailable()
    with pytest.raises(Throttled) as refused:
        await admission.admit(UPDATE)
    assert refused.value.after == DEFAULT_WAIT


@on_a_virtual_clock
async def test_successes_are_counted_with_those_of_others() -> None:
    """What others reported when last read, and what this process has seen since, told or not, add up."""
    shared = Memory()
    ours, theirs = (Admission(hold=60, probe=1, shared=shared, share=30) for _ in range(2))
    for _ in range(3):
        theirs.succeeded(CREATE)
    ours.succeeded(CREATE)
    assert ours.successes(CREATE) == 1

    await theirs.share()
    await ours.share()
    ours.succeeded(CREATE)
    ours.succeeded(UPDATE)

    assert (ours.successes(CREATE), ours.successes(UPDATE), ours.successes("find_user")) == (5, 1, 0)
    assert shared.state.successes == {CREATE: 4}
    await ours.close()
    await theirs.close()


@on_a_virtual_clock
async def test_what_is_being_told_is_not_forgotten() -> None:
    """While an exchange is under way, and after it failed, what this process has seen still counts."""
    admission = Admission(hold=60, probe=1, shared=Silent(), share=30, share_deadline=5)
    admission.succeeded(CREATE)
    sharing = asyncio.create_task(admission.share())
    await asyncio.sleep(1)
    admission.succeeded(CREATE)
    assert admission.successes(CREATE) == 2
    await sharing
    assert admission.successes(CREATE) == 2
    await admission.close()


@on_a_virtual_clock
async def test_others_learn_what_succeeded_although_nothing_more_is_sent() -> None:
    """A process that falls silent after a success has told it within the time between two exchanges."""
    shared = Memory()
    admission = Admission(hold=60, probe=1, shared=shared, share=30)
    await admission.admit(CREATE)
    await asyncio.sleep(1)
    admission.succeeded(CREATE)
    await asyncio.sleep(30)
    assert shared.state.successes == {CREATE: 1}

    admission.succeeded(CREATE)
    await asyncio.sleep(31)
    assert (shared.state.successes, shared.exchanges) == ({CREATE: 2}, 3)
    await admission.close()


@on_a_virtual_clock
async def test_closing_sends_nothing_more() -> None:
    """When the process ends, no exchange begins any more."""
    shared = Memory()
    admission = Admission(hold=60, probe=1, shared=shared, share=30)
    await admission.share()
    admission.succeeded(CREATE)
    await admission.close()
    await asyncio.sleep(60)
    assert shared.exchanges == 1


@on_a_virtual_clock
async def test_exchanges_follow_each_other() -> None:
    """Two exchanges at the same time would show the count before each other's news."""
    shared = Slow()
    admission = Admission(hold=60, probe=1, shared=shared, share=30)
    for _ in range(2):
        admission.succeeded(CREATE)
        await asyncio.gather(admission.share(), admission.share(), admission.suspect(fault_of(CREATE), "r1"))
    assert shared.most == 1
    await admission.close()


class Silent:
    """A shared state that never responds."""

    async def exchange(self, _news: GraphState, _latest: float) -> GraphState | None:
        """Respond to nothing."""
        await asyncio.Event().wait()
        return None


async def admitted_of_a_hundred(admission: Admission) -> int:
    """Send a hundred requests at once, and count those that are admitted."""
    results = await asyncio.gather(*(admission.admit(CREATE) for _ in range(100)), return_exceptions=True)
    return sum(result is None for result in results)


@on_a_virtual_clock
async def test_whatever_storage_raises_stops_nobody() -> None:
    """An exchange that fails for a reason that nobody knows is tried again later, with all that was to be told."""
    admission = Admission(hold=60, probe=1, shared=Raising(), share=30)
    admission.succeeded(CREATE)
    await admission.listen()
    assert admission.successes(CREATE) == 1
    await admission.close()


@on_a_virtual_clock
async def test_that_graph_echoes_is_known_to_all() -> None:
    """A new process need not find out anew that a response without the id of a request is not Graph's."""
    shared = Memory()
    ours, theirs = (Admission(hold=60, probe=1, shared=shared, share=30) for _ in range(2))
    assert not theirs.echoes("POST 201")
    ours.echoed("POST 201")
    await ours.share()
    await theirs.listen()
    assert (ours.echoes("POST 201"), theirs.echoes("POST 201"), theirs.echoes("GET 404")) == (True, True, False)
