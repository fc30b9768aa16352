"""What a sync without a ledger would cost: two baselines that use the app's own Graph client.

For each event, both send what all events so far have said. They keep that in memory, which no function app could rely
on. Both use the app's connections and its pace under a quota, and handle as many events at once as the app's process.
"""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping

from activities.domain.desired import Desired, desired_state
from activities.domain.errors import Throttled
from activities.domain.news import news_of
from activities.domain.record import ActivityRecord
from activities.domain.terms import OwnerIds, ResolvedIds
from activities.graph.client import Graph
from activities.intake.parse import NATIVE, Understood, parse
from activities.service import Service
from activities.settings import Settings
from tests.faults.workload import EVENTS_PER_ENROLMENT, Event
from tools.develop.azurite import Azurite, create_storage
from tools.develop.bench.lifecycle import LATENCY, Drained, counted, messages, quota, right
from tools.develop.bench.pipeline import CONCURRENCY
from tools.develop.simulator import Simulator
from tools.develop.stack import NAMES

type Send = Callable[[Graph, Desired, ResolvedIds], Awaitable[object]]


async def post_every_event(graph: Graph, desired: Desired, ids: ResolvedIds) -> None:
    """Create an activity, even if there already is one."""
    await _sent(lambda: graph.create(desired, ids))


async def get_then_write(graph: Graph, desired: Desired, ids: ResolvedIds) -> None:
    """Look up the activity, then create or update it."""
    found = await _sent(lambda: graph.find_activity(desired.external_id, desired.kind))
    if found is None:
        await _sent(lambda: graph.create(desired, ids))
    else:
        await _sent(lambda: graph.update(found.id, desired))


BASELINES: Mapping[str, Send] = {"post_every_event": post_every_event, "get_then_write": get_then_write}


async def run(send: Send, enrolments: int, *, graph_rate: float | None = None) -> Drained:
    """Handle the same events with a baseline."""
    async with Simulator(latency=LATENCY, quota=quota(graph_rate), requests_kept=1) as simulator, Azurite() as azurite:
        await create_storage(azurite.connection_string, NAMES)
        os.environ.update(simulator.environment, AzureWebJobsStorage=azurite.connection_string, **NAMES)
        service = Service(Settings())
        records: dict[str, ActivityRecord] = {}
        left = iter(messages(enrolments))

        async def work() -> None:
            for event in left:
                await send(service.graph, *_wanted(event, records, service.settings.learning_provider_id))

        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for _ in range(CONCURRENCY):
                group.create_task(work())
        seconds = time.monotonic() - begun
        await service.close()
        return Drained(enrolments * EVENTS_PER_ENROLMENT, *counted(simulator), right(simulator), seconds)


def _wanted(event: Event, records: dict[str, ActivityRecord], provider: str) -> tuple[Desired, ResolvedIds]:
    """Return what the activity should be, according to the events so far."""
    parsed = parse(json.dumps(event).encode())
    assert isinstance(parsed, Understood)  # noqa: S101  for the type checker
    name = event["enrollmentId"]
    records[name] = records.get(name, ActivityRecord(name)).merged(news_of(parsed.event, NATIVE))
    desired = desired_state(records[name], provider)
    assert desired is not None  # noqa: S101  for the type checker
    ids = OwnerIds(event["learner"]["entraObjectId"], event["course"]["learningContentId"])
    return desired, ResolvedIds(ids)


async def _sent[T](request: Callable[[], Awaitable[T]]) -> T:
    """Repeat a request until Graph doesn't throttle it."""
    while True:
        try:
            return await request()
        except Throttled as error:
            await asyncio.sleep(error.after or 1.0)
