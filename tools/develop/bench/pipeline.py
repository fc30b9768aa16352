"""What an event costs in this process, beside a bare request through msgraph-sdk, measured in one run.

    python -m tools.develop.bench.pipeline [--events N] [--json]

Everything runs on this machine: Azurite, the Graph simulator (in this process: its share is in every row) and the
product. Times are CPU milliseconds of this process for one event; the last column divides by the bare request's.
"""

import argparse
import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from activities.domain.desired import desired_state
from activities.domain.fields import fields_of
from activities.domain.outcomes import Action, Done
from activities.domain.record import ActivityRecord
from activities.domain.terms import ResolvedIds
from activities.intake.parse import Understood, parse
from activities.service import Service
from activities.settings import Settings
from tools.develop.azurite import Azurite, create_storage
from tools.develop.simulator import Simulator

AT_ONCE = 12


@dataclass(frozen=True)
class Row:
    """One kind of event."""

    name: str
    cpu_ms: float
    per_second: float
    ratio: float


def event(number: int, kind: str, hour: int) -> bytes:
    """A native event of enrolment `number`."""
    body = {
        "specVersion": "1.0",
        "eventId": f"{number}-{kind}",
        "eventType": f"course.{kind}",
        "occurredAt": f"2026-03-01T{hour:02}:00:00Z",
        "enrollmentId": f"bench-{number}",
        "activity": "assignment",
        "learner": {"entraObjectId": f"11111111-0000-4000-8000-{number:012}"},
        "course": {"learningContentId": "content"},
    }
    return json.dumps(body | ({"assignment": {"type": "required"}} if kind == "assigned" else {})).encode()


async def measure(count: int, one: Callable[[int], Awaitable[object]]) -> tuple[float, float]:
    """CPU milliseconds for one and how many a second, with `AT_ONCE` under way together."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def gated(number: int) -> None:
        async with gate:
            await one(number)

    cpu, clock = time.process_time(), time.perf_counter()
    await asyncio.gather(*(gated(number) for number in range(count)))
    return (time.process_time() - cpu) / count * 1000, count / (time.perf_counter() - clock)


async def run(count: int) -> list[Row]:
    """Measure the bare request, then each kind of event."""
    async with Simulator() as simulator, Azurite() as azurite:
        os.environ.update(simulator.environment, AzureWebJobsStorage=azurite.connection_string)
        app = Service(Settings())
        settings = app.settings
        queues = [settings.events_queue, settings.retry_queue, settings.dead_letter_queue]
        await create_storage(
            azurite.connection_string, queues=queues, table=settings.activities_table, container=queues[-1]
        )
        rows = [await _bare(app, count)]
        for name, kind, hour, action in (
            ("assigned: created", "assigned", 8, Action.CREATED),
            ("the same again: nothing to do", "assigned", 8, Action.UNCHANGED),
            ("completed: updated", "completed", 9, Action.UPDATED),
            ("unassigned after completion: merged", "unassigned", 10, Action.UNCHANGED),
        ):
            cpu, rate = await _events(app, count, (kind, hour), action)
            rows.append(Row(name, cpu, rate, cpu / rows[0].cpu_ms))
        await app.close()
    return rows


async def _bare(app: Service, count: int) -> Row:
    """A create through msgraph-sdk alone."""
    parsed = parse(event(0, "assigned", 8))
    assert isinstance(parsed, Understood)  # noqa: S101  for the type checker
    desired = desired_state(ActivityRecord("bare", fields_of(parsed.event)))
    assert desired is not None  # noqa: S101  the same
    ids = ResolvedIds("11111111-0000-4000-8000-000000000000", "content")
    await app.graph.create(desired, ids)
    cpu, rate = await measure(count, lambda _: app.graph.create(desired, ids))
    return Row("bare create through msgraph-sdk", cpu, rate, 1.0)


async def _events(app: Service, count: int, what: tuple[str, int], action: Action) -> tuple[float, float]:
    kind, hour = what

    async def one(number: int) -> None:
        outcome = await app.handler.event(event(number, kind, hour))
        if outcome != Done(action):
            raise RuntimeError(f"{kind}: {outcome}")

    return await measure(count, one)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--events", type=int, default=500, help="how many of each kind")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    rows = asyncio.run(run(arguments.events))
    if arguments.json:
        print(json.dumps([vars(row) for row in rows]))
        return
    table = Table(
        "event", "CPU ms", "a second", "x bare request", title=f"{arguments.events} of each, {AT_ONCE} at once"
    )
    for row in rows:
        table.add_row(row.name, f"{row.cpu_ms:.2f}", f"{row.per_second:.0f}", f"{row.ratio:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
