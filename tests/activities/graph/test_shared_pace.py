"""Several processes under one quota: one pace, one clock, and what happens without the row."""

import asyncio
from itertools import chain
from random import Random

import pytest

from activities.domain.errors import Throttled
from activities.graph.admission import Admission
from tests.activities.graph.paced import CREATE, answered, closed_for, gaps, now, sent_by
from tests.activities.graph.parts import Silent, on_a_virtual_clock
from tests.simulation.quota import Processes


async def throttled(*ahead: float) -> Processes:
    """Return processes with such clocks. The first of them was throttled after ten requests."""
    processes = Processes(Random(1), ahead)  # noqa: S311  the same in every run
    first = next(iter(processes))
    await answered(first, 10)
    first.throttled(1.0)
    await asyncio.gather(*(one.share() for one in processes))
    await asyncio.sleep(1)
    return processes


@on_a_virtual_clock
async def test_what_one_process_is_told_closes_all() -> None:
    """Their clocks are ten seconds apart. By the row's clock, they agree to within a few milliseconds."""
    processes = Processes(Random(1), (-5.0, 5.0))  # noqa: S311  the same in every run
    ours, theirs = processes
    ours.throttled(30.0)
    await ours.share()
    await theirs.share()
    for admission in (ours, theirs):
        with pytest.raises(Throttled) as closed:
            await admission.turn()
        assert closed.value.after == pytest.approx(30, abs=0.3)
    await processes.close()


@on_a_virtual_clock
async def test_processes_share_one_pace() -> None:
    """Whatever their clocks say, their requests follow each other at equal intervals."""
    processes = await throttled(-5.0, 0.0, 5.0)
    times = sorted(chain(*await asyncio.gather(*(sent_by(one, 10, at_once=3) for one in processes))))
    assert min(gaps(times)) > 0.7 / 9.7
    assert 29 / (times[-1] - times[0]) < 10
    await processes.close()


@on_a_virtual_clock
async def test_a_process_that_dies_loses_a_second_or_two() -> None:
    """It has reserved no more slots than fit into a moment."""
    processes = await throttled(0.0, 0.0)
    dying, other = processes
    lost = [asyncio.create_task(dying.admit(CREATE)) for _ in range(500)]
    await asyncio.sleep(0.06)
    for task in lost:
        task.cancel()
    began = now()
    while True:
        try:
            await other.admit(CREATE)
            break
        except Throttled:
            await asyncio.sleep(0.1)
    assert now() - began < 3
    await processes.close()


@on_a_virtual_clock
async def test_without_the_row_each_process_paces_itself() -> None:
    """Nobody waits long for a row that doesn't respond. After that, nobody waits for it at all for a while."""
    admission = Admission(hold=60, probe=1, shared=Silent())
    await answered(admission, 10)
    await asyncio.sleep(6)
    admission.throttled(1.0)
    await asyncio.sleep(1)
    began = now()
    times = await sent_by(admission, 10)
    assert times[0] - began < 2.5
    assert max(gaps(times)) < 2 * min(gaps(times))
    await admission.close()


@on_a_virtual_clock
async def test_without_the_row_a_process_keeps_to_its_part() -> None:
    """It keeps the share of all slots that it last took."""
    processes = await throttled(0.0, 0.0)
    ours, theirs = processes
    await asyncio.gather(sent_by(ours, 60, at_once=6), sent_by(theirs, 60, at_once=6))
    processes.table.exists = False
    times = await sent_by(ours, 20, at_once=6)
    assert 3 < 20 / (times[-1] - times[0]) < 7
    await processes.close()


@on_a_virtual_clock
async def test_a_clock_that_is_set_changes_nothing_about_a_pace() -> None:
    """A process that started with a clock hours ahead keeps its pace when the row finally tells the time."""
    processes = Processes(Random(1), (7200.0,))  # noqa: S311  the same in every run
    (admission,) = processes
    processes.table.exists = False
    await answered(admission, 10)
    admission.throttled(1.0)
    await admission.share()
    processes.table.exists = True
    while now() < 2:
        assert closed_for(admission) <= 1
        await asyncio.sleep(0.001)
    began = now()
    times = await sent_by(admission, 30)
    assert times[0] - began < 1
    assert max(gaps(times)) < 2
    await processes.close()


@on_a_virtual_clock
async def test_a_process_that_learns_the_pace_before_it_sends_spoils_no_estimate() -> None:
    """It was admitted while requests were free, and counts as part of the burst that was throttled."""
    await asyncio.sleep(100_000)
    processes = Processes(Random(1), (0.0, 0.0))  # noqa: S311  the same in every run
    ours, theirs = processes
    await theirs.admit(CREATE)
    await answered(ours, 10)
    ours.throttled(1.0)
    await ours.share()
    await theirs.share()
    await asyncio.sleep(1)
    await theirs.turn()
    theirs.succeeded(CREATE)
    await theirs.share()
    times = await sent_by(theirs, 20)
    assert max(gaps(times)) < 0.2
    await processes.close()
