"""Keeps a message invisible to others while its function runs."""

import asyncio
from typing import Self

from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.queue.aio import QueueClient

from tools.develop.host.message import Message, given

SHORTEST_WAIT = 0.25  # seconds between attempts when renewing fails


class Lease:
    """Renews a message's invisibility at half time; each renewal changes the pop receipt."""

    def __init__(self, queue: QueueClient, message: Message, seconds: int) -> None:
        self.pop_receipt = message.pop_receipt
        self._queue = queue
        self._message_id = message.id
        self._seconds = seconds
        self._over = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._renewal = asyncio.create_task(self._renew())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await self._renewal  # a renewal under way must end first, or the receipt would be stale

    async def _renew(self) -> None:
        wait = self._seconds / 2
        while not await happens(self._over, within=wait):
            try:
                updated = await self._queue.update_message(
                    self._message_id, self.pop_receipt, visibility_timeout=self._seconds
                )
            except AzureError as error:
                if is_lost(error):
                    return
                wait = max(wait / 2, SHORTEST_WAIT)
            else:
                self.pop_receipt = given(updated.pop_receipt)
                wait = self._seconds / 2


def is_lost(error: AzureError) -> bool:
    """Tell whether somebody else has the message, or it is gone: nothing is left to do for us."""
    return isinstance(error, HttpResponseError) and error.status_code in {400, 404}


async def happens(event: asyncio.Event, *, within: float) -> bool:
    """Wait for an event for so many seconds; tell whether it happened."""
    try:
        async with asyncio.timeout(within):
            return await event.wait()
    except TimeoutError:
        return False
