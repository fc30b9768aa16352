"""When a request may be sent to Graph."""

import asyncio

import pytest

from activities.domain.errors import ConfigurationFault, Throttled
from activities.graph.admission import Admission


async def test_nothing_is_admitted_while_graph_is_closed() -> None:
    """After throttling, requests of every kind are refused with the time that is left."""
    admission = Admission(hold=60, probe=1)
    admission.throttled(30)

    for kind in ("assignment", "user"):
        with pytest.raises(Throttled) as refused:
            await admission.admit(kind)
        assert 29 < (refused.value.after or 0) <= 30


async def test_requests_keep_an_interval_after_throttling() -> None:
    """After throttling, requests are sent one by one, and those that would wait for long are refused with a time."""
    admission = Admission(hold=60, probe=1)
    for _ in range(4):
        admission.throttled(0)

    results = await asyncio.gather(*(admission.admit("assignment") for _ in range(10)), return_exceptions=True)

    refused = [result for result in results if isinstance(result, Throttled)]
    assert 1 <= len(refused) < 10


async def test_throttled_responses_that_come_together_count_as_one() -> None:
    """Requests that were under way when Graph began to throttle do not each double the interval."""
    admission, single = Admission(hold=60, probe=1), Admission(hold=60, probe=1)
    single.throttled(0.05)
    for _ in range(12):
        admission.throttled(0.05)
    await asyncio.sleep(0.06)

    assert await admitted_of_a_hundred(admission) == await admitted_of_a_hundred(single)


async def test_successes_shorten_the_interval() -> None:
    """After enough successes, nothing is left of an earlier throttling."""
    admission = Admission(hold=60, probe=1)
    admission.throttled(0)
    for _ in range(200):
        admission.succeeded("assignment")

    assert await admitted_of_a_hundred(admission) == 100


async def test_a_hold_admits_one_probe() -> None:
    """When a hold has run out, one request is admitted, and the others stay held until it has succeeded."""
    admission = Admission(hold=0.05, probe=60)
    admission.hold("assignment", "create: 403")
    with pytest.raises(ConfigurationFault):
        await admission.admit("assignment")
    await admission.admit("selfInitiated")
    await asyncio.sleep(0.06)

    await admission.admit("assignment")
    with pytest.raises(ConfigurationFault, match="create: 403"):
        await admission.admit("assignment")
    admission.succeeded("assignment")
    await admission.admit("assignment")


async def admitted_of_a_hundred(admission: Admission) -> int:
    """Send a hundred requests at once, and count those that are admitted."""
    results = await asyncio.gather(*(admission.admit("assignment") for _ in range(100)), return_exceptions=True)
    return sum(result is None for result in results)
