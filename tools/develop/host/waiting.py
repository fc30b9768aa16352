"""Waiting for an event that may not come in time."""

import asyncio


async def is_set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait until an event is set, at most for some seconds; tell whether it was set."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
