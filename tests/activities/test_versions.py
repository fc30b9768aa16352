"""A rollback: what newer code has stored waits, and is applied when newer code runs again."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from activities.domain.outcomes import Action, Done, Retry, RetryReason
from activities.domain.record import row_key
from activities.service import Service
from tests import ROOT
from tests.native_event import event_body
from tests.storage_reading import dead_letters, texts
from tools.develop.simulator import Simulator

RECORD = row_key("enrolment-1")
COMPLETED = event_body(eventId="e-2", eventType="course.completed", occurredAt="2026-03-02T09:00:00Z", progress=None)
# Handles one text of a queue, like a process of another version of the app.
PROGRAM = """
import asyncio, sys
from activities.service import Service
from activities.settings import Settings

async def main():
    service = Service(Settings())
    print(await getattr(service.handler, sys.argv[1])(sys.argv[2].encode()))
    await service.close()

asyncio.run(main())
"""


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """Return a copy of the product whose version is one higher and which can read this one's data."""
    shutil.copytree(ROOT / "activities", tmp_path / "activities", ignore=shutil.ignore_patterns("__pycache__"))
    file = tmp_path / "activities" / "domain" / "versions.py"
    text = file.read_text(encoding="utf-8")
    for old, new in (("VERSION = 1\n", "VERSION = 2\n"), ("frozenset({1})", "frozenset({1, 2})")):
        assert text.count(old) == 1
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return tmp_path


async def handle(app: Path, way: str, text: str | bytes, environment: Mapping[str, str]) -> str:
    """Have a process of the app in this folder handle a text, and return the outcome that it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, way, text),
        cwd=app,
        env={**environment, "PYTHONPATH": str(app)},
        stdout=subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


async def retries(service: Service, number: int = 1) -> list[str]:
    """Take this many messages off the retry queue, as they become visible."""
    found: list[str] = []
    while len(found) < number:
        found += await texts(service.storage.queue(service.settings.retry_queue))
    return found


async def test_a_roll_back_loses_and_misreads_nothing(
    service: Service, simulator: Simulator, newer: Path, environment: Mapping[str, str]
) -> None:
    """Rows and envelopes of the next version wait while this one runs, and go through when the next one runs again."""
    simulator.fault(operation="create", status=429, retry_after="0")
    assert "throttled" in await handle(newer, "event", event_body(), environment)
    [envelope] = await retries(service)
    assert json.loads(envelope)["envelope"] == "lms-activity-sync/2"

    held = await service.handler.retry(envelope.encode())
    assert isinstance(held, Retry)
    assert held.reason is RetryReason.NEWER_VERSION
    also_held = await service.handler.event(COMPLETED)
    assert isinstance(also_held, Retry)
    assert also_held.reason is RetryReason.NEWER_VERSION
    assert simulator.activities == []
    waiting = await retries(service, 2)
    assert envelope in waiting, "put back as it was"
    assert await dead_letters(service.letters) == []

    outcomes = [await handle(newer, "retry", text, environment) for text in waiting]
    assert "created" in "".join(outcomes)
    [activity] = simulator.activities
    assert activity.body["status"] == "completed"
    assert await dead_letters(service.letters) == []


async def test_a_row_of_newer_code_is_not_touched(service: Service) -> None:
    """This version neither reads nor overwrites it, whatever message arrives."""
    assert Done(Action.CREATED) == await service.handler.event(event_body())
    table = service.storage.table(service.settings.activities_table)
    await table.update_entity({"PartitionKey": RECORD[:2], "RowKey": RECORD, "version": 2, "news": "unknown"})
    before = dict(await table.get_entity(RECORD[:2], RECORD))

    control = json.dumps({"envelope": "lms-activity-sync/1", "control": "check", "record": RECORD}).encode()
    for outcome in (await service.handler.event(COMPLETED), await service.handler.retry(control)):
        assert isinstance(outcome, Retry)
        assert outcome.reason is RetryReason.NEWER_VERSION

    assert before == dict(await table.get_entity(RECORD[:2], RECORD))
    assert control.decode() in await retries(service, 2)


async def test_an_envelope_of_newer_code_that_became_poison_is_put_back(service: Service) -> None:
    """It isn't turned into a dead letter, even from the poison queue."""
    envelope = '{"envelope": "lms-activity-sync/2", "anything": "else"}'
    outcome = await service.handler.retry_poison(envelope.encode())
    assert isinstance(outcome, Retry)
    assert [envelope] == await retries(service)
    assert await dead_letters(service.letters) == []
