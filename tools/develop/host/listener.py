"""Feeds one function from its queue, as the Functions host's storage queue listener does."""

import asyncio
import random

from azure.core.exceptions import AzureError, ResourceNotFoundError

from tools.develop.host.lease import happens
from tools.develop.host.log import logger
from tools.develop.host.message import Message
from tools.develop.host.turn import Turns

SHORTEST_POLL = 0.1  # seconds


class QueueListener:
    """Polls a queue; up to batchSize + newBatchThreshold messages have their turn side by side."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._source = turns.source
        self._running: set[asyncio.Task[None]] = set()
        self._trouble: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`; then let what runs finish."""
        options = self._source.options
        poll = Backoff(options.max_polling_interval.total_seconds())
        while not stop.is_set():
            batch = await self._receive()
            for message in batch:
                self._running.add(asyncio.create_task(self._turns.take(message)))
            if batch:
                poll.restart()
                await self._at_most(options.new_batch_threshold)
            else:
                await happens(stop, within=poll.next())
        await self._at_most(0)

    async def _receive(self) -> list[Message]:
        """Receive one batch in one request; trouble is told once, and polling goes on."""
        queue, name = self._source.queue, self._source.name
        options = self._source.options
        pages = queue.receive_messages(
            messages_per_page=options.batch_size,
            visibility_timeout=self._source.lease_seconds,
            retry_total=0,  # the next poll tries again
        ).by_page()
        batch: list[Message] = []
        trouble = None
        try:
            batch = [Message.received(message) async for message in await anext(pages)]
        except StopAsyncIteration:
            pass  # the queue is empty
        except ResourceNotFoundError:
            trouble = f"queue {name} does not exist; waiting for it"
        except AzureError as error:
            trouble = f"queue {name} cannot be read, trying on: {type(error).__name__}"
        if trouble != self._trouble:
            logger.warning(trouble or f"queue {name} can be read")
        self._trouble = trouble
        return batch

    async def _at_most(self, number: int) -> None:
        """Wait until no more than so many messages are having their turn."""
        while True:
            for task in [task for task in self._running if task.done()]:
                self._running.remove(task)
                task.result()  # an exception here is a bug of the host, and ends it
            if len(self._running) <= number:
                return
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)


class Backoff:
    """The pause between polls: 100 ms after a message, then growing by a random power of two up to the longest.

    As RandomizedExponentialBackoffStrategy in Azure/azure-sdk-for-net.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._step = 0

    def restart(self) -> None:
        """Begin again with the shortest pause."""
        self._step = 0

    def next(self) -> float:
        """Seconds to wait now."""
        step, self._step = self._step, min(self._step + 1, 30)
        spread = random.uniform(0.8, 1.2)  # noqa: S311 - nothing secret
        growth = spread * 2 ** (step - 1) if step else 0
        return min(SHORTEST_POLL * (1 + growth), self._longest)
