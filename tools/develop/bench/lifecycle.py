"""Measure what enrolments cost from start to end: requests to Graph, CPU, and how long events wait.

The events are those of completed assignments, in random order, and a fifth of them are sent twice. The app runs as in
Azure, with each function in its own process, and uses Azurite and the Graph simulator.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

import psutil  # type: ignore[import-untyped] # it has no type hints
from azure.storage.queue.aio import QueueClient

from tests.faults.workload import EVENTS_PER_ENROLMENT, Event, generate, shuffle_and_duplicate
from tools.develop.host.process import HostProcess
from tools.develop.simulator import Simulator
from tools.develop.simulator.config import Quota
from tools.develop.stack import NAMES, Stack

LATENCY = 0.05
TWICE = 0.2
WORKING = ("process_event", "retry_event")
_AT_ONCE = 16
_POLL_SECONDS = 0.25
_FEED = 200


@dataclass(frozen=True)
class Drained:
    """What became of the events of some enrolments. Times are in seconds, CPU is in milliseconds per event.

    `right` counts the enrolments that have a single activity, which is completed. `oldest` is the highest age of an
    event that was seen waiting.
    """

    events: int
    requests: int
    refused: int
    right: int
    seconds: float
    oldest: float = 0.0
    cpu_ms: float = 0.0

    @property
    def per_event(self) -> float:
        """The number of requests that an event cost, including those that Graph refused."""
        return self.requests / self.events


def messages(enrolments: int) -> list[Event]:
    """Return the messages for so many enrolments. They're the same each time."""
    events = generate(enrolments, Random(enrolments))  # noqa: S311  the same in every run
    return shuffle_and_duplicate(events, Random(1), TWICE)  # noqa: S311  the same


def quota(rate: float | None) -> tuple[Quota, ...]:
    """Return a quota of `rate` requests per second, counted over ten seconds. None means no quota."""
    return () if rate is None else (Quota(requests=max(1, round(10 * rate)), seconds=10),)


def counted(simulator: Simulator) -> tuple[int, int]:
    """Return how many requests Graph has received, and how many of them it refused because of its quota."""
    graph = {key: count for key, count in simulator.counts.items() if key[0] != "token"}
    return sum(graph.values()), sum(count for (_, status), count in graph.items() if status == "429")


def right(simulator: Simulator) -> int:
    """Count the enrolments that have a single activity, which is completed."""
    found: dict[str | None, list[bool]] = {}
    for activity in simulator.activities:
        found.setdefault(activity.external_id, []).append(activity.body["status"] == "completed")
    return sum(activities == [True] for activities in found.values())


async def drain(enrolments: int, *, rate: float | None = None, graph_rate: float | None = None) -> Drained:
    """Let the app handle the events.

    Args:
        enrolments: the number of enrolments.
        rate: how many events arrive per second. None: all of them have arrived when the app starts. They're put on the
            queue as the app takes them off, because the emulator, unlike Azure, is slow if a queue is long.
        graph_rate: how many requests per second Graph accepts. None: all of them.
    """
    simulator = Simulator(latency=LATENCY, quota=quota(graph_rate), requests_kept=1)
    async with Stack(0, simulator=simulator, embedded_only=True) as stack:
        names = (NAMES["LMS_EVENTS_QUEUE"], NAMES["LMS_EVENTS_RETRY_QUEUE"])
        queues = [QueueClient.from_connection_string(stack.connection_string, name) for name in names]
        try:
            host = await stack.start_host()
            begun, cpu, now = time.monotonic(), _cpu(host), datetime.now(UTC)
            if rate is None:
                await _feed(queues[0], messages(enrolments))
            else:
                await _publish(queues[0], messages(enrolments), rate)
            oldest = await _empty(queues, now if rate is None else None)
            requests, refused = counted(simulator)
            events = enrolments * EVENTS_PER_ENROLMENT
            return Drained(
                events,
                requests,
                refused,
                right(simulator),
                time.monotonic() - begun,
                oldest,
                (_cpu(host) - cpu) / events * 1000,
            )
        finally:
            for queue in queues:
                await queue.close()


async def _feed(queue: QueueClient, events: Sequence[Event]) -> None:
    """Put events on a queue as fast as the app takes them off."""
    for start in range(0, len(events), _FEED):
        while ((await queue.get_queue_properties()).approximate_message_count or 0) >= _FEED:  # noqa: ASYNC110  only the queue knows
            await asyncio.sleep(_POLL_SECONDS)
        await _publish(queue, events[start : start + _FEED], None)


async def _publish(queue: QueueClient, events: Sequence[Event], rate: float | None) -> None:
    """Put `rate` events per second on a queue. None: as fast as the queue accepts them."""
    begun = time.monotonic()
    left: Iterator[tuple[int, Event]] = enumerate(events)

    async def send() -> None:
        for number, one in left:
            if rate is not None:
                await asyncio.sleep(begun + number / rate - time.monotonic())
            await queue.send_message(json.dumps(one), time_to_live=-1)

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(send())


async def _empty(queues: Sequence[QueueClient], arrived: datetime | None) -> float:
    """Wait until the queues are empty. Return the highest age of an event that was seen on the first one.

    `arrived` is when all events arrived. None: each arrived when it was put on the queue.
    """
    oldest = 0.0
    while True:
        # In the order in which messages move, so that none is missed.
        counts = [(await queue.get_queue_properties()).approximate_message_count or 0 for queue in queues]
        if not any(counts):
            return oldest
        for message in await queues[0].peek_messages():
            since = arrived or message.inserted_on
            if since is not None:
                oldest = max(oldest, (datetime.now(UTC) - since).total_seconds())
        await asyncio.sleep(_POLL_SECONDS)


def _cpu(host: HostProcess) -> float:
    """Return the CPU seconds of the processes that handle events."""
    times = [psutil.Process(host.functions()[name]).cpu_times() for name in WORKING]
    return sum(float(one.user + one.system) for one in times)
