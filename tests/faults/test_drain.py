"""Waiting until queues are empty, with Azurite."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from azure.storage.queue.aio import QueueClient

from tests.faults.drain import Stalled, depths, drain, texts
from tools.develop.azurite import Azurite


@pytest.fixture
async def queue(azurite: Azurite) -> AsyncIterator[QueueClient]:
    """Create a queue for this test alone."""
    async with QueueClient.from_connection_string(azurite.connection_string, f"t{uuid4().hex}") as client:
        await client.create_queue()
        yield client


async def test_counts_hidden_messages(queue: QueueClient) -> None:
    """Messages that are being handled or aren't due yet count like visible ones."""
    assert await depths([queue]) == {}
    await queue.send_message("being handled")
    await queue.send_message("due later", visibility_timeout=1000)
    assert await queue.receive_message(visibility_timeout=1000)
    await queue.send_message("visible")
    assert await depths([queue]) == {queue.queue_name: 3}


async def test_waits_until_the_last_message_is_gone(queue: QueueClient) -> None:
    """A hidden message is still a message."""
    await queue.send_message("x")
    message = await queue.receive_message(visibility_timeout=1000)
    assert message
    draining = asyncio.create_task(drain([queue], stalled_after=60))
    done, _ = await asyncio.wait([draining], timeout=0.3)
    assert not done
    await queue.delete_message(message)
    await draining


async def test_gives_up_without_progress(queue: QueueClient) -> None:
    """The time counts from the last change in the queue or in the other activity."""
    await queue.send_message("x")
    with pytest.raises(Stalled, match=rf"left: {{'{queue.queue_name}': 1}}"):
        await drain([queue], stalled_after=0.3)
    calls: list[float] = []

    def busy_for_a_while() -> int:
        calls.append(asyncio.get_running_loop().time())
        return min(len(calls), 8)

    with pytest.raises(Stalled):
        await drain([queue], stalled_after=0.3, activity=busy_for_a_while)
    assert calls[-1] - calls[7] >= 0.3


async def test_reads_all_texts_and_leaves_the_messages(queue: QueueClient) -> None:
    """Several pages of messages are read, and all messages are visible again afterwards."""
    sent = [f"message {number}" for number in range(40)]
    for text in sent:
        await queue.send_message(text)
    assert sorted(await texts(queue)) == sorted(sent)
    assert sorted(await texts(queue)) == sorted(sent)
