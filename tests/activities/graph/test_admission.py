"""When a request may be sent to Graph: what a process may send, and what it tells others and hears from them."""

import asyncio
from collections import Counter
from random import Random

import pytest

from activities.domain.errors import Throttled
from activities.domain.pace import LEAD
from activities.graph.admission import Admission
from tests.activities.graph.paced import CREATE, FIND, UPDATE, gaps, now, refused, sent_by, throttled_after
from tests.activities.graph.parts import Memory, Raising, Silent, Slow, fault_of, on_a_virtual_clock


@on_a_virtual_clock
async def test_nothing_is_admitted_while_graph_is_closed() -> None:
    """After throttling, requests of every kind are refused until Graph opens, each with its own turn."""
    admission = Admission(hold=60, probe=1)
    admission.throttled(30)
    await asyncio.sleep(10)

    turns = [await refused(admission, kind) for kind in (CREATE, FIND)]
    assert turns[0] == pytest.approx(20)
    assert turns[1] > turns[0]
    with pytest.raises(Throttled) as closed:
        await admission.turn()
    assert closed.value.after == pytest.approx(20, abs=0.3)


@on_a_virtual_clock
async def test_nobody_waits_while_nobody_is_throttled() -> None:
    """However many requests are sent, none waits for the row, and none causes an exchange of its own."""
    shared = Silent()
    admission = Admission(hold=60, probe=1, shared=shared, share=30)
    began = now()
    for _ in range(1000):
        await admission.admit(CREATE)
        await admission.turn()
        admission.succeeded(CREATE)
    assert now() == began
    await asyncio.sleep(1)
    assert len(shared.told) == 1
    await admission.close()


@on_a_virtual_clock
async def test_requests_keep_the_rate_that_graph_accepted() -> None:
    """Ten were accepted before Graph closed for a second. Then a little less is sent, at equal intervals."""
    admission = await throttled_after(10, 1.0)
    times = await sent_by(admission, 40)
    assert times[0] >= 1
    assert gaps(times) == pytest.approx([1 / 9.7] * 39, rel=0.03)


@on_a_virtual_clock
async def test_a_request_waits_for_its_slot_until_it_is_ready_to_be_sent() -> None:
    """The record is written between a request's admission and its slot. That doesn't disturb the intervals."""
    admission = await throttled_after(10, 1.0)
    await asyncio.sleep(1)
    times: list[float] = []
    random = Random(1)  # noqa: S311  the same in every run

    async def send() -> None:
        await admission.admit(CREATE)
        await asyncio.sleep(random.uniform(0, 0.24))
        await admission.turn()
        times.append(now())

    await asyncio.gather(*(send() for _ in range(8)))
    assert gaps(times) == pytest.approx([1 / 9.7] * 7, rel=0.01)


@on_a_virtual_clock
async def test_who_would_wait_for_long_is_refused() -> None:
    """Waiting belongs on the queue: a request waits for a moment, or is refused and given its turn."""
    admission = await throttled_after(10, 1.0)
    await asyncio.sleep(1)
    began = now()
    results = await asyncio.gather(*(admission.admit(CREATE) for _ in range(100)), return_exceptions=True)
    assert now() - began < 2
    turns = [result.after for result in results if isinstance(result, Throttled) and result.after is not None]
    assert 80 <= len(turns) <= 95
    assert len(set(turns)) == len(turns)
    assert max(turns) < 100 / 9


@on_a_virtual_clock
async def test_a_short_closing_is_waited_for() -> None:
    """A request that had a slot when Graph closed for a second gets one afterwards and doesn't go back to the queue."""
    admission = await throttled_after(10, 1.0)
    await asyncio.sleep(1)
    waiting = [asyncio.create_task(admission.admit(CREATE)) for _ in range(5)]
    await asyncio.sleep(0.15)
    admission.throttled(1.0)
    closed = now()
    await asyncio.gather(*waiting)
    assert now() >= closed + 1 - LEAD - 0.01


@on_a_virtual_clock
async def test_a_closing_before_the_request_is_sent_stops_it() -> None:
    """A request that's admitted and ready still finds Graph closed."""
    admission = await throttled_after(10, 1.0)
    await asyncio.sleep(1)
    await admission.admit(CREATE)
    admission.throttled(60)
    with pytest.raises(Throttled):
        await admission.turn()


@on_a_virtual_clock
async def test_who_was_late_for_a_slot_says_nothing_about_the_rate() -> None:
    """A slow machine sends several at once. That's no reason to send less for long."""
    rates = []
    for late in (0.0, 1.0):
        admission = await throttled_after(10, 1.0)
        await asyncio.sleep(1)
        await admission.admit(CREATE)
        await asyncio.sleep(late)
        await admission.turn()
        admission.throttled(1.0)
        await asyncio.sleep(1)
        rates.append(1 / gaps(await sent_by(admission, 3))[0])
    assert rates == pytest.approx([9.7 * 0.94, 10], rel=0.02)


@on_a_virtual_clock
async def test_each_kind_of_a_call_takes_a_slot() -> None:
    """Two requests admitted together use as much of the rate as two admitted one by one."""
    admission = await throttled_after(10, 1.0)
    await asyncio.sleep(1)
    times: list[float] = []

    async def send(*kinds: str) -> None:
        await admission.admit(*kinds)
        for _ in kinds:
            await admission.turn()
            times.append(now())

    await asyncio.gather(*(asyncio.create_task(send(*kinds)) for kinds in ((CREATE, UPDATE), (CREATE,))))
    assert gaps(times) == pytest.approx([1 / 9.7] * 2, rel=0.01)


@on_a_virtual_clock
async def test_an_invocation_waits_for_its_second_slot() -> None:
    """However low the rate is, and however many others wait, a lookup and the create after it both get their slots."""
    admission = await throttled_after(1, 20.0)
    await asyncio.sleep(20)

    async def two() -> None:
        await admission.admit(CREATE)
        await admission.admit(FIND)

    ends = [asyncio.create_task(two()) for _ in range(30)]
    results = await asyncio.gather(*ends, return_exceptions=True)
    await asyncio.gather(*(asyncio.create_task(admission.admit(CREATE)) for _ in range(30)), return_exceptions=True)
    assert sum(result is None for result in results) >= 2


@on_a_virtual_clock
@pytest.mark.parametrize("completions", [4, 40])
async def test_completions_come_before_other_writes_and_lookups_last(completions: int) -> None:
    """If slots are scarce, requests that finish something come before those that lead to more."""
    admission = await throttled_after(10, 1.0)
    await asyncio.sleep(1)
    wishes = [(FIND, False), (UPDATE, False), ("find_content", True), (CREATE, False)] * 10
    wishes += [(CREATE, True)] * completions
    results = await asyncio.gather(
        *(admission.admit(kind, completes=completes) for kind, completes in wishes), return_exceptions=True
    )
    admitted = Counter(wish for wish, result in zip(wishes, results, strict=True) if result is None)
    assert admitted[CREATE, True] == min(completions, admitted.total())
    assert set(admitted) <= {(CREATE, True), (CREATE, False), (UPDATE, False)}


@on_a_virtual_clock
async def test_long_after_throttling_requests_are_free_again() -> None:
    """Nobody has been throttled lately."""
    admission = await throttled_after(10, 1.0)
    await asyncio.sleep(3600)
    began = now()
    await asyncio.gather(*(admission.admit(CREATE) for _ in range(100)))
    assert now() == began


@on_a_virtual_clock
async def test_trouble_is_not_throttling() -> None:
    """Several 5xx in a row refuse requests for a second, and nobody keeps a pace afterwards."""
    admission = Admission(hold=60, probe=1)
    for _ in range(10):
        await admission.admit(CREATE)
        admission.unavailable()
        admission.succeeded(CREATE)
    for _ in range(5):
        admission.unavailable()
    assert await refused(admission, CREATE) == 1
    await asyncio.sleep(1)
    await admission.admit(CREATE)
    await admission.admit(FIND)
    await admission.turn()
    assert await refused(admission, CREATE) == 2
    admission.succeeded(CREATE)
    await asyncio.gather(*(admission.admit(CREATE) for _ in range(100)))


@on_a_virtual_clock
async def test_successes_are_counted_with_those_of_others() -> None:
    """What others had reported at the last read, and what this process has seen since, told or not, add up."""
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
    """A process that goes quiet after a success has reported it within the time between two exchanges."""
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
    """When the process ends, no further exchange begins."""
    shared = Memory()
    admission = Admission(hold=60, probe=1, shared=shared, share=30)
    await admission.share()
    admission.succeeded(CREATE)
    await admission.close()
    await asyncio.sleep(60)
    assert shared.exchanges == 1


@on_a_virtual_clock
async def test_exchanges_follow_each_other() -> None:
    """Two exchanges at the same time would each show a count without the other's news."""
    shared = Slow()
    admission = Admission(hold=60, probe=1, shared=shared, share=30)
    for _ in range(2):
        admission.succeeded(CREATE)
        await asyncio.gather(admission.share(), admission.share(), admission.suspect(fault_of(CREATE), "r1"))
    assert shared.most == 1
    await admission.close()


@on_a_virtual_clock
async def test_whatever_storage_raises_stops_nobody() -> None:
    """An exchange that fails for an unknown reason is tried again later, with everything that was to be told."""
    admission = Admission(hold=60, probe=1, shared=Raising(), share=30)
    admission.succeeded(CREATE)
    await admission.listen()
    assert admission.successes(CREATE) == 1
    await admission.close()


@on_a_virtual_clock
async def test_that_graph_echoes_is_known_to_all() -> None:
    """A new process doesn't have to find out again that a response without the request's id isn't from Graph."""
    shared = Memory()
    ours, theirs = (Admission(hold=60, probe=1, shared=shared, share=30) for _ in range(2))
    assert not theirs.echoes("POST 201")
    ours.echoed("POST 201")
    await ours.share()
    await theirs.listen()
    assert (ours.echoes("POST 201"), theirs.echoes("POST 201"), theirs.echoes("GET 404")) == (True, True, False)
