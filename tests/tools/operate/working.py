"""Runs the app in the test process while a command waits for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from activities.service import Service
from tests.native_event import event_body
from tools.develop.simulator import Simulator

_PAUSE = 0.05


@asynccontextmanager
async def at_work(service: Service) -> AsyncIterator[None]:
    """Handle messages from the two queues, as the host does, until the block ends. No message is left half handled."""
    over = asyncio.Event()
    working = asyncio.ensure_future(_work(service, over))
    try:
        yield
    finally:
        over.set()
        await working


async def drained(service: Service) -> None:
    """Handle everything on the two queues, including messages that are still hidden, until both are empty."""
    while await _left(service):
        await _handle_visible(service)
        await asyncio.sleep(_PAUSE)


async def shown(service: Service) -> None:
    """Wait until Graph is certain to show what the app wrote last."""
    await asyncio.sleep(service.settings.settle + service.settings.clock_margin)


async def hold(service: Service, simulator: Simulator) -> None:
    """Take the permission for assignments away, and let events fail until all processes know about the hold."""
    simulator.configure(permissions={"selfInitiated", "content", "user"})
    async with asyncio.timeout(30):
        for number in count():
            await service.handler.event(event_body(enrollmentId=f"another {number}"))
            if (await service.shared.known()).held:
                return
            await asyncio.sleep(_PAUSE)


async def _work(service: Service, over: asyncio.Event) -> None:
    while not over.is_set():
        await _handle_visible(service)
        await asyncio.sleep(_PAUSE)


async def _handle_visible(service: Service) -> None:
    settings, handler = service.settings, service.handler
    for name, handle in ((settings.events_queue, handler.event), (settings.retry_queue, handler.retry)):
        queue = service.storage.queue(name)
        async for message in queue.receive_messages(max_messages=32):
            await handle(message.content.encode())
            await queue.delete_message(message)


async def _left(service: Service) -> int:
    names = (service.settings.events_queue, service.settings.retry_queue)
    found = [await service.storage.queue(name).get_queue_properties() for name in names]
    return sum(properties.approximate_message_count or 0 for properties in found)
