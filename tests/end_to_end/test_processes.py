"""Each of the app's functions runs in its own process. The processes share what they know through storage."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from azure.storage.queue.aio import QueueClient

from activities.service import Service
from tests.end_to_end.hosts import host
from tests.native_event import event_body
from tests.tools.develop.eventually import eventually
from tools.develop.host.process import HostProcess
from tools.develop.simulator import Simulator

FUNCTIONS = {"process_event", "retry_event", "collect_poison", "collect_retry_poison", "heartbeat"}
ENABLED = {"AzureWebJobs.heartbeat.Disabled": "false"}
SHARE_SECONDS = 0.2
CLOSED_SECONDS = 600


async def send(queue: QueueClient, enrolment: str) -> str:
    """Send the first event of an enrollment. Return the message's id."""
    message = await queue.send_message(event_body(enrollmentId=enrolment, eventId=enrolment).decode())
    return str(message.id)


def queues(service: Service) -> tuple[QueueClient, QueueClient]:
    """Return the queues of `process_event` and of `retry_event`."""
    settings = service.settings
    return service.storage.queue(settings.events_queue), service.storage.queue(settings.retry_queue)


async def test_each_function_has_a_process_of_its_own(environment: Mapping[str, str], tmp_path: Path) -> None:
    """Every function of the app has a listener, each in its own process."""
    async with host({**environment, **ENABLED}, tmp_path) as running:
        await running.ready()
        processes = running.functions()
    assert processes.keys() == FUNCTIONS
    assert len({running.pid, *processes.values()}) == len(FUNCTIONS) + 1


async def test_a_disabled_function_leaves_its_queue_alone(
    service: Service, environment: Mapping[str, str], tmp_path: Path, simulator: Simulator
) -> None:
    """While `retry_event` is disabled, retries wait untouched and events are handled."""
    events, retries = queues(service)
    await send(retries, "waits")
    async with host({**environment, "AzureWebJobs.retry_event.Disabled": "true"}, tmp_path) as running:
        await running.ready()
        await send(events, "handled")
        await simulator.wait_until(lambda: simulator.activities, seconds=30)
        assert "retry_event" not in running.functions()
    assert [activity.external_id for activity in simulator.activities] == ["handled"]
    assert [message.dequeue_count for message in await retries.peek_messages()] == [0]


async def test_a_killed_function_does_not_stop_the_others(
    service: Service, environment: Mapping[str, str], tmp_path: Path, simulator: Simulator
) -> None:
    """After `retry_event` is killed, the same process still handles events, and a new one handles retries."""
    events, retries = queues(service)
    async with host(environment, tmp_path) as running:
        await running.ready()
        before = running.functions()
        os.kill(before["retry_event"], signal.SIGKILL)
        await send(events, "one")
        await send(retries, "two")
        await simulator.wait_until(lambda: len(simulator.activities) == 2, seconds=30)
        after = running.functions()
    assert after["process_event"] == before["process_event"]
    assert after["retry_event"] != before["retry_event"]


async def test_a_throttled_process_closes_graph_for_the_others(
    service: Service, environment: Mapping[str, str], tmp_path: Path, simulator: Simulator
) -> None:
    """`process_event` meets a 429. `retry_event` doesn't, but stops sending once it has read the shared row."""
    events, retries = queues(service)
    async with host({**environment, "SHARE_SECONDS": str(SHARE_SECONDS)}, tmp_path) as running:
        await running.ready()
        await send(retries, "before")  # from now on `retry_event` has a token and has read the row
        await simulator.wait_until(lambda: simulator.activities, seconds=30)
        simulator.fault(operation="create", status=429, retry_after="seconds", retry_seconds=CLOSED_SECONDS)
        await send(events, "throttled")
        await eventually(lambda: _is_closed(service))
        # `retry_event` reads the row alongside its next request, which may still get through.
        await eventually(lambda: _is_refused(running, simulator, retries))
        sent = simulator.counts
        for _ in range(3):
            assert await _is_refused(running, simulator, retries)
    assert simulator.counts == sent
    assert sent["create", "429"] == 1


async def _is_closed(service: Service) -> bool:
    """Whether the shared row says that Graph is closed."""
    known = await service.shared.exchange(lambda state: state)
    return known is not None and known.state.closed_until > 0


async def _is_refused(running: HostProcess, simulator: Simulator, retries: QueueClient) -> bool:
    """Have `retry_event` handle one more event. Return whether it sent no request."""
    before = simulator.counts
    sent = await send(retries, f"another-{uuid4().hex}")
    await eventually(lambda: sent in [invocation.messageId for invocation in running.invocations()])
    return simulator.counts == before
