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
    """Call `act` for all items, and return each item with its expected error, if there was one.

    `done` is called after each item.
    """
    slots = asyncio.Semaphore(CONCURRENCY)

    async def one(item: Item) -> tuple[Item, Exception | None]:
        async with slots:
            try:
                await act(item)
            except expected as error:
                return item, error
            finally:
                done()
            return item, None

    return await asyncio.gather(*(one(item) for item in items))
