"""Listen to one function's queue, as the Functions host's storage queue listener does."""

import asyncio
import random

from azure.core.exceptions import AzureError, DecodeError, ResourceNotFoundError

from tools.develop.host.log import logger
from tools.develop.host.processor import QueueProcessor
from tools.develop.host.queue_message import Message
from tools.develop.host.waiting import is_set_within

SHORTEST_POLL = 0.1  # seconds


class ListenerDiedError(Exception):
    """The Functions host's listener would have died here, and its process too."""


class QueueListener:
    """Polls a queue and processes up to batchSize + newBatchThreshold messages concurrently."""

    def __init__(self, processor: QueueProcessor) -> None:
        self._processor = processor
        self._source = processor.source
        self._processing: set[asyncio.Task[None]] = set()
        self._problem: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`, then finish the messages that are being processed.

        Raises:
            ListenerDiedError: a batch has a message with a character that's not allowed in XML.
        """
        options = self._source.options
        poll = Backoff(options.max_polling_interval.total_seconds())
        while not stop.is_set():
            batch = await self._receive()
            for message in batch:
                self._processing.add(asyncio.create_task(self._processor.process(message)))
            if batch:
                poll.restart()
                await self._at_most(options.new_batch_threshold)
            else:
                await is_set_within(stop, poll.next())
        await self._at_most(0)

    async def _receive(self) -> list[Message]:
        """Receive one batch with one request. A problem is logged only once, and polling continues."""
        queue, name = self._source.queue, self._source.name
        options = self._source.options
        pages = queue.receive_messages(
            messages_per_page=options.batch_size,
            visibility_timeout=self._source.lock_seconds,
            retry_total=0,  # the next poll is the retry
        ).by_page()
        batch: list[Message] = []
        problem = None
        try:
            batch = [Message.received(message) async for message in await anext(pages)]
        except StopAsyncIteration:
            pass  # the queue is empty
        except DecodeError:
            # The Functions host's listener doesn't catch this either. The batch stays hidden until its lock ends.
            raise ListenerDiedError(f"a message on queue {name} has a character that XML can't represent") from None
        except ResourceNotFoundError:
            problem = f"queue {name} doesn't exist. Waiting until somebody creates it"
        except AzureError as error:
            problem = f"queue {name} can't be read. Trying again: {type(error).__name__}"
        if problem != self._problem:
            logger.warning(problem or f"queue {name} can be read again")
        self._problem = problem
        return batch

    async def _at_most(self, number: int) -> None:
        """Wait until no more than `number` messages are being processed."""
        while True:
            for task in [task for task in self._processing if task.done()]:
                self._processing.remove(task)
                task.result()  # an exception here is a bug in the host, and ends it
            if len(self._processing) <= number:
                return
            await asyncio.wait(self._processing, return_when=asyncio.FIRST_COMPLETED)


class Backoff:
    """The pause between polls: 100 ms after a message, then roughly doubling each time, up to the longest.

    Follows RandomizedExponentialBackoffStrategy in Azure/azure-sdk-for-net.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._step = 0

    def restart(self) -> None:
        """Start again with the shortest pause."""
        self._step = 0

    def next(self) -> float:
        """Return the next pause in seconds."""
        step, self._step = self._step, min(self._step + 1, 30)
        spread = random.uniform(0.8, 1.2)  # noqa: S311 - nothing secret
        growth = spread * 2 ** (step - 1) if step else 0
        return min(SHORTEST_POLL * (1 + growth), self._longest)
