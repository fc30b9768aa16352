"""The app's host, which delivers each message at least once, and deletes it once it has been handled.

It behaves like the storage queue listener: a message is hidden while it's being handled, reappears some time after a
failure or a crash, and goes to the poison queue after its last try.
"""

import asyncio
import traceback
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError

from activities.domain.errors import Unhandled
from tests.simulation.around import Around
from tests.simulation.memory.queue import Queue, Queued
from tests.simulation.memory.wire import Answered, NoAnswer, NoConnection
from tests.simulation.process import Process

if TYPE_CHECKING:
    from collections.abc import Callable

    from activities.domain.outcomes import Outcome

# The values of host.json, and how long the listener hides a message.
RETRIED_AFTER = 90.0
DELIVERIES = 10
HIDDEN = 600.0
_NEVER = float("inf")
# No run has this many messages, unless they multiply.
MOST = 1000


class Host:
    """Delivers messages to the processes of a world.

    Attributes:
        deliveries: how many messages have been delivered so far.
        careless: how often a message reappears while it's being handled.
        ended: set whenever the handling of a message has ended.
        handled: called with each message and its outcome.
    """

    def __init__(self, world: Around, *, careless: float = 0.0) -> None:
        self.deliveries = 0
        self.careless = careless
        self._world = world
        self.ended = asyncio.Event()
        self.handled: Callable[[str, Outcome], None] = lambda *_: None
        self._changed = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], tuple[Process, Queue, Queued]] = {}

    @property
    def idle(self) -> bool:
        """Whether there is no message, and nothing is being handled."""
        return not self._under_way and not any(queue.messages for queue in self._world.queues.values())

    def change(self) -> None:
        """Look at the queues again, because something has changed."""
        self._changed.set()

    async def run(self) -> None:
        """Deliver messages forever."""
        loop = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            following = self._deliver_all()
            timer = None if following == _NEVER else loop.call_at(following, self._changed.set)
            await self._changed.wait()
            if timer is not None:
                timer.cancel()

    def lost(self, process: Process) -> None:
        """Let a dead process's messages reappear when the listener would no longer hide them."""
        now, random = asyncio.get_running_loop().time(), self._world.random
        for owner, _, message in self._under_way.values():
            if owner is process:
                message.visible_at = min(message.visible_at, now + random.uniform(1.0, HIDDEN))
        self.change()

    def _deliver_all(self) -> float:
        """Deliver the visible messages, and return when the next one will be visible."""
        now, following, world = asyncio.get_running_loop().time(), _NEVER, self._world
        visible: list[tuple[Queue, Queued]] = []
        if sum(len(queue.messages) for queue in world.queues.values()) > MOST:
            world.fail("messages multiply")
            for queue in world.queues.values():
                queue.messages.clear()
            self.ended.set()
        for queue in world.queues.values():
            for message in queue.messages:
                if message.visible_at <= now:
                    visible.append((queue, message))
                else:
                    following = min(following, message.visible_at)
        if visible:
            world.random.shuffle(visible)
        for queue, message in visible:
            process = world.process_for(queue.name)
            if process is None:
                # The next invocation that ends calls `change`.
                break
            self._deliver(process, queue, message)
            following = min(following, message.visible_at)
        return following

    def _deliver(self, process: Process, queue: Queue, message: Queued) -> None:
        random, now = self._world.random, asyncio.get_running_loop().time()
        if message.deliveries >= DELIVERIES and not queue.name.endswith("-poison"):
            self._world.tell(f"host gives up {queue.name} {message.number}")
            self._world.queues[f"{queue.name}-poison"].put(message.text)
            queue.remove(message)
            return
        self.deliveries += 1
        message.deliveries += 1
        message.visible_at = now + random.uniform(0.5, 40.0) if random.random() < self.careless else _NEVER
        process.busy += 1
        task = asyncio.get_running_loop().create_task(self._handle(process, queue, message))
        self._under_way[task] = process, queue, message
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        process, _, _ = self._under_way.pop(task)
        process.busy -= 1
        self.ended.set()
        self.change()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._world.fail("".join(traceback.format_exception(error)))

    async def _handle(self, process: Process, queue: Queue, message: Queued) -> None:
        world, delivery = self._world, message.deliveries
        await asyncio.sleep(world.random.uniform(0.0, 0.2))
        if process.dead:
            return
        world.tell(f"{process.name} gets {queue.name} {message.number}, delivery {delivery}")
        try:
            outcome = await process.handle(queue.name, message.text)
            world.tell(f"{process.name} ends {queue.name} {message.number}: {outcome}")
            self.handled(message.text, outcome)
            await process.send("queue:delete", lambda: self._delete(queue, message, delivery), queue.name)
        except (AzureError, TimeoutError, NoConnection, NoAnswer, Answered, Unhandled) as error:
            world.tell(f"{process.name} fails {queue.name} {message.number}: {error!r}")
            if message.deliveries == delivery:
                message.visible_at = asyncio.get_running_loop().time() + RETRIED_AFTER

    def _delete(self, queue: Queue, message: Queued, delivery: int) -> None:
        """Delete a message, unless it has been delivered again since."""
        if message.deliveries == delivery and message in queue.messages:
            queue.remove(message)
            self._world.watch.deleted(queue, message)
            self.ended.set()
