"""The local host deletes, releases and poisons messages as the Functions host does."""

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from tests.tools.develop.eventually import eventually
from tests.tools.develop.host.hosts import Hosts

NOTES_BODY = """
    @listens()
    async def f(msg: func.QueueMessage):
        note(msg.get_body().decode())
"""
FAILS = """
    @listens()
    async def f(msg: func.QueueMessage):
        note(time.time())
        raise ValueError("not today")
"""
FAILS_ON_POISON = FAILS.replace("listens()", 'listens("%QUEUE%-poison")')


async def texts(queue: QueueClient) -> list[str]:
    """Return the texts of the visible messages in a queue."""
    return [message.content for message in await queue.peek_messages(32)]


async def count(queue: QueueClient) -> int:
    """Return the number of messages in a queue, including invisible ones."""
    return (await queue.get_queue_properties()).approximate_message_count


@pytest.fixture
def poison(storage: QueueServiceClient, queue: QueueClient) -> QueueClient:
    """Return the poison queue of this test's queue, which doesn't exist yet."""
    return storage.get_queue_client(f"{queue.queue_name}-poison")


async def test_deletes_a_message_when_its_function_returns(hosts: Hosts, queue: QueueClient) -> None:
    """After a successful invocation, the message is gone. The invocation is logged with its id and count."""
    sent = await queue.send_message("hello")
    await hosts(NOTES_BODY, messageEncoding="none")
    [invocation] = await hosts.invocations(1)
    assert hosts.noted() == ["hello"]
    assert (invocation.function, invocation.queue, invocation.outcome) == ("f", queue.queue_name, "ok")
    assert (invocation.messageId, invocation.dequeueCount) == (sent.id, 1)
    assert invocation.ms is not None
    assert await count(queue) == 0


async def test_a_failed_message_comes_back_after_the_visibility_timeout(hosts: Hosts, queue: QueueClient) -> None:
    """After an exception, the message is visible again after `visibilityTimeout`, with a higher count."""
    await queue.send_message("x")
    await hosts(FAILS, messageEncoding="none", visibilityTimeout="00:00:02")
    invocations = await hosts.invocations(2)
    assert [(i.outcome, i.dequeueCount) for i in invocations[:2]] == [("error", 1), ("error", 2)]
    first, second = map(float, hosts.noted()[:2])
    assert second - first >= 1.9


async def test_a_message_that_fails_too_often_is_copied_to_the_poison_queue(
    hosts: Hosts, queue: QueueClient, poison: QueueClient
) -> None:
    """After `maxDequeueCount` failures, the unchanged text is in `<queue>-poison`, which is created if necessary."""
    text = '{"a": "<&>é"}\n '
    await queue.send_message(text)
    await hosts(FAILS, messageEncoding="none", maxDequeueCount=2)
    invocations = await hosts.invocations(2)
    assert [i.outcome for i in invocations] == ["error", "poison"]
    assert await texts(poison) == [text]
    assert await count(queue) == 0
    assert len(hosts.noted()) == 2


async def test_a_message_that_was_received_too_often_is_poisoned_without_an_invocation(
    hosts: Hosts, queue: QueueClient, poison: QueueClient
) -> None:
    """A message whose count exceeds `maxDequeueCount` when it's received goes to the poison queue at once."""
    await poison.create_queue()
    await queue.send_message("crashes every instance")
    for _ in range(2):
        await eventually(lambda: received_and_lost(queue))
    await hosts(NOTES_BODY, messageEncoding="none", maxDequeueCount=2)
    [invocation] = await hosts.invocations(1)
    assert (invocation.outcome, invocation.dequeueCount, invocation.ms) == ("poison", 3, None)
    assert await texts(poison) == ["crashes every instance"]
    assert hosts.noted() == []


async def received_and_lost(queue: QueueClient) -> bool:
    """Receive a message as an instance that crashes at once."""
    return await queue.receive_message(visibility_timeout=1) is not None


async def test_a_failed_message_of_a_poison_queue_comes_back_when_its_lock_ends(
    hosts: Hosts, storage: QueueServiceClient, poison: QueueClient
) -> None:
    """A poison queue has no poison queue of its own and no `visibilityTimeout`: the lock runs out."""
    await poison.create_queue()
    await poison.send_message("x")
    await hosts(FAILS_ON_POISON, messageEncoding="none", lock_seconds=2)
    invocations = await hosts.invocations(2)
    assert [(i.outcome, i.dequeueCount) for i in invocations[:2]] == [("error", 1), ("error", 2)]
    first, second = map(float, hosts.noted()[:2])
    assert second - first >= 1.9
    with pytest.raises(ResourceNotFoundError):
        await storage.get_queue_client(f"{poison.queue_name}-poison").get_queue_properties()


async def test_a_poison_message_that_failed_too_often_stays_without_invocations(
    hosts: Hosts, poison: QueueClient
) -> None:
    """Beyond `maxDequeueCount`, a poison message is neither passed to the function nor removed."""
    await poison.create_queue()
    await poison.send_message("x")
    await hosts(FAILS_ON_POISON, messageEncoding="none", lock_seconds=1, maxDequeueCount=1)
    invocations = await hosts.invocations(2)
    assert [(i.outcome, i.ms is None) for i in invocations[:2]] == [("error", False), ("error", True)]
    assert len(hosts.noted()) == 1
    assert await count(poison) == 1
