"""When a request may be sent to Graph."""

import asyncio

import pytest

from activities.domain.errors import ConfigurationFault, Throttled
from activities.domain.outcomes import Action, Done, Retry, RetryReason
from activities.graph.admission import Admission
from activities.service import Service
from tests.activities.test_handler import changed
from tools.develop.simulator import Simulator


async def test_nothing_is_sent_while_graph_is_closed() -> None:
    """After throttling, all kinds of requests are refused, with the time that is left."""
    admission = Admission(hold=60, probe=1)
    admission.throttled(30)

    for kind in ("assignment", "user"):
        with pytest.raises(Throttled) as refused:
            await admission.admit(kind)
        assert 29 < (refused.value.after or 0) <= 30


async def test_requests_keep_an_interval_after_throttling() -> None:
    """Once throttled, requests are sent one by one. Those that would have to wait long are refused with a time."""
    admission = Admission(hold=60, probe=1)
    for _ in range(4):
        admission.throttled(0)

    results = await asyncio.gather(*(admission.admit("assignment") for _ in range(10)), return_exceptions=True)

    refused = [result for result in results if isinstance(result, Throttled)]
    assert 1 <= len(refused) < 10


async def test_refusals_that_come_together_count_as_one() -> None:
    """Requests that were under way when Graph throttled do not each double the interval."""
    admission, single = Admission(hold=60, probe=1), Admission(hold=60, probe=1)
    single.throttled(0.05)
    for _ in range(12):
        admission.throttled(0.05)
    await asyncio.sleep(0.06)

    assert await _slots(admission) == await _slots(single)


async def test_successes_shorten_the_interval_again() -> None:
    """After enough successes nothing is left of an old throttling."""
    admission = Admission(hold=60, probe=1)
    admission.throttled(0)
    for _ in range(200):
        admission.succeeded("assignment")

    assert await _slots(admission) == 100


async def _slots(admission: Admission) -> int:
    """How many of a hundred requests that come together are admitted."""
    results = await asyncio.gather(*(admission.admit("assignment") for _ in range(100)), return_exceptions=True)
    return sum(result is None for result in results)


async def test_a_hold_lets_one_request_find_out() -> None:
    """When a hold is over, one request goes ahead and the others stay held until it has succeeded."""
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


async def test_an_unclear_response_does_not_lift_a_hold(service: Service, simulator: Simulator) -> None:
    """A server error says nothing about the fault that holds, so the other events stay held."""
    simulator.config.sync_enabled = False
    await service.handler.event(changed())
    await asyncio.sleep(service.settings.hold_seconds + 0.1)
    simulator.fault(operation="create", status=500)
    await service.handler.event(changed(enrollmentId="the one that finds out"))
    sent = len(simulator.requests)

    held = await service.handler.event(changed(enrollmentId="another"))

    assert isinstance(held, Retry)
    assert held.reason is RetryReason.HOLD
    assert len(simulator.requests) == sent


async def test_a_hold_is_lifted_by_the_request_that_finds_out(service: Service, simulator: Simulator) -> None:
    """A fault of the tenant holds its events and ends by itself once the fault is gone."""
    simulator.config.sync_enabled = False
    held = await service.handler.event(changed())
    simulator.config.sync_enabled = True
    sent = len(simulator.requests)
    still_held = await service.handler.event(changed(enrollmentId="another"))
    assert len(simulator.requests) == sent
    await asyncio.sleep(service.settings.hold_seconds + 0.1)

    assert isinstance(held, Retry)
    assert isinstance(still_held, Retry)
    assert (held.reason, still_held.reason) == (RetryReason.HOLD, RetryReason.HOLD)
    assert Done(Action.CREATED) == await service.handler.event(changed(enrollmentId="a third"))
