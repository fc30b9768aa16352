"""Doing the same to many things at once, a few at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from azure.core.exceptions import AzureError

AT_ONCE = 16


async def each[Item](
    items: Iterable[Item],
    act: Callable[[Item], Awaitable[None]],
    done: Callable[[], None] = lambda: None,
    *,
    expected: tuple[type[Exception], ...] = (AzureError,),
) -> list[tuple[Item, Exception | None]]:
    """Act on all items, a few at a time, and tell of each which expected error it met, if any.

    `done` is called after each.
    """
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(item: Item) -> tuple[Item, Exception | None]:
        async with turns:
            try:
                await act(item)
            except expected as error:
                return item, error
            finally:
                done()
            return item, None

    return await asyncio.gather(*(one(item) for item in items))
