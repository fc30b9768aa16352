"""The function app in the official worker runtime."""

import asyncio
import math
from collections.abc import Mapping
from pathlib import Path

import pytest
from azure.storage.queue.aio import QueueClient

from activities.service import Service
from tests.end_to_end.hosts import host
from tests.faults.actions import Status
from tests.faults.proxied import Proxied
from tests.native_event import event_body
from tests.storage_reading import dead_letters
from tests.tools.develop.eventually import eventually
from tools.develop.host.log import Invocation
from tools.develop.host.process import HostProcess
from tools.develop.simulator import Simulator
from tools.develop.stack import POLLING


async def test_an_event_on_the_queue_becomes_an_activity(
    service: Service, environment: Mapping[str, str], simulator: Simulator, tmp_path: Path
) -> None:
    """The message goes through the worker runtime, azure-identity's managed identity and msgraph-sdk."""
    await service.storage.queue(service.settings.events_queue).send_message(event_body().decode())

    async with host(environment, tmp_path):
        await simulator.wait_until(lambda: simulator.activities, seconds=30)

    assert [activity.external_id for activity in simulator.activities] == ["enrolment-1"]
    assert simulator.counts["token", "200"] == 1


async def test_messages_stay_while_a_setting_is_missing(
    service: Service, environment: Mapping[str, str], tmp_path: Path
) -> None:
    """The host process ends and names the setting instead of failing messages one by one."""
    queue = service.storage.queue(service.settings.events_queue)
    await queue.send_message(event_body().decode())
    incomplete = {name: value for name, value in environment.items() if name != "LEARNING_PROVIDER_ID"}

    async with host(incomplete, tmp_path) as running:
        code = await running.wait()

    assert code not in {0, None}
    assert "LEARNING_PROVIDER_ID" in running.log.read_text()
    [message] = await queue.peek_messages()
    assert (message.content, message.dequeue_count) == (event_body().decode(), 0)


@pytest.mark.parametrize("fault", ["the container is missing", "storage refuses"])
async def test_a_message_waits_while_its_dead_letter_cannot_be_written(
    service: Service, environment: Mapping[str, str], tmp_path: Path, fault: str
) -> None:
    """The message waits on the retry queue, and becomes a dead letter once the container can be written again."""
    settings = service.settings
    source, retries = (service.storage.queue(name) for name in (settings.events_queue, settings.retry_queue))
    container = service.storage.container(settings.dead_letter_container)
    await source.send_message("rubbish")
    async with Proxied(dict(environment)) as proxied:
        refusal = proxied["blob"].rule("blob:put", action=Status(403), times=math.inf)
        if fault == "the container is missing":
            proxied["blob"].remove(refusal)
            await container.delete_container()
        async with host({**proxied.environment, POLLING: "00:00:01"}, tmp_path) as running:
            seen = await _invocations_of(running, "retry_event", 2)
            assert {invocation.outcome for invocation in seen} == {"ok"}
            assert await _is_empty(source)
            assert not await _is_empty(retries)
            if fault == "the container is missing":
                await container.create_container()
            else:
                proxied["blob"].remove(refusal)
            await eventually(lambda: _is_empty(retries))

    assert [letter.body() for letter in await dead_letters(service.letters)] == [b"rubbish"]


async def _is_empty(queue: QueueClient) -> bool:
    return not (await queue.get_queue_properties()).approximate_message_count


async def _invocations_of(running: HostProcess, function: str, number: int) -> list[Invocation]:
    """Wait for this many invocations of a function, and return them."""
    seen: list[Invocation] = []
    while len(seen) < number:
        seen += [invocation for invocation in running.invocations() if invocation.function == function]
        await asyncio.sleep(0.1)
    return seen
