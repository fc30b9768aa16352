"""The depths of the queues."""

import json
import logging
import math
import traceback
from collections.abc import AsyncIterator, Mapping

import pytest
from azure.core.exceptions import DecodeError

from activities.service import Service
from activities.settings import Settings
from activities.storage.readable import UnreadableMessage, refuse_unreadable
from tests.faults.actions import Status
from tests.faults.proxied import Proxied
from tests.heartbeat import beat
from tests.unreadable import SECRET, UNREADABLE, answer_as_the_service


def lines(caplog: pytest.LogCaptureFixture, name: str) -> dict[str, dict[str, object]]:
    """Return the log lines with this name, by queue."""
    found = [vars(record) for record in caplog.records if record.getMessage() == name]
    return {str(line["queue"]): line for line in found}


async def test_each_queue_is_published_with_its_depth(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    """A queue that doesn't exist counts as empty."""
    settings = service.settings
    await service.storage.queue(settings.events_queue).send_message("{}")
    await service.storage.queue(f"{settings.events_queue}-poison").delete_queue()

    await beat(service.settings)

    published = lines(caplog, "queue_depth")
    assert {queue: line["depth"] for queue, line in published.items()} == {
        settings.events_queue: 1,
        settings.retry_queue: 0,
        f"{settings.events_queue}-poison": 0,
        f"{settings.retry_queue}-poison": 0,
    }
    ages = {queue: line["oldest_age"] for queue, line in published.items()}
    assert [queue for queue, age in ages.items() if age] == [settings.events_queue]
    assert not lines(caplog, "queue_unreadable")


@pytest.fixture
async def proxied(environment: Mapping[str, str]) -> AsyncIterator[Proxied]:
    """Proxies before this test's services, whose queues respond as the real service does."""
    async with Proxied(dict(environment)) as running:
        answer_as_the_service(running)
        yield running


@pytest.fixture
async def behind(proxied: Proxied, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    """Return the service behind these proxies."""
    for name, value in proxied.environment.items():
        monkeypatch.setenv(name, value)
    running = Service(Settings())
    yield running
    await running.close()


async def test_one_queue_that_nobody_can_read_costs_the_others_nothing(
    behind: Service, caplog: pytest.LogCaptureFixture
) -> None:
    """Its own depth is published too. The heartbeat names the queue, and no log line contains any of the message."""
    settings = behind.settings
    events = behind.storage.queue(settings.events_queue)
    for text in ("{}", UNREADABLE):
        await events.send_message(text)
    await behind.storage.queue(settings.retry_queue).send_message("{}")
    caplog.set_level(logging.DEBUG)

    await beat(behind.settings)

    row = await behind.shared.heartbeat()
    assert row is not None
    assert (row["unreadable"], row["unknown"]) == (settings.events_queue, "")
    assert json.loads(str(row["queues"])) == {
        settings.events_queue: 2,
        settings.retry_queue: 1,
        f"{settings.events_queue}-poison": 0,
        f"{settings.retry_queue}-poison": 0,
    }
    [line] = lines(caplog, "queue_unreadable").values()
    assert line["detail"] == "one of the first messages has a character that XML cannot hold"
    assert len(lines(caplog, "queue_depth")) == 3
    assert SECRET not in "".join(repr(vars(record)) + str(record.exc_info) for record in caplog.records)


async def test_a_queue_that_is_closed_costs_the_others_nothing(
    proxied: Proxied, behind: Service, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever the reason is, the queue's line has status and code."""
    retries = behind.settings.retry_queue
    refusal = Status(403, {"x-ms-error-code": "AuthorizationPermissionMismatch"})
    proxied["queue"].rule(f"queue:properties:{retries}", action=refusal, times=math.inf)

    await beat(behind.settings)

    row = await behind.shared.heartbeat()
    assert row is not None
    assert row["unreadable"] == retries
    assert retries not in json.loads(str(row["queues"]))
    assert lines(caplog, "queue_unreadable")[retries]["detail"] == "403 AuthorizationPermissionMismatch"
    assert len(lines(caplog, "queue_depth")) == 3


async def test_the_exception_about_such_a_message_quotes_nothing(behind: Service) -> None:
    """The SDK's exception quotes the whole message, so it must not be raised at all: spans would quote it."""
    queue = behind.storage.queue(behind.settings.events_queue)
    await queue.send_message(UNREADABLE)

    with pytest.raises(DecodeError) as of_the_sdk:
        await queue.peek_messages()
    with pytest.raises(UnreadableMessage) as ours:
        await queue.peek_messages(raw_response_hook=refuse_unreadable)

    assert SECRET in "".join(traceback.format_exception(of_the_sdk.value))
    assert SECRET not in "".join(traceback.format_exception(ours.value))
    assert (ours.value.__cause__, ours.value.__context__) == (None, None)
