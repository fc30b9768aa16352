"""Waits for conditions that only polling can observe."""

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(holds: Callable[[], bool | Awaitable[bool]], within: float = 30) -> None:
    """Wait until a condition holds.

    Raises:
        TimeoutError: it doesn't hold within this many seconds.
    """
    async with asyncio.timeout(within):
        while True:
            result = holds()
            if result if isinstance(result, bool) else await result:
                return
            await asyncio.sleep(0.05)
