"""Keep a message invisible to other hosts while its function runs."""

import asyncio
from typing import Self

from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.queue.aio import QueueClient

from tools.develop.host.queue_message import Message, present
from tools.develop.host.waiting import is_set_within

SHORTEST_WAIT = 0.25  # shortest wait after a renewal has failed, in seconds


class MessageLock:
    """Extends a message's visibility timeout whenever half of it has passed; an async context manager.

    Every renewal changes the pop receipt.
    """

    def __init__(self, queue: QueueClient, message: Message, seconds: int) -> None:
        self.pop_receipt = message.pop_receipt
        self._queue = queue
        self._message_id = message.id
        self._seconds = seconds
        self._released = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._renewal = asyncio.create_task(self._renew())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._released.set()
        await self._renewal  # let a renewal in progress finish, or our pop receipt would be outdated

    async def _renew(self) -> None:
        wait = self._seconds / 2
        while not await is_set_within(self._released, wait):
            try:
                updated = await self._queue.update_message(
                    self._message_id, self.pop_receipt, visibility_timeout=self._seconds
                )
            except AzureError as error:
                if is_lost(error):
                    return
                wait = max(wait / 2, SHORTEST_WAIT)
            else:
                self.pop_receipt = present(updated.pop_receipt)
                wait = self._seconds / 2


def is_lost(error: AzureError) -> bool:
    """Tell whether another host has the message now, or the message no longer exists."""
    return isinstance(error, HttpResponseError) and error.status_code in {400, 404}
