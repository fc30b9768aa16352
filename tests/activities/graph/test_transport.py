"""What a response means for the requests that come next."""

import asyncio

from activities.domain.outcomes import Action, Done, Retry, RetryReason
from activities.service import Service
from tests.native_event import event_body
from tools.develop.simulator import Simulator


async def test_a_successful_probe_lifts_a_hold(service: Service, simulator: Simulator) -> None:
    """A fault of the tenant holds its events, and the hold ends by itself once the fault is fixed."""
    simulator.config.sync_enabled = False
    held = await service.handler.event(event_body())
    simulator.config.sync_enabled = True
    sent = len(simulator.requests)
    still_held = await service.handler.event(event_body(enrollmentId="another"))
    assert len(simulator.requests) == sent
    await asyncio.sleep(service.settings.hold_seconds + 0.1)

    assert isinstance(held, Retry)
    assert isinstance(still_held, Retry)
    assert (held.reason, still_held.reason) == (RetryReason.HOLD, RetryReason.HOLD)
    assert Done(Action.CREATED) == await service.handler.event(event_body(enrollmentId="the probe"))


async def test_an_unclear_response_does_not_lift_a_hold(service: Service, simulator: Simulator) -> None:
    """A server error says nothing about the fault, so the other events stay held."""
    simulator.config.sync_enabled = False
    await service.handler.event(event_body())
    await asyncio.sleep(service.settings.hold_seconds + 0.1)
    simulator.fault(operation="create", status=500)
    await service.handler.event(event_body(enrollmentId="the probe"))
    sent = len(simulator.requests)

    held = await service.handler.event(event_body(enrollmentId="another"))

    assert isinstance(held, Retry)
    assert held.reason is RetryReason.HOLD
    assert len(simulator.requests) == sent
