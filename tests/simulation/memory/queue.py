"""A queue of Azure Storage in memory."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.memory.refusals import refusal
from tests.simulation.memory.sdk import Client
from tests.simulation.memory.wire import Wire


@dataclass(eq=False, slots=True)
class Queued:
    """A message: when it becomes visible (by the loop's clock), and how often it has been delivered.

    `delay` is how long it was hidden at first.
    """

    number: int
    text: str
    visible_at: float
    delay: float = 0.0
    deliveries: int = 0


class Queue:
    """The messages of a queue. `changed` is called whenever one is added."""

    def __init__(self, name: str, changed: Callable[[], None] = lambda: None) -> None:
        self.name = name
        self.messages: list[Queued] = []
        self.exists = True
        self._changed = changed
        self._count = 0

    def put(self, text: str, after: float = 0.0) -> Queued:
        """Add a message that becomes visible after `after` seconds."""
        if not self.exists:
            raise refusal(404, "QueueNotFound")
        self._count += 1
        message = Queued(self._count, text, asyncio.get_running_loop().time() + after, after)
        self.messages.append(message)
        self._changed()
        return message

    def remove(self, message: Queued) -> None:
        """Delete a message, unless it has been deleted already."""
        if message in self.messages:
            self.messages.remove(message)


class MemoryQueue(Client):
    """The part of `QueueClient` that the app uses."""

    def __init__(self, queue: Queue, wire: Wire) -> None:
        super().__init__(wire)
        self._queue = queue

    async def send_message(self, content: str, *, visibility_timeout: int = 0, time_to_live: int) -> None:
        """Add a message, which never expires."""
        assert time_to_live == -1
        await self._send("queue:put", lambda: self._queue.put(content, visibility_timeout), self._queue.name)
