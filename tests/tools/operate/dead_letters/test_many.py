"""Thousands of dead letters are listed with a few requests, and redriven by a command that's killed twice on the way.

`make test` runs a small version with 160 letters. The full size takes about 15 minutes and prints figures:

    DEAD_LETTERS=10000 .venv/bin/python -m pytest -s tests/tools/operate/dead_letters/test_many.py
"""

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from azure.storage.queue.aio import QueueClient

from activities.domain.outcomes import DeadLetter
from activities.service import Service
from activities.settings import Settings
from activities.storage.letters import LetterFacts
from tests.faults.drain import depths
from tests.faults.exchange import counts, matching
from tests.faults.proxied import Proxied
from tests.tools.operate.conftest import Run
from tests.tools.operate.dead_letters.events import LEARNER, assigned, body
from tests.tools.operate.killing import Killing
from tools.develop.simulator import Simulator
from tools.operate.each import each

LETTERS = int(os.environ.get("DEAD_LETTERS", "160"))
OF_EACH = LETTERS // 4
REDRIVEN = "learner_unlicensed"
REASONS = (REDRIVEN, "learner_not_found", "unsupported_version", "malformed")
COMMAND = ("dead-letters", "redrive", "--reason", REDRIVEN)
# One process handles many messages at once, which takes longer than the tests' usual times allow.
PATIENT = {"graph_deadline": 30.0, "lease": 40.0}


@pytest.fixture
async def patient(settings: Settings) -> AsyncIterator[Service]:
    """The app, with enough time for each request."""
    service = Service(settings.model_copy(update=PATIENT))
    yield service
    await service.close()


def message(number: int) -> bytes:
    """Return a message that becomes a dead letter. Consecutive numbers cycle through the reasons."""
    enrolment = f"enrolment-{number}"
    match REASONS[number % len(REASONS)]:
        case "learner_unlicensed":
            return body(assigned(enrolment))
        case "learner_not_found":
            return body(assigned(enrolment) | {"learner": {"email": f"learner-{number}@contoso.example"}})
        case "unsupported_version":
            return body(assigned(enrolment, specVersion="9.0"))
        case _:
            return f"<completed number='{number}'/>".encode()


async def fill(service: Service, simulator: Simulator) -> dict[str, LetterFacts]:
    """Let the app write the letters, and return those that won't be redriven."""
    simulator.configure(unlicensed_learners={LEARNER})

    async def handle(number: int) -> None:
        outcome = await service.handler.event(message(number))
        assert isinstance(outcome, DeadLetter)
        assert outcome.reason == REASONS[number % len(REASONS)]

    await each(range(4 * OF_EACH), handle)
    simulator.configure(unlicensed_learners=set())
    return await others(service)


async def others(service: Service) -> dict[str, LetterFacts]:
    """Return the letters that won't be redriven, with their ETags."""
    return {letter.id: letter async for letter in service.letters.list() if letter.reason != REDRIVEN}


async def left(service: Service) -> int:
    """Return how many letters still have to be redriven."""
    return (await service.letters.count())[REDRIVEN]


async def handle_retries(service: Service, queue: QueueClient) -> None:
    """Let the app handle all messages on the retry queue, including those that it adds meanwhile."""
    while await depths([queue]):
        messages = [found async for found in queue.receive_messages(messages_per_page=32, max_messages=32)]
        await asyncio.gather(*(service.handler.retry(found.content.encode()) for found in messages))
        await asyncio.gather(*(queue.delete_message(found) for found in messages))
        if not messages:
            await asyncio.sleep(0.2)


async def list_all(run: Run, proxied: Proxied, figures: dict[str, float]) -> None:
    """List all letters and count them by reason, in at most five requests, none of which reads a letter."""
    started = time.monotonic()
    ran = await run("dead-letters", "list", "--connection-string", proxied.environment["AzureWebJobsStorage"])
    figures["seconds to list"] = round(time.monotonic() - started, 1)
    assert all(f"{OF_EACH:6}  {reason}\n" in ran.out for reason in REASONS)
    figures["requests to list"] = len(proxied.log)
    assert counts(proxied.log) == {"blob:container_list": len(proxied.log)}
    assert len(proxied.log) <= 5


async def redrive_all(run: Run, service: Service, proxied: Proxied, figures: dict[str, float]) -> None:
    """Redrive with a command that's killed twice, and handle everything that it puts on the retry queue."""
    started, redrives = time.monotonic(), Killing(run, proxied, COMMAND)
    queue = service.storage.queue(service.settings.retry_queue)
    await redrives.killed("blob:delete", OF_EACH // 4, "before")
    figures["left after the first kill"] = first = await left(service)
    await handle_retries(service, queue)
    await redrives.killed("queue:put:*", OF_EACH // 4, "after")
    figures["left after the second kill"] = second = await left(service)
    assert OF_EACH > first > second > 0
    assert "redriven, 0 failed" in await redrives.finished()
    figures["messages on the retry queue in all"] = len(matching(proxied.log, "queue:put:*"))
    await handle_retries(service, queue)
    figures["seconds to redrive and handle"] = round(time.monotonic() - started, 1)


@pytest.mark.timeout(3600)
async def test_many_letters(
    run: Run, environment: dict[str, str], patient: Service, simulator: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the end, every selected letter was handled, and Graph has no duplicates. The other letters are unchanged."""
    started = time.monotonic()
    untouched = await fill(patient, simulator)
    figures: dict[str, float] = {"letters": 4 * OF_EACH, "seconds to write": round(time.monotonic() - started, 1)}
    async with Proxied(environment) as proxied:
        await list_all(run, proxied, figures)
        await redrive_all(run, patient, proxied, figures)

    assert await left(patient) == 0
    assert await others(patient) == untouched
    expected = {f"enrolment-{number}": 1 for number in range(0, 4 * OF_EACH, 4)}
    assert Counter(activity.external_id for activity in simulator.activities) == expected
    assert sum(request.operation == "create" and request.status == 201 for request in simulator.requests) == OF_EACH
    with capsys.disabled():
        sys.stdout.writelines(f"\n{name}: {value:g}" for name, value in figures.items())
