"""How much of a quota processes use together, on the virtual clock: python -m tests.simulation.quota.

It runs the real admission and the real shared row, with a table in memory. Graph is only a quota. When admission
refuses a message of the backlog, the message comes back later. Clocks are up to five seconds off. The first two windows
of the quota, or two minutes if that's longer, don't count.
"""

import argparse
import asyncio
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table as Shown

from activities.domain.errors import Throttled
from activities.domain.retry_policy import RetryPolicy
from activities.domain.sync_state import SyncState
from activities.domain.times import Times
from activities.graph.admission import Admission
from activities.storage.shared import SharedState
from tests.simulation import loop
from tests.simulation.memory.table import MemoryTable, Table

BEGIN = 1_800_000_000.0
SKEW = 5.0
# How many seconds a request to storage takes, and one to Graph.
ROW, GRAPH = (0.004, 0.05), (0.004, 0.05)
# How many messages a process handles at once (host.json).
AT_ONCE = 12
TIMES = Times(deadline=40, lease=60, margin=10, settle=60)
QUOTAS = ((10, 1), (100, 10), (500, 600))
PROCESSES = (1, 2, 4, 8)
FORMS = ("seconds", "words", "neither")
MOST_REFUSED = {"seconds": 0.03, "words": 0.05, "neither": 0.05}
LEAST_USED = {"seconds": 0.95, "words": 0.0, "neither": 0.0}


@dataclass(slots=True)
class Quota:
    """At most `requests` in any `seconds`. `form` is how Graph says how long to wait."""

    requests: int
    seconds: float
    form: str = "seconds"
    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    _window: deque[float] = field(default_factory=deque)

    def take(self, now: float) -> tuple[bool, float | None]:
        """Return whether a request is accepted, and how many seconds the client is told to wait, if any."""
        while self._window and self._window[0] <= now - self.seconds:
            self._window.popleft()
        if len(self._window) < self.requests:
            self._window.append(now)
            self.accepted.append(now)
            return True, None
        self.refused.append(now)
        whole = max(1, ceil(self._window[0] + self.seconds - now))
        return False, {"seconds": float(whole), "words": 60.0 * ceil(whole / 60), "neither": None}[self.form]


@dataclass(frozen=True, slots=True)
class Figures:
    """The result of a run.

    Attributes:
        used: the share of the quota that was used.
        refused: the share of the requests that were refused.
        writes: requests for the shared row per accepted request.
        handled: deliveries per accepted request.
    """

    used: float
    refused: float
    writes: float
    handled: float


class _Wire:
    """The connection to the table."""

    pause = 0.8

    def __init__(self, random: Random) -> None:
        self.calls = 0
        self._random = random

    async def call[T](self, _operation: str, effect: Callable[[], T], _about: str = "") -> T:
        self.calls += 1
        took = self._random.uniform(*ROW)
        await asyncio.sleep(took / 2)
        result = effect()
        await asyncio.sleep(took / 2)
        return result


class Processes:
    """The admissions of some processes that share one table.

    Args:
        random: decides how long requests take.
        ahead: how many seconds each process's clock is ahead.
    """

    def __init__(self, random: Random, ahead: Iterable[float]) -> None:
        self.table = Table()
        self.wire: Any = _Wire(random)
        self._loop = asyncio.get_running_loop()
        self._all = [self._process(seconds) for seconds in ahead]

    def __iter__(self) -> Iterator[Admission]:
        return iter(self._all)

    async def close(self) -> None:
        """End the exchanges that are in progress."""
        for admission in self:
            await admission.close()

    def _process(self, ahead: float) -> Admission:
        table: Any = MemoryTable(self.table, self.wire, None, lambda: BEGIN + self._loop.time())
        return Admission(hold=300, probe=40, shared=SharedState(table), clock=lambda: BEGIN + self._loop.time() + ahead)


class _Run:
    def __init__(self, quota: Quota, processes: int, random: Random) -> None:
        self.quota = quota
        self.random = random
        self.handled = 0
        self._loop = asyncio.get_running_loop()
        self._policy = RetryPolicy(TIMES, patience=1e9, content_patience=1e9, blame_tries=5, jitter=random.uniform)
        self._backlog: deque[int] = deque()
        self._arrived = asyncio.Event()
        self.processes = Processes(random, [random.uniform(-SKEW, SKEW) for _ in range(processes)])

    async def run(self, seconds: float, messages: int) -> None:
        """Handle a backlog of messages for some seconds."""
        self._put(*range(messages))
        workers = [self._work(admission) for admission in self.processes for _ in range(AT_ONCE)]
        tasks = [asyncio.create_task(worker) for worker in workers]
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.processes.close()

    def _put(self, *messages: int) -> None:
        self._backlog.extend(messages)
        self._arrived.set()

    async def _work(self, admission: Admission) -> None:
        while True:
            while not self._backlog:
                self._arrived.clear()
                await self._arrived.wait()
            message = self._backlog.popleft()
            self.handled += 1
            await self._storage()
            try:
                # Each message has its own task, as in the host.
                await asyncio.create_task(self._handle(admission))
            except Throttled as error:
                await self._storage()
                retry = self._policy.decide(error, SyncState(), self._loop.time())
                self._loop.call_later(retry.after, self._put, message)  # type: ignore[union-attr]  no letter

    async def _handle(self, admission: Admission) -> None:
        await admission.admit("create/assignment")
        await self._storage()
        await admission.turn()
        took = self.random.uniform(*GRAPH)
        await asyncio.sleep(took / 2)
        accepted, wait = self.quota.take(self._loop.time())
        await asyncio.sleep(took / 2)
        if accepted:
            admission.succeeded("create/assignment")
            await self._storage()
            return
        after = admission.throttled(wait)
        await admission.share()
        raise Throttled("create: 429", after=after, status=429)

    async def _storage(self) -> None:
        """Read or write a record."""
        await asyncio.sleep(self.random.uniform(*ROW))


def measure(quota: Quota, processes: int, *, windows: float = 6.0, least: float = 600.0, seed: int = 1) -> Figures:
    """Let processes use a quota for some of its windows, and at least for some seconds. Return the figures."""
    counts_from = max(2.0 * quota.seconds, 120.0)
    ends = counts_from + max(windows * quota.seconds, least)
    messages = int(1.3 * quota.requests / quota.seconds * ends) + 200

    async def whole() -> tuple[_Run, int]:
        run = _Run(quota, processes, Random(seed))  # noqa: S311  the same in every run
        await run.run(ends, messages)
        return run, run.processes.wire.calls

    run, calls = loop.run(whole)
    accepted, refused = (sum(at >= counts_from for at in times) for times in (quota.accepted, quota.refused))
    possible = quota.requests / quota.seconds * (ends - counts_from)
    total = max(1, len(quota.accepted))
    return Figures(accepted / possible, refused / max(1, accepted + refused), calls / total, run.handled / total)


def main() -> int:
    """Measure everything and print a table. Return 1 if a figure misses its limit."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.quota", description=__doc__.splitlines()[0])
    parser.add_argument("--forms", nargs="*", default=FORMS, choices=FORMS)
    parser.add_argument("--processes", nargs="*", type=int, default=PROCESSES)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    shown = Shown("quota", "Graph says", "processes", "used", "refused", "storage/request", "deliveries/request", "")
    well = True
    for form in options.forms:
        for requests, seconds in QUOTAS:
            for processes in options.processes:
                figures = measure(Quota(requests, seconds, form), processes, seed=options.seed)
                good = figures.used >= LEAST_USED[form] and figures.refused <= MOST_REFUSED[form]
                well = well and good
                shown.add_row(
                    f"{requests} in {seconds} s",
                    form,
                    str(processes),
                    f"{figures.used:.1%}",
                    f"{figures.refused:.1%}",
                    f"{figures.writes:.1f}",
                    f"{figures.handled:.1f}",
                    "" if good else "MISSED",
                )
    Console(width=120).print(shown)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
