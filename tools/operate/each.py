"""Concurrent work on many items, a limited number at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from azure.core.exceptions import AzureError

CONCURRENCY = 16


async def each[Item](
    items: Iterable[Item],
    act: Callable[[Item], Awaitable[None]],
    done: Callable[[], None] = lambda: None,
    *,
    expected: tuple[type[Exception], ...] = (AzureError,),
) -> list[tuple[Item, Exception | None]]:
    """Call `act` with every item, and return each item with its expected error, if there was one.

    Items are started in order. `done` is called after each item.
    """
    results: list[tuple[Item, Exception | None]] = []
    waiting = iter(items)

    async def work() -> None:
        for item in waiting:
            error = None
            try:
                await act(item)
            except expected as raised:
                error = raised
            finally:
                done()
            results.append((item, error))

    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return results
