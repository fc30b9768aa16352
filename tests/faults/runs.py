"""Large runs with real workers: a heavy load, a storage outage, a tenant-wide fault, and a lost ledger.

Each takes its size as an argument: `make faults` runs it in full, and `make test` runs a small part of most.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from azure.data.tables.aio import TableClient
from rich.table import Table

from tests.faults.accounting import Accounting, account
from tests.faults.rig import EVENTS, RETRIES, SHORTEST, Rig
from tests.faults.rig import LOCK_SECONDS as SHORT_LOCK
from tests.faults.workload import Event, generate, shuffle_and_duplicate
from tools.develop.simulator import Simulator
from tools.develop.stack import NAMES

# Longer than a request takes on a busy machine, and far shorter than in production.
TIMES = {
    "GRAPH_DEADLINE_SECONDS": "8",
    "LEASE_SECONDS": "10",
    "CLOCK_MARGIN_SECONDS": "0.5",
    "SETTLE_SECONDS": "1",
    "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:11",
}
LOCK_SECONDS = 20


@dataclass(frozen=True)
class Pace:
    """The pace of a run.

    Args:
        settings: app settings.
        lock_seconds: for how long the host hides a message that is being handled.
        poll: seconds between checks whether the queues are empty.
    """

    settings: Mapping[str, str]
    lock_seconds: int
    poll: float


# With few events, no request takes long.
SLOW, QUICK = Pace(TIMES, LOCK_SECONDS, 1), Pace(SHORTEST, SHORT_LOCK, 0.25)
GRAPH_LATENCY = 0.05
HOLDS = 3
MET_SECONDS = 4
WORKERS = 2


@dataclass(frozen=True)
class Run:
    """The result of a run: the accounts, and the run's own figures."""

    title: str
    accounts: Accounting
    seconds: float
    figures: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return all figures."""
        return {"seconds": round(self.seconds, 1), **self.figures, **self.accounts.as_json()}

    def table(self) -> Table:
        """Return all figures as a table."""
        shown = self.accounts.table(self.title)
        for name, value in {"seconds": round(self.seconds, 1), **self.figures}.items():
            shown.add_row(name.replace("_", " "), str(value))
        return shown


async def load(enrolments: int, workers: int = WORKERS) -> Run:
    """Send all events of many enrollments at once, in random order, and a fifth of them twice."""
    events = generate(enrolments, Random(enrolments))  # noqa: S311  the same in every run
    messages = shuffle_and_duplicate(events, Random(1), 0.2)  # noqa: S311  the same
    async with rig(SLOW) as running:
        await start(running, workers)
        with stopwatch() as took:
            await running.feed(messages)
            await running.wait_until_empty(1)
        figures = {"messages": len(messages), "messages_per_second": round(len(messages) / took[0], 1)}
        return await finish(f"Load: {enrolments} enrolments, {workers} workers", running, events, took[0], figures)


async def outage(enrolments: int, seconds: float, workers: int = WORKERS, pace: Pace = SLOW) -> Run:
    """Stop storage under load, and start it again with its data intact."""
    events = generate(enrolments, Random(enrolments))  # noqa: S311  the same in every run
    messages = shuffle_and_duplicate(events, Random(1), 0.2)  # noqa: S311  the same
    async with rig(pace) as running:
        await start(running, workers)
        with stopwatch() as took:
            await running.publish(messages)
            await running.simulator.wait_until(lambda: len(running.activities()) >= enrolments // 4, 120)
            await running.stack.azurite.stop(keep=True)
            await asyncio.sleep(seconds)
            await running.stack.azurite.start()
            await running.wait_until_empty(pace.poll)
        title = f"Storage away for {seconds:g} s: {enrolments} enrolments, {workers} workers"
        return await finish(title, running, events, took[0], {"seconds_away": seconds})


async def tenant_fault(enrolments: int, hold: float, workers: int = WORKERS, pace: Pace = SLOW) -> Run:
    """Switch the provider off in the tenant until every event has been held for a while, and then on again."""
    events = generate(enrolments, Random(enrolments))  # noqa: S311  the same in every run
    async with rig(pace, HOLD_SECONDS=str(hold)) as running:
        running.simulator.configure(sync_enabled=False)
        await start(running, workers)
        await running.publish(shuffle_and_duplicate(events, Random(1), 0))  # noqa: S311  the same
        await running.wait_until_empty(names=[EVENTS])
        # Until the processes that handle retries have met the fault too.
        await asyncio.sleep(max(2 * hold, MET_SECONDS))
        at_first = graph_requests(running).total()
        await asyncio.sleep(HOLDS * hold)
        figures = {
            "hold_seconds": hold,
            "held_messages": await running.depth(RETRIES),
            "graph_requests_at_first": at_first,
            "graph_requests_while_held": graph_requests(running).total() - at_first,
            "held_seconds": HOLDS * hold,
        }
        running.simulator.configure(sync_enabled=True)
        with stopwatch() as took:
            await running.wait_until_empty(pace.poll)
        title = f"Provider disabled: {len(events)} events, {workers} workers"
        return await finish(title, running, events, took[0], figures)


async def lost_ledger(enrolments: int, poll: float = 1) -> Run:
    """Delete the ledger's table after all events, and send them all again in another order."""
    events = generate(enrolments, Random(enrolments))  # noqa: S311  the same in every run
    async with rig(SLOW) as running:
        worker = await running.start()
        await running.publish(shuffle_and_duplicate(events, Random(1), 0))  # noqa: S311  the same
        await running.wait_until_empty(poll)
        before, first = _by_id(running), graph_requests(running)
        await running.end(worker)
        table = TableClient.from_connection_string(running.stack.connection_string, NAMES["ACTIVITIES_TABLE"])
        async with table:
            await table.delete_table()
            await table.create_table()
        await running.start(LEDGER_REBUILD="true")
        with stopwatch() as took:
            await running.publish(shuffle_and_duplicate(events, Random(2), 0))  # noqa: S311  the same
            await running.wait_until_empty(poll)
        after, again = _by_id(running), graph_requests(running) - first
        figures = {
            "activities_before": len(before),
            "activities_unchanged": sum(after.get(id_) == body for id_, body in before.items()),
            "activities_added": len(after.keys() - before.keys()),
            **{f"graph_{operation}_after_the_loss": count for operation, count in sorted(again.items())},
        }
        return await finish(f"Ledger lost: {enrolments} enrolments", running, events, took[0], figures)


def _by_id(running: Rig) -> dict[str, Any]:
    return {activity["id"]: dict(activity["body"]) for activity in running.activities()}


def rig(pace: Pace, **settings: str) -> Rig:
    """Return the stack without fronts, because they would be its slowest part."""
    simulator = Simulator(latency=GRAPH_LATENCY)
    return Rig(settings={**pace.settings, **settings}, simulator=simulator, fronts=None, lock_seconds=pace.lock_seconds)


async def start(running: Rig, workers: int) -> None:
    """Start this many workers at the same time."""
    await asyncio.gather(*(running.start() for _ in range(workers)))


async def finish(title: str, running: Rig, events: list[Event], seconds: float, figures: dict[str, float]) -> Run:
    """Return the result of a run, with an account of every event."""
    letters = await running.dead_letters()
    sent = graph_requests(running)
    accounts = account(
        events,
        running.activities(),
        dead_lettered={letter["enrollmentId"] for letter in letters if letter.get("enrollmentId")},
        graph_requests=sent.total(),
    )
    invocations = Counter((one.function, one.outcome) for one in running.invocations())
    figures |= {
        "dead_letters": len(letters),
        **{f"graph_{operation}": count for operation, count in sorted(sent.items())},
        **{f"{function}_{outcome}": count for (function, outcome), count in sorted(invocations.items())},
    }
    return Run(title, accounts, seconds, figures)


def graph_requests(running: Rig) -> Counter[str]:
    """Count the requests to Graph by operation."""
    sent = Counter(request.operation for request in running.simulator.requests)
    del sent["token"]
    return sent


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """Measure seconds. They are in the list afterwards."""
    measured: list[float] = []
    started = time.monotonic()
    yield measured
    measured.append(time.monotonic() - started)
