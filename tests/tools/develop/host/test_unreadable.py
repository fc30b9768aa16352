"""A message that no XML reader accepts kills the listener, as it does in the Functions host."""

from collections.abc import AsyncIterator

import pytest
from azure.storage.queue.aio import QueueClient

from tests.faults.proxied import Proxied
from tests.tools.develop.eventually import eventually
from tests.tools.develop.host.hosts import Hosts
from tests.unreadable import SECRET, UNREADABLE, answer_as_the_service

APP = "@listens()\nasync def f(msg: func.QueueMessage):\n    note(msg.dequeue_count)"


@pytest.fixture
async def proxied(hosts: Hosts) -> AsyncIterator[Proxied]:
    """Return proxies before the storage of this test's hosts."""
    async with Proxied(hosts.environment) as running:
        answer_as_the_service(running)
        yield running


async def test_the_listener_dies_and_another_takes_its_place(
    hosts: Hosts, queue: QueueClient, proxied: Proxied
) -> None:
    """Messages received with it stay hidden until their locks end, and are then received again, and so on."""
    for text in ("healthy", UNREADABLE):
        await queue.send_message(text)
    host = await hosts(APP, messageEncoding="none", lock_seconds=1, settings=proxied.environment)
    first = host.functions()["f"]

    await eventually(lambda: host.log.read_text().count("its listener has died") > 1)

    assert host.exit_code is None
    await eventually(lambda: host.functions().get("f") not in {None, first})
    assert SECRET not in host.log.read_text()
    assert hosts.noted() == []
    proxied["queue"].clear()
    await hosts.invocations(2)
    assert all(int(count) > 2 for count in hosts.noted())


async def test_what_azurite_answers_does_not_kill_it(hosts: Hosts, queue: QueueClient) -> None:
    """Azurite answers with status 500, so the queue can't be read as long as the message is visible."""
    await queue.send_message("\ufffe")
    host = await hosts(APP, messageEncoding="none", lock_seconds=1)
    await eventually(lambda: "can't be read. Trying again" in host.log.read_text())
    assert "its listener has died" not in host.log.read_text()
