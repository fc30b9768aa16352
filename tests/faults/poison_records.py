"""Three records that never succeed, among many that do: `python -m tests.faults.poison_records`.

The same healthy assignments are sent to two apps at the same rate. One of the apps also gets assignments of
three other learners: one whom Graph refuses with an error the app doesn't know, one whose requests always end with a
server error, and one whose name would change the path of a request. Each function runs in its own process. This prints
how long the healthy assignments took, and what became of the others.
"""

import argparse
import asyncio
import json
import statistics
import sys
import uuid
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from math import inf

from rich.console import Console
from rich.table import Table

from tests.faults.actions import Call
from tests.faults.exchange import Exchange
from tests.faults.rig import RETRIES, Rig
from tests.faults.workload import Event
from tools.develop.simulator import Simulator

TRIES = 5
SETTINGS = {
    "GRAPH_DEADLINE_SECONDS": "4",
    "LEASE_SECONDS": "5",
    "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:06",
    "BLAME_TRIES": str(TRIES),
    # Ten seconds of failures while others succeed.
    "RETRY_MAX_AGE_HOURS": str(10 / 3600),
    "SHARE_SECONDS": "1",
}
FORBIDDEN, FAILING = (str(uuid.UUID(int=number, version=4)) for number in (1, 2))
UNKNOWN_WORDS = {"error": {"code": "Forbidden", "message": "Guests are asked to use the other entrance."}}
REASONS = {"forbidden": "rejected_by_graph", "failing": "retries_exhausted", "path": "invalid_event"}
MOST = 1.2
COMPANY, COMPANY_SECONDS = 300, 0.5


@dataclass
class Figures:
    """What one run showed. Delays are in seconds, from publishing to the activity in Graph."""

    healthy: int
    arrived: int
    median: float
    p95: float
    healthy_retries: int
    requests: dict[str, int]
    letters: dict[str, str] = field(default_factory=dict)


def assigned(name: str, learner: Event) -> Event:
    """Return an event that assigns a course to a learner."""
    return {
        "specVersion": "1.0",
        "eventId": name,
        "eventType": "course.assigned",
        "occurredAt": "2026-03-02T08:00:00+00:00",
        "enrollmentId": name,
        "learner": learner,
        "course": {"learningContentId": "course"},
        "assignment": {"type": "required"},
    }


POISON = {
    "forbidden": assigned("forbidden", {"entraObjectId": FORBIDDEN}),
    "failing": assigned("failing", {"entraObjectId": FAILING}),
    "path": assigned("path", {"userPrincipalName": "ann/../bob@contoso.example"}),
}


async def run(healthy: int, per_second: float, *, poison: bool) -> Figures:
    """Send the events at an even rate, and wait until all are done."""
    async with Rig(settings=SETTINGS, simulator=Simulator(latency=0.02)) as rig:
        retries: Counter[str] = Counter()
        put_back = Call(lambda exchange: retries.update([_enrolment(exchange)]))
        rig.proxied["queue"].rule(f"queue:put:{RETRIES}", action=put_back, point="after", times=inf)
        rig.simulator.fault(operation="create", status=403, body=UNKNOWN_WORDS, learner=FORBIDDEN, times=0)
        rig.simulator.fault(operation="create", status=500, learner=FAILING, times=0)
        await rig.start()
        if poison:
            await rig.publish(list(POISON.values()))
        published: dict[str, datetime] = {}
        for number in range(healthy):
            name = f"healthy-{number}"
            published[name] = datetime.now(UTC)
            await rig.publish([assigned(name, {"entraObjectId": str(uuid.UUID(int=1000 + number, version=4))})])
            spent = (datetime.now(UTC) - published["healthy-0"]).total_seconds()
            await asyncio.sleep(max(0.0, (number + 1) / per_second - spent))
        if poison:
            await _keep_company(rig)
        await rig.wait_until_empty()
        delays = [
            (activity.created - published[str(activity.external_id)]).total_seconds()
            for activity in rig.simulator.activities
            if activity.external_id in published
        ]
        letters = {one.get("enrollmentId") or "path": one["reason"] for one in await rig.dead_letters()}
        sent = Counter(request.operation for request in rig.simulator.requests)
        return Figures(
            healthy,
            len(delays),
            statistics.median(delays),
            statistics.quantiles(delays, n=20)[-1],
            sum(count for name, count in retries.items() if name.startswith("healthy")),
            dict(sent),
            letters,
        )


async def both(healthy: int, per_second: float) -> tuple[Figures, Figures]:
    """Run both at the same time, each with its own storage, Graph and processes, so that a busy machine slows both."""
    alone, beside = await asyncio.gather(run(healthy, per_second, poison=False), run(healthy, per_second, poison=True))
    return alone, beside


async def _keep_company(rig: Rig) -> None:
    """Send more healthy events until nothing is left to retry. A record is blamed only while others succeed."""
    for number in range(COMPANY):
        if await rig.depth(RETRIES) == 0:
            return
        await rig.publish(
            [assigned(f"company-{number}", {"entraObjectId": str(uuid.UUID(int=500_000 + number, version=4))})]
        )
        await asyncio.sleep(COMPANY_SECONDS)


def _enrolment(exchange: Exchange) -> str:
    """Return whose retry a message is: "healthy", the name of a record that fails, or an empty text."""
    text = exchange.body.decode()
    return next((name for name in ("healthy", *POISON) if f"{name}" in text.partition("enrollmentId")[2][:60]), "")


def wrong(alone: Figures, beside: Figures) -> list[str]:
    """Return what is wrong."""
    found = []
    if beside.healthy_retries or beside.arrived != beside.healthy:
        found.append("a healthy record was held or lost")
    if beside.letters != REASONS:
        found.append(f"dead letters: {beside.letters}")
    if beside.median > MOST * alone.median:
        found.append(f"the median delay is more than {MOST} times as long")
    return found


def main() -> int:
    """Run both, and print what they showed. Return 1 if the healthy records suffered."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.poison_records", description=__doc__)
    parser.add_argument("--healthy", type=int, default=500, help="how many healthy records (default: 500)")
    parser.add_argument("--rate", type=float, default=15, help="healthy records per second (default: 15)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    alone, beside = asyncio.run(both(options.healthy, options.rate))
    problems = wrong(alone, beside)
    if options.json:
        print(json.dumps({"alone": asdict(alone), "beside": asdict(beside), "wrong": problems}))  # noqa: T201
        return 1 if problems else 0
    table = Table("", "alone", "beside three that fail", title=f"{options.healthy} healthy records")
    for name in ("arrived", "median", "p95", "healthy_retries", "requests", "letters"):
        table.add_row(name.replace("_", " "), *(_shown(getattr(one, name)) for one in (alone, beside)))
    table.add_row("ratio of the medians", "", f"{beside.median / alone.median:.2f}")
    Console().print(table)
    for problem in problems:
        Console().print(problem, style="red")
    return 1 if problems else 0


def _shown(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
