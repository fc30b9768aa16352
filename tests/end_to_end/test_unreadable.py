"""An unreadable message on the function app's inbound queue."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from activities.service import Service
from tests.end_to_end.hosts import host
from tests.faults.proxied import Proxied
from tests.native_event import event_body
from tests.tools.develop.eventually import eventually
from tests.tools.operate.calling import call
from tests.unreadable import SECRET, UNREADABLE, answer_as_the_service
from tools.develop.host.options import SCHEDULE
from tools.develop.simulator import Simulator

LOCK_SECONDS = 2
HEARTBEAT_SECONDS = 30


@pytest.fixture
async def proxied(environment: Mapping[str, str]) -> AsyncIterator[Proxied]:
    """Storage that answers like the real service."""
    async with Proxied(dict(environment)) as running:
        answer_as_the_service(running)
        yield running


async def test_an_operator_removes_what_kills_the_listener(
    service: Service, proxied: Proxied, simulator: Simulator, tmp_path: Path
) -> None:
    """As the runbook says: stop the app, let the locks end, remove the message, start the app. Nothing else is lost."""
    queue = service.storage.queue(service.settings.events_queue)
    for text in (UNREADABLE, event_body().decode()):
        await queue.send_message(text)
    async with host(proxied.environment, tmp_path, lock_seconds=LOCK_SECONDS) as running:
        await eventually(lambda: "its listener has died" in running.log.read_text())
    assert SECRET not in running.log.read_text()
    assert not simulator.activities
    await asyncio.sleep(LOCK_SECONDS)
    account = ["--connection-string", proxied.environment["AzureWebJobsStorage"], "--queue", str(queue.queue_name)]

    command = ["queues", "unreadable", *account, "--remove", "--yes", "--save-to", str(tmp_path)]
    assert await call(*command) == 0

    async with host(proxied.environment, tmp_path, lock_seconds=LOCK_SECONDS):
        await simulator.wait_until(lambda: simulator.activities, seconds=30)
    assert [activity.external_id for activity in simulator.activities] == ["enrolment-1"]


async def test_the_heartbeat_names_the_queue(service: Service, proxied: Proxied, tmp_path: Path) -> None:
    """All queue depths are published, and none of the message reaches the host's log."""
    settings = service.settings
    await service.storage.queue(settings.events_queue).send_message(UNREADABLE)
    # Otherwise the message would be hidden most of the time.
    only = {"AzureWebJobs.process_event.Disabled": "true", "AzureWebJobs.heartbeat.Disabled": "false"}
    only[SCHEDULE] = "* * * * * *"

    async with host({**proxied.environment, **only}, tmp_path) as running, asyncio.timeout(HEARTBEAT_SECONDS):
        while (row := await service.shared.heartbeat()) is None:  # noqa: ASYNC110  only storage knows
            await asyncio.sleep(0.5)

    assert row["unreadable"] == settings.events_queue
    assert json.loads(str(row["queues"])) == {
        settings.events_queue: 1,
        settings.retry_queue: 0,
        f"{settings.events_queue}-poison": 0,
        f"{settings.retry_queue}-poison": 0,
    }
    log = running.log.read_text()
    assert "queue_unreadable" in log
    assert SECRET not in log
