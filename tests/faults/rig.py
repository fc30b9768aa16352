"""The local stack, with short times and a fault proxy in front of each service that its workers use."""

import asyncio
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, Self

import psutil
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue.aio import QueueServiceClient

from activities.storage.letters import Letters
from tests.faults.drain import drain
from tests.faults.exchange import Exchange
from tests.faults.fronts import Fronts
from tests.faults.proxied import Proxied
from tests.faults.workload import Event
from tools.develop.host.log import Invocation
from tools.develop.host.process import HostProcess, embedded
from tools.develop.simulator import Simulator
from tools.develop.stack import APP_ROOT, INHERITED, NAMES, Stack

EVENTS, RETRIES = (NAMES[name] for name in ("LMS_EVENTS_QUEUE", "LMS_EVENTS_RETRY_QUEUE"))
# In the order in which messages pass through them.
EMPTY_IN_THE_END = (EVENTS, RETRIES, f"{EVENTS}-poison", f"{RETRIES}-poison")
_QUEUES = "AzureFunctionsJobHost__extensions__queues__"
# The proportions are those of production: deadline < lease, and a released message is visible after lease + margin.
TIMES = {
    "GRAPH_DEADLINE_SECONDS": "2",
    "LEASE_SECONDS": "2.5",
    "CLOCK_MARGIN_SECONDS": "0.3",
    "SETTLE_SECONDS": "0.5",
    "HOLD_SECONDS": "1",
    f"{_QUEUES}visibilityTimeout": "00:00:03",
    f"{_QUEUES}maxDequeueCount": "20",
    f"{_QUEUES}maxPollingInterval": "00:00:00.300",
}
# For tests that often wait for a lease to end. A request that takes longer is simply tried again.
SHORTEST = {
    "GRAPH_DEADLINE_SECONDS": "1.2",
    "LEASE_SECONDS": "1.5",
    "CLOCK_MARGIN_SECONDS": "0.2",
    "SETTLE_SECONDS": "0.2",
    f"{_QUEUES}visibilityTimeout": "00:00:02",
}
# Seconds for which the host hides a message that is being handled. In production: 600.
LOCK_SECONDS = 2
# Much longer than any pause in these tests, so that only a real standstill ends a test.
STALLED_AFTER = 90
FEED_SECONDS = 0.1


class Rig:
    """An async context manager that runs storage, Graph and the proxies. Tests start the workers.

    A worker is a host with a process for each function. The processes share no memory.

    Args:
        settings: app settings that replace those of TIMES.
        simulator: the simulator to use for Graph.
        fronts: makes what stands in front of the services that the app settings name, usually a proxy for each. None
            makes the stack faster.
        lock_seconds: for how long the host hides a message that is being handled.
    """

    def __init__(
        self,
        *,
        settings: Mapping[str, str] | None = None,
        simulator: Simulator | None = None,
        fronts: Callable[[dict[str, str]], Fronts[Any]] | None = Proxied,
        lock_seconds: int = LOCK_SECONDS,
    ) -> None:
        self.stack = Stack(0, settings={**TIMES, **(settings or {})}, simulator=simulator, embedded_only=True)
        self.proxied: Any
        self.workers: list[HostProcess] = []
        self._fronts = fronts
        self._lock_seconds = lock_seconds
        self._started = 0

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as entered:
            self._folder = Path(entered.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
            await entered.enter_async_context(self.stack)
            self._environment = self.stack.environment
            if self._fronts is not None:
                self.proxied = await entered.enter_async_context(self._fronts(self._environment))
                self._environment = self.proxied.environment
            service = QueueServiceClient.from_connection_string(self.stack.connection_string)
            self._queues = await entered.enter_async_context(service)
            container = NAMES["DEAD_LETTER_CONTAINER"]
            client = ContainerClient.from_connection_string(self.stack.connection_string, container)
            self._letters = Letters(await entered.enter_async_context(client))
            entered.push_async_callback(self._end)
            self._entered = entered.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._entered.aclose()

    @property
    def simulator(self) -> Simulator:
        """The simulated Graph."""
        return self.stack.simulator

    async def start(self, **settings: str) -> HostProcess:
        """Start one more worker with these additional app settings, and wait until it listens."""
        self._started += 1
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        worker = embedded(
            APP_ROOT,
            inherited | self._environment | settings,
            self._folder,
            f"worker-{self._started}",
            lock_seconds=self._lock_seconds,
        )
        self.workers.append(worker)
        await worker.ready()
        return worker

    async def end(self, worker: HostProcess) -> None:
        """End a worker as a failing machine would: the processes of all its functions are killed."""
        worker.kill()
        await worker.wait()
        self.workers.remove(worker)

    def sender(self, exchange: Exchange) -> int | None:
        """Return the id of the process that sent a request and awaits its response, or None if it has died."""
        for pid in [pid for worker in self.workers for pid in worker.functions().values()]:
            with suppress(psutil.NoSuchProcess):
                connections = psutil.Process(pid).net_connections("tcp")
                if exchange.client in {connection.laddr.port for connection in connections}:
                    return pid
        return None

    async def publish(self, messages: Iterable[Event | list[Event]], at_once: int = 8) -> None:
        """Put messages on the inbound queue, a given number at the same time."""
        queue = self._queues.get_queue_client(EVENTS)
        left = iter(messages)

        async def send() -> None:
            for message in left:
                await queue.send_message(json.dumps(message), time_to_live=-1)

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(send())

    async def feed(self, messages: Sequence[Event], backlog: int = 200) -> None:
        """Publish messages as workers take them, because Azurite is slow with a long queue."""
        for start in range(0, len(messages), backlog):
            while await self.depth(EVENTS) >= backlog:  # noqa: ASYNC110  only the queue knows its depth
                await asyncio.sleep(FEED_SECONDS)
            await self.publish(messages[start : start + backlog])

    async def wait_until_empty(
        self, poll: float = 0.25, names: Iterable[str] = EMPTY_IN_THE_END, stalled_after: float = STALLED_AFTER
    ) -> None:
        """Wait until these queues are empty. Hidden messages count too.

        Raises:
            Stalled: messages are left, but nothing happens anymore.
        """
        queues = [self._queues.get_queue_client(name) for name in names]
        await drain(queues, stalled_after=stalled_after, poll=poll, activity=lambda: len(self.simulator.requests))

    async def depth(self, name: str) -> int:
        """Count the messages of a queue, hidden ones included."""
        properties = await self._queues.get_queue_client(name).get_queue_properties()
        return int(properties.approximate_message_count or 0)

    async def dead_letters(self) -> list[dict[str, Any]]:
        """Take all dead letters out of their container."""
        letters = []
        async for facts in self._letters.list():
            letter = await self._letters.read(facts.id)
            if letter is not None and await self._letters.delete(facts.id, facts.etag):
                letters.append(letter.model_dump(mode="json", by_alias=True))
        return letters

    def activities(self) -> list[dict[str, Any]]:
        """Return the activities in Graph in the form that the accounts need."""
        return activities_of(self.simulator)

    def invocations(self) -> Iterator[Invocation]:
        """Return the invocations since the last call."""
        for worker in self.workers:
            yield from worker.invocations()

    def forget(self) -> None:
        """Empty the logs of the proxies."""
        for proxy in self.proxied.values():
            proxy.log.clear()

    async def _end(self) -> None:
        for worker in list(self.workers):
            await self.end(worker)


def activities_of(simulator: Simulator) -> list[dict[str, Any]]:
    """Return the activities in a simulated Graph, in the form that the accounts need."""
    return [
        {"id": one.id, "external_id": one.external_id, "kind": one.kind, "body": one.body}
        for one in simulator.activities
    ]
