"""Who finds out whether the fault behind a hold is gone, and when."""

import asyncio
from itertools import pairwise

import pytest

from activities.domain.errors import EverybodysFault
from tests.activities.graph.parts import HOLD, PROBE, admission_with, fail, held, on_a_virtual_clock

CREATE, UPDATE = "create/assignment", "update/assignment"


@on_a_virtual_clock
async def test_a_hold_admits_one_probe_and_the_first_soon() -> None:
    """The first probe is admitted after a few seconds. The others stay held while it's under way."""
    admission = admission_with()
    await fail(admission, ["r1", "r2", "r3"])
    await asyncio.sleep(HOLD / 60 - 1)
    assert await held(admission, CREATE)
    await asyncio.sleep(1)

    assert [await held(admission, CREATE) for _ in range(3)] == [False, True, True]

    await fail(admission, ["the probe"])
    assert await held(admission, CREATE)
    await asyncio.sleep(HOLD / 60)
    assert [await held(admission, CREATE) for _ in range(3)] == [False, True, True]


@on_a_virtual_clock
async def test_probes_become_rarer() -> None:
    """The next probe comes when the hold is a quarter older. So a long hold is probed every `HOLD_SECONDS`."""
    admission, now = admission_with(), asyncio.get_running_loop().time
    await fail(admission, ["r1", "r2", "r3"])
    begun, probes = now(), [0.0]
    while probes[-1] < 20 * HOLD:
        await asyncio.sleep(1)
        if not await held(admission, CREATE):
            probes.append(now() - begun)
            await fail(admission, ["the probe"])

    assert probes[1:4] == [5, 10, 15]
    pauses = [after - before for before, after in pairwise(probes)]
    assert all(pause <= max(5, before / 4 + 1) for before, pause in zip(probes[:-1], pauses, strict=True))
    assert (max(pauses), pauses[-1]) == (HOLD, HOLD)


@on_a_virtual_clock
async def test_what_is_held_waits_for_the_next_probe() -> None:
    """A hold says when another try is worthwhile: after the time between two probes."""
    admission = admission_with()
    await fail(admission, ["r1", "r2", "r3"])
    waits = []
    for seconds in (0, 4, 200):
        await asyncio.sleep(seconds)
        await fail(admission, ["the probe"])
        await held(admission, CREATE)  # perhaps the probe
        with pytest.raises(EverybodysFault) as caught:
            await admission.admit(CREATE)
        waits.append(caught.value.wait)
    assert waits == [5, 5, 51]


@on_a_virtual_clock
async def test_a_probe_that_tells_nothing_is_followed_by_another() -> None:
    """If a probe ends without a success or a fault that affects everybody, the next is admitted after its deadline."""
    admission = admission_with()
    await fail(admission, ["r1", "r2", "r3"])
    await asyncio.sleep(HOLD / 60)
    assert not await held(admission, CREATE)
    await asyncio.sleep(PROBE)
    assert not await held(admission, CREATE)


@on_a_virtual_clock
async def test_a_successful_probe_lifts_a_hold() -> None:
    """A success of the kind lifts its hold at once. A success of another kind doesn't."""
    admission = admission_with()
    await fail(admission, ["r1", "r2", "r3"])
    admission.succeeded(UPDATE)
    assert await held(admission, CREATE)
    admission.succeeded(CREATE)
    assert not await held(admission, CREATE)
