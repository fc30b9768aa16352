"""Measure what an event costs, compared with a bare request through msgraph-sdk in the same run.

    python -m tools.develop.bench.pipeline [--events N] [--rounds N] [--json]

Azurite, the Graph simulator and the product run on this machine. Times are this process's CPU milliseconds per event.
The simulator runs in this process, so its share is in every row except the last. The last column is the ratio to the
bare request. Rounds alternate, and all figures are medians.
"""

import argparse
import asyncio
import json
import os
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from statistics import median
from typing import Any

import httpx
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from kiota_http.middleware.options import ResponseHandlerOption
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory
from rich.console import Console
from rich.table import Table

from activities.domain.desired import desired_state
from activities.domain.events import LearningEvent
from activities.domain.news import news_of
from activities.domain.outcomes import Action, Done
from activities.domain.record import ActivityRecord
from activities.domain.terms import OwnerIds, ResolvedIds
from activities.graph.bodies import create_body
from activities.graph.credential import SCOPE, Credential
from activities.intake.parse import NATIVE, Understood, parse
from activities.service import Service
from activities.settings import Settings
from tools.develop.azurite import Azurite, create_storage
from tools.develop.simulator import Simulator
from tools.develop.stack import NAMES

CONCURRENCY = 12
# How often the rules run in a round.
REPEATED = 2000
BARE, CREATE, DUPLICATE = "bare create through msgraph-sdk", "assigned: created", "the same event again: unchanged"
UPDATE, MERGE = "completed: updated", "unassigned after completion: merged"
RULES = "the rules alone, for completed"
# The event's kind and hour, and what becomes of it.
KINDS = {
    CREATE: ("assigned", 8, Action.CREATED),
    DUPLICATE: ("assigned", 8, Action.UNCHANGED),
    UPDATE: ("completed", 9, Action.UPDATED),
    MERGE: ("unassigned", 10, Action.UNCHANGED),
}


@dataclass(frozen=True)
class Row:
    """One kind of event."""

    name: str
    cpu_ms: float
    per_second: float
    ratio: float


def event(number: int, kind: str, hour: int) -> bytes:
    """Return a native event of enrolment `number`."""
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


async def measure(numbers: Sequence[int], one: Callable[[int], Awaitable[object]]) -> tuple[float, float]:
    """Run `one` for each number, `CONCURRENCY` at a time. Return CPU milliseconds per run and runs per second."""
    slots = asyncio.Semaphore(CONCURRENCY)

    async def limited(number: int) -> None:
        async with slots:
            await one(number)

    cpu, clock = time.process_time(), time.perf_counter()
    await asyncio.gather(*(limited(number) for number in numbers))
    return (time.process_time() - cpu) / len(numbers) * 1000, len(numbers) / (time.perf_counter() - clock)


async def run(count: int, rounds: int = 1) -> list[Row]:
    """In each round, measure the bare request, then each kind of event. The figures are medians."""
    measured: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    async with Simulator() as simulator, Azurite() as azurite:
        os.environ.update(simulator.environment, AzureWebJobsStorage=azurite.connection_string)
        service = Service(Settings())
        await create_storage(azurite.connection_string, NAMES)
        for turn in range(rounds):
            bare, rate = await _bare(service.settings, count)
            measured[BARE].append((bare, rate, 1.0))
            for name, (kind, hour, action) in KINDS.items():
                cpu, rate = await _events(service, range(turn * count, (turn + 1) * count), (kind, hour), action)
                measured[name].append((cpu, rate, cpu / bare))
            cpu = _rules()
            measured[RULES].append((cpu, 1000 / cpu, cpu / bare))
        await service.close()
    return [Row(name, *(median(column) for column in zip(*found, strict=True))) for name, found in measured.items()]


def _rules() -> float:
    """Return the rules' CPU milliseconds: merging an event into its record, and working out the desired state."""
    record = ActivityRecord("rules").merged(news_of(_understood("assigned", 8), NATIVE))
    completed = _understood("completed", 9)
    cpu = time.process_time()
    for _ in range(REPEATED):
        desired = desired_state(record.merged(news_of(completed, NATIVE)), "provider")
        _ = desired and desired.digest
    return (time.process_time() - cpu) / REPEATED * 1000


def _understood(kind: str, hour: int) -> LearningEvent:
    parsed = parse(event(0, kind, hour))
    assert isinstance(parsed, Understood)  # noqa: S101  for the type checker
    return parsed.event


async def _bare(settings: Settings, count: int) -> tuple[float, float]:
    """Measure creates through msgraph-sdk alone. Responses aren't parsed."""
    record = ActivityRecord("bare").merged(news_of(_understood("assigned", 8), NATIVE))
    desired = desired_state(record, settings.learning_provider_id)
    assert desired is not None  # noqa: S101  for the type checker
    body = create_body(desired, ResolvedIds(OwnerIds("11111111-0000-4000-8000-000000000000", "content")))
    credential = Credential(settings.client_id, settings.graph_deadline)
    async with httpx.AsyncClient() as http:
        adapter = GraphRequestAdapter(
            AzureIdentityAuthenticationProvider(credential, scopes=[SCOPE]),
            GraphClientFactory.create_with_default_middleware(client=http),
        )
        adapter.base_url = settings.graph_base_url.rstrip("/")
        provider = GraphServiceClient(request_adapter=adapter).employee_experience.learning_providers
        activities = provider.by_learning_provider_id(settings.learning_provider_id).learning_course_activities

        async def create(_: int) -> None:
            request = activities.to_post_request_information(body)
            request.add_request_options([ResponseHandlerOption(NativeResponseHandler())])
            answer: Any = await adapter.send_primitive_async(request, "bytes", {})
            assert answer.status_code == HTTPStatus.CREATED  # noqa: S101  otherwise nothing was measured

        await create(0)
        figures = await measure(range(count), create)
    await credential.close()
    return figures


async def _events(
    service: Service, numbers: Sequence[int], what: tuple[str, int], action: Action
) -> tuple[float, float]:
    kind, hour = what

    async def one(number: int) -> None:
        outcome = await service.handler.event(event(number, kind, hour))
        if outcome != Done(action):
            raise RuntimeError(f"{kind}: {outcome}")

    return await measure(numbers, one)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--events", type=int, default=500, help="number of events of each kind")
    parser.add_argument("--rounds", type=int, default=3, help="rounds for all kinds")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    rows = asyncio.run(run(arguments.events, arguments.rounds))
    if arguments.json:
        print(json.dumps([vars(row) for row in rows]))
        return
    table = Table(
        "event", "CPU ms", "per second", "x bare request", title=f"{arguments.events} of each, {CONCURRENCY} at a time"
    )
    for row in rows:
        table.add_row(row.name, f"{row.cpu_ms:.2f}", f"{row.per_second:.0f}", f"{row.ratio:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
