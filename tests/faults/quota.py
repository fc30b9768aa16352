"""How fast real processes drain a backlog: `python -m tests.faults.quota [quota] [faults]`.

`quota` allows ten requests a second. It shows how much of that is used, and how many requests are refused, with one
worker and with four. A worker has a process for each function. `faults` shows how much longer a backlog takes if a
tenth of all requests fail and processes are killed.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.faults.accounting import account
from tests.faults.rig import Rig
from tests.faults.runs import GRAPH_LATENCY, TIMES
from tests.faults.workload import Event, generate
from tools.develop.host.process import HostProcess
from tools.develop.simulator import Quota, Simulator

RATE, EVENTS, WORKERS = 10, 2000, (1, 4)
FIRST = 60.0
LEAST_USED, MOST_REFUSED, LONGEST_DRAIN = 0.90, 0.03, 1.15
ENROLMENTS, KILLS, LONGEST_WITH_FAULTS = 250, 5, 2.0
SHORT = {
    "GRAPH_DEADLINE_SECONDS": "4",
    "LEASE_SECONDS": "6",
    "CLOCK_MARGIN_SECONDS": "1",
    "SETTLE_SECONDS": "2",
    "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:07",
}
LOCK_SECONDS = 10
KINDS: tuple[Mapping[str, Any], ...] = ({"status": 503}, {"status": 500}, {"reset": "before"}, {"reset": "after"})
KILLED = ("process_event", "retry_event")


@dataclass(frozen=True, slots=True)
class Used:
    """How well a quota was used.

    Attributes:
        workers: how many workers there were.
        used: how much of the quota was used after the first minute (0 to 1).
        refused: how many of the requests after the first minute were throttled (0 to 1).
        drain: how long the backlog took, as a multiple of the shortest possible time.
        requests: how many requests were sent to Graph.
        wrong: how many dead letters there were, plus one if the accounts aren't clean.
    """

    workers: int
    used: float
    refused: float
    drain: float
    requests: int
    wrong: int

    @property
    def well(self) -> bool:
        """Whether the required values were reached and nothing was wrong."""
        within = self.used >= LEAST_USED and self.refused <= MOST_REFUSED and self.drain <= LONGEST_DRAIN
        return within and not self.wrong


async def use(workers: int, events: int = EVENTS) -> Used:
    """Publish this many assignments, then start this many workers, which handle them under the quota."""
    simulator = Simulator(latency=0.02, quota=(Quota(requests=RATE, seconds=1),))
    backlog = [story[0] for story in _stories(events)]
    settings = TIMES | {"SHARE_SECONDS": "30"}
    async with Rig(settings=settings, simulator=simulator, fronts=None, lock_seconds=20) as rig:
        await rig.publish(backlog)
        await asyncio.gather(*(rig.start() for _ in range(workers)))
        await rig.wait_until_empty(1)
        sent = [request for request in simulator.requests if request.operation != "token"]
        began, accepted = sent[0].time, [one.time for one in sent if one.status == HTTPStatus.CREATED]
        late = [one for one in sent if one.time >= began + FIRST]
        refused = sum(one.status == HTTPStatus.TOO_MANY_REQUESTS for one in late)
        counted = sum(at >= began + FIRST for at in accepted)
        letters = await rig.dead_letters()
        found = account(backlog, rig.activities(), dead_lettered=set(), graph_requests=len(sent))
        return Used(
            workers,
            counted / (RATE * (accepted[-1] - began - FIRST)),
            refused / max(1, len(late)),
            (accepted[-1] - began) / (events / RATE),
            len(sent),
            len(letters) + (not found.clean),
        )


@dataclass(frozen=True, slots=True)
class Drained:
    """How long a backlog took, and what happened meanwhile."""

    what: str
    seconds: float
    requests: int
    wrong: int


async def drain(what: str, *, faults: bool, kills: int, enrolments: int = ENROLMENTS) -> Drained:
    """Publish all events of this many enrollments at once, and wait until everything is done."""
    random = Random(1)  # noqa: S311  the same in every run
    events = [event for story in _stories(enrolments) for event in story]
    random.shuffle(events)
    simulator = Simulator(latency=GRAPH_LATENCY)
    async with Rig(settings=TIMES | SHORT, simulator=simulator, fronts=None, lock_seconds=LOCK_SECONDS) as rig:
        if faults:
            for nth in range(1, 3 * len(events)):
                if random.random() < 0.1:  # a tenth
                    simulator.fault(operation="any", nth=nth, **random.choice(KINDS))
        workers = [await rig.start() for _ in range(2)]
        began = time.monotonic()
        await rig.publish(events)
        killing = asyncio.create_task(_kill(workers, kills, random))
        await rig.wait_until_empty(0.5)
        seconds = time.monotonic() - began
        await killing
        letters = await rig.dead_letters()
        found = account(events, rig.activities(), dead_lettered=set(), graph_requests=len(simulator.requests))
        return Drained(what, seconds, len(simulator.requests), len(letters) + (not found.clean))


async def _kill(workers: list[HostProcess], kills: int, random: Random) -> None:
    for _ in range(kills):
        await asyncio.sleep(4)
        functions = random.choice(workers).functions()
        os.kill(functions[random.choice(KILLED)], signal.SIGKILL)


def _stories(enrolments: int) -> list[list[Event]]:
    events = generate(enrolments, Random(enrolments))  # noqa: S311  the same in every run
    return [events[first : first + 6] for first in range(0, len(events), 6)]


async def _quota(console: Console) -> tuple[bool, list[Used]]:
    results = [await use(workers) for workers in WORKERS]
    shown = Table("workers", "used", "refused", "drain / ideal", "requests", "wrong", "")
    for one in results:
        figures = (f"{one.used:.1%}", f"{one.refused:.1%}", f"{one.drain:.2f}", str(one.requests), str(one.wrong))
        shown.add_row(str(one.workers), *figures, "" if one.well else "MISSED")
    console.print(shown)
    return all(one.well for one in results), results


async def _faults(console: Console) -> tuple[bool, list[Drained]]:
    results = [
        await drain("nothing", faults=False, kills=0),
        await drain("kills", faults=False, kills=KILLS),
        await drain("faults", faults=True, kills=0),
        await drain("faults and kills", faults=True, kills=KILLS),
    ]
    shown = Table("what goes wrong", "seconds", "times as long", "requests", "wrong")
    for one in results:
        ratio = f"{one.seconds / results[0].seconds:.2f}"
        shown.add_row(one.what, f"{one.seconds:.1f}", ratio, str(one.requests), str(one.wrong))
    console.print(shown)
    within = results[-1].seconds <= LONGEST_WITH_FAULTS * results[0].seconds
    return within and not any(one.wrong for one in results), results


async def _awaited[T](awaitable: Awaitable[T]) -> T:
    return await awaitable


def main() -> int:
    """Run the parts named on the command line. Return 1 if a required value isn't reached."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.quota", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="quota|faults", help="(default: both)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    options = parser.parse_args()
    console, well, figures = Console(width=100), True, dict[str, list[dict[str, Any]]]()
    runs: dict[str, Callable[[Console], Awaitable[tuple[bool, Sequence[Used | Drained]]]]] = {
        "quota": _quota,
        "faults": _faults,
    }
    for name in options.what or runs:
        good, results = asyncio.run(_awaited(runs[name](console)))
        well, figures[name] = well and good, [asdict(one) for one in results]
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
