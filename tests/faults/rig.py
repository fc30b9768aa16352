"""The local stack with fault proxies before everything that its workers use, and with short times."""

import asyncio
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, Self

import psutil
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue.aio import QueueServiceClient

from activities.storage.letters import Letters
from tests.faults.drain import drain
from tests.faults.exchange import Exchange
from tests.faults.proxied import Proxied
from tests.faults.workload import Event
from tools.develop.host.log import Invocation
from tools.develop.host.process import HostProcess, embedded
from tools.develop.simulator import Simulator
from tools.develop.stack import APP_ROOT, INHERITED, NAMES, Stack

EVENTS, RETRIES = (NAMES[name] for name in ("LMS_EVENTS_QUEUE", "LMS_EVENTS_RETRY_QUEUE"))
# In the order in which messages pass through them.
WORKED_OFF = (EVENTS, RETRIES, f"{EVENTS}-poison", f"{RETRIES}-poison")
_QUEUES = "AzureFunctionsJobHost__extensions__queues__"
# The proportions are those of production: deadline < lease; a released message shows after lease + margin.
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
MESSAGE_LEASE = 2  # seconds for which the host hides a message under way; production: 600
# Much longer than any pause of these tests, so that only a true standstill ends one.
STALLED_AFTER = 90
FEED_SECONDS = 0.1


class Rig:
    """An async context manager: storage, Graph, proxies; workers start as asked.

    A worker is a host with a process for each function, which share no memory.

    `settings` go before TIMES; without `proxies` the workers reach storage and Graph directly, as a test of speed
    needs it; `message_lease`: seconds.
    """

    def __init__(
        self,
        *,
        settings: Mapping[str, str] | None = None,
        simulator: Simulator | None = None,
        proxies: bool = True,
        message_lease: int = MESSAGE_LEASE,
    ) -> None:
        self.stack = Stack(0, settings={**TIMES, **(settings or {})}, simulator=simulator, embedded_only=True)
        self.proxied: Proxied
        self.workers: list[HostProcess] = []
        self._proxies = proxies
        self._message_lease = message_lease
        self._started = 0

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as entered:
            self._folder = Path(entered.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
            await entered.enter_async_context(self.stack)
            self._environment = self.stack.environment
            if self._proxies:
                self.proxied = await entered.enter_async_context(Proxied(self._environment))
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
        """Microsoft Graph."""
        return self.stack.simulator

    async def start(self) -> HostProcess:
        """Start one more worker and wait until it listens."""
        self._started += 1
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        worker = embedded(
            APP_ROOT,
            inherited | self._environment,
            self._folder,
            f"worker-{self._started}",
            lock_seconds=self._message_lease,
        )
        self.workers.append(worker)
        await worker.ready()
        return worker

    async def end(self, worker: HostProcess) -> None:
        """End a worker, as a failing machine would: the processes of all its functions are killed."""
        worker.kill()
        await worker.wait()
        self.workers.remove(worker)

    def sender(self, exchange: Exchange) -> int | None:
        """The process that has sent a request through a proxy and waits for its answer; none if it has died since."""
        for pid in [pid for worker in self.workers for pid in worker.functions().values()]:
            with suppress(psutil.NoSuchProcess):
                connections = psutil.Process(pid).net_connections("tcp")
                if exchange.client in {connection.laddr.port for connection in connections}:
                    return pid
        return None

    async def publish(self, messages: Iterable[Event | list[Event]], at_once: int = 8) -> None:
        """Put messages on the inbound queue, so many side by side."""
        queue = self._queues.get_queue_client(EVENTS)
        left = iter(messages)

        async def send() -> None:
            for message in left:
                await queue.send_message(json.dumps(message), time_to_live=-1)

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(send())

    async def feed(self, messages: Sequence[Event], backlog: int = 200) -> None:
        """Publish messages as workers take them: Azurite slows down with the length of a queue."""
        for start in range(0, len(messages), backlog):
            while await self.depth(EVENTS) >= backlog:  # noqa: ASYNC110 - only the queue knows
                await asyncio.sleep(FEED_SECONDS)
            await self.publish(messages[start : start + backlog])

    async def rest(self, poll: float = 0.25, names: Iterable[str] = WORKED_OFF) -> None:
        """Wait until nothing is in these queues any more, hidden messages included.

        Raises:
            Stalled: nothing happens any more although messages are left.
        """
        queues = [self._queues.get_queue_client(name) for name in names]
        await drain(queues, stalled_after=STALLED_AFTER, poll=poll, activity=lambda: len(self.simulator.requests))

    async def depth(self, name: str) -> int:
        """Messages in a queue, hidden ones included."""
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
        """What Graph holds, in the form that accounting reads."""
        return activities_of(self.simulator)

    def invocations(self) -> Iterator[Invocation]:
        """What the workers did since the last call."""
        for worker in self.workers:
            yield from worker.invocations()

    def forget(self) -> None:
        """Empty the proxies' logs."""
        for proxy in self.proxied.values():
            proxy.log.clear()

    async def _end(self) -> None:
        for worker in list(self.workers):
            await self.end(worker)


def activities_of(simulator: Simulator) -> list[dict[str, Any]]:
    """What a simulated Graph holds, in the form that accounting reads."""
    return [
        {"id": one.id, "external_id": one.external_id, "kind": one.kind, "body": one.body}
        for one in simulator.activities
    ]
