"""The function app in the official worker runtime: what the host finds, and what it leaves alone."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from activities.app import App
from tests.test_handler import changed
from tools.local.host.process import HostProcess, embedded
from tools.local.simulator import Simulator

ROOT = Path(__file__).resolve().parent.parent


@asynccontextmanager
async def host(environment: Mapping[str, str], folder: Path) -> AsyncIterator[HostProcess]:
    """A host process that runs the product's function app."""
    running = embedded(ROOT, {"PATH": os.environ["PATH"], **environment}, folder, "host")
    try:
        yield running
    finally:
        if running.exit_code is None:
            running.kill()
        await running.wait()


async def test_an_event_on_the_queue_becomes_an_activity(
    product: App, environment: Mapping[str, str], simulator: Simulator, tmp_path: Path
) -> None:
    """A message on the inbound queue goes through the worker runtime, a real managed identity and msgraph-sdk."""
    await product.storage.queue(product.settings.events_queue).send_message(changed().decode())

    async with host(environment, tmp_path):
        await simulator.wait_until(lambda: simulator.activities, seconds=30)

    assert [activity.external_id for activity in simulator.activities] == ["enrolment-1"]
    assert simulator.counts["token", "200"] == 1


async def test_with_wrong_settings_the_messages_stay(
    product: App, environment: Mapping[str, str], tmp_path: Path
) -> None:
    """A deployment that lacks a setting is loud and takes no message, instead of failing them one by one."""
    queue = product.storage.queue(product.settings.events_queue)
    await queue.send_message(changed().decode())
    incomplete = {name: value for name, value in environment.items() if name != "LEARNING_PROVIDER_ID"}

    async with host(incomplete, tmp_path) as running:
        code = await running.wait()

    assert code not in {0, None}
    assert "LEARNING_PROVIDER_ID" in running.log.read_text()
    [message] = await queue.peek_messages()
    assert (message.content, message.dequeue_count) == (changed().decode(), 0)
