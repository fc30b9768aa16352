"""Sends messages to the queue, a limited number at a time and at most at a given rate."""

import asyncio
import time
from collections.abc import Callable, Iterator
from itertools import batched, compress

from azure.core.exceptions import AzureError
from azure.storage.queue.aio import QueueClient

from tools.operate.publish.items import Item
from tools.operate.publish.journal import Journal

# How many are sent together before the journal notes how far the run is.
_AT_ONCE = 32
NEVER = -1


async def send(  # noqa: PLR0913  all are needed
    items: Iterator[Item],
    queue: QueueClient,
    journal: Journal,
    *,
    takes: Callable[[Item], bool],
    rate: float | None = None,
    done: Callable[[int], None] = lambda _: None,
) -> int:
    """Send the items that `takes` accepts, and return how many were sent.

    Args:
        items: what to send.
        queue: where to send it.
        journal: notes how far the run is.
        takes: says whether to send an item. It's called once for each, in order.
        rate: the most items to send per second.
        done: called with the number of items that were sent or left out since the last call.

    Raises:
        AzureError: storage refused an item. What the journal notes has been sent.
    """
    sent, begun = 0, time.monotonic()
    size = _AT_ONCE if rate is None else max(1, min(_AT_ONCE, int(rate)))
    for chunk in batched(items, size, strict=False):
        if rate is not None:
            await asyncio.sleep(begun + sent / rate - time.monotonic())
        taken = [takes(item) for item in chunk]
        await _together(list(compress(chunk, taken)), queue)
        sent += sum(taken)
        for item, is_sent in zip(chunk, taken, strict=True):
            journal.add(item, refused=not is_sent)
        journal.save()
        done(len(chunk))
    journal.end()
    return sent


async def _together(items: list[Item], queue: QueueClient) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(_put(item, queue))
    except* AzureError as refused:
        raise _first(refused) from None


async def _put(item: Item, queue: QueueClient) -> None:
    await queue.send_message(item.text, time_to_live=NEVER)


def _first(group: BaseExceptionGroup[AzureError]) -> AzureError:
    found = group.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
