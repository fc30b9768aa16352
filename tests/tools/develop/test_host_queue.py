"""The local host treats a queue's messages as the Functions host does."""

import base64

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from tests.tools.develop.conftest import Hosts, eventually

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


async def contents(queue: QueueClient) -> list[str]:
    """Peek at the texts in a queue; none if it does not exist."""
    try:
        return [message.content for message in await queue.peek_messages(32)]
    except ResourceNotFoundError:
        return []


async def count(queue: QueueClient) -> int:
    """Count the messages in a queue, invisible ones as well."""
    return (await queue.get_queue_properties()).approximate_message_count


@pytest.fixture
def poison(storage: QueueServiceClient, queue: QueueClient) -> QueueClient:
    """The poison queue of this test's queue, which nobody has created."""
    return storage.get_queue_client(f"{queue.queue_name}-poison")


async def test_deletes_a_message_when_its_function_returns(hosts: Hosts, queue: QueueClient) -> None:
    """A message is gone after a successful invocation, which is reported with its id and count."""
    sent = await queue.send_message("hello")
    await hosts(NOTES_BODY, messageEncoding="none")
    [invocation] = await hosts.invocations(1)
    assert hosts.noted() == ["hello"]
    assert (invocation.function, invocation.queue, invocation.outcome) == ("f", queue.queue_name, "ok")
    assert (invocation.messageId, invocation.dequeueCount) == (sent.id, 1)
    assert invocation.ms is not None
    assert await count(queue) == 0


async def test_failed_message_comes_again_after_the_visibility_timeout(hosts: Hosts, queue: QueueClient) -> None:
    """An exception makes the message visible again after `visibilityTimeout`, with a higher count."""
    await queue.send_message("x")
    await hosts(FAILS, messageEncoding="none", visibilityTimeout="00:00:02")
    invocations = await hosts.invocations(2)
    assert [(i.outcome, i.dequeueCount) for i in invocations[:2]] == [("error", 1), ("error", 2)]
    first, second = map(float, hosts.noted()[:2])
    assert second - first >= 1.9


async def test_message_that_fails_too_often_is_copied_to_the_poison_queue(
    hosts: Hosts, queue: QueueClient, poison: QueueClient
) -> None:
    """After `maxDequeueCount` failures the text, unchanged, is in `<queue>-poison`, made on demand."""
    text = '{"a": "<&>é"}\n '
    await queue.send_message(text)
    await hosts(FAILS, messageEncoding="none", maxDequeueCount=2)
    invocations = await hosts.invocations(2)
    assert [i.outcome for i in invocations] == ["error", "poison"]
    assert await contents(poison) == [text]
    assert await count(queue) == 0
    assert len(hosts.noted()) == 2


async def test_message_received_too_often_is_not_invoked(hosts: Hosts, queue: QueueClient, poison: QueueClient) -> None:
    """A message whose count exceeds `maxDequeueCount` on receipt goes to the poison queue unseen."""
    await poison.create_queue()
    await queue.send_message("crashes every instance")
    for _ in range(2):
        await eventually(lambda: received_and_lost(queue))
    await hosts(NOTES_BODY, messageEncoding="none", maxDequeueCount=2)
    [invocation] = await hosts.invocations(1)
    assert (invocation.outcome, invocation.dequeueCount, invocation.ms) == ("poison", 3, None)
    assert await contents(poison) == ["crashes every instance"]
    assert hosts.noted() == []


async def received_and_lost(queue: QueueClient) -> bool:
    """Receive a message as an instance does that crashes at once, and is gone when the lease ends."""
    return await queue.receive_message(visibility_timeout=1) is not None


async def test_failed_message_of_a_poison_queue_comes_again_after_its_lease(
    hosts: Hosts, storage: QueueServiceClient, poison: QueueClient
) -> None:
    """A poison queue has no poison queue and no `visibilityTimeout`: the lease runs out."""
    await poison.create_queue()
    await poison.send_message("x")
    await hosts(FAILS_ON_POISON, messageEncoding="none", lock_seconds=2)
    invocations = await hosts.invocations(2)
    assert [(i.outcome, i.dequeueCount) for i in invocations[:2]] == [("error", 1), ("error", 2)]
    first, second = map(float, hosts.noted()[:2])
    assert second - first >= 1.9
    with pytest.raises(ResourceNotFoundError):
        await storage.get_queue_client(f"{poison.queue_name}-poison").get_queue_properties()


async def test_poison_message_that_failed_too_often_stays_without_invocation(hosts: Hosts, poison: QueueClient) -> None:
    """Beyond `maxDequeueCount` a poison message is neither invoked nor removed."""
    await poison.create_queue()
    await poison.send_message("x")
    await hosts(FAILS_ON_POISON, messageEncoding="none", lock_seconds=1, maxDequeueCount=1)
    invocations = await hosts.invocations(2)
    assert [(i.outcome, i.ms is None) for i in invocations[:2]] == [("error", False), ("error", True)]
    assert len(hosts.noted()) == 1
    assert await count(poison) == 1


async def test_base64_is_decoded_and_other_text_poisoned_unseen(
    hosts: Hosts, queue: QueueClient, poison: QueueClient
) -> None:
    """By default messages are base64; one that is not goes to the poison queue as it is."""
    await queue.send_message("{plaintxt}")
    await queue.send_message(base64.b64encode("né".encode()).decode())
    await hosts(NOTES_BODY)
    invocations = await hosts.invocations(2)
    assert sorted((i.outcome, i.ms is None) for i in invocations) == [("ok", False), ("poison", True)]
    assert hosts.noted() == ["né"]
    assert await contents(poison) == ["{plaintxt}"]


async def test_base64_that_is_no_text_fails_and_is_poisoned_in_the_end(
    hosts: Hosts, queue: QueueClient, poison: QueueClient
) -> None:
    """Bytes that are not UTF-8 are a failure of the invocation, and poisoned in the text they had."""
    text = base64.b64encode(b"\xff\xfe").decode()
    await queue.send_message(text)
    await hosts(NOTES_BODY, maxDequeueCount=2)
    invocations = await hosts.invocations(2)
    assert [i.outcome for i in invocations] == ["error", "poison"]
    assert hosts.noted() == []
    assert await contents(poison) == [text]


async def test_encoding_none_hands_the_raw_text_over(hosts: Hosts, queue: QueueClient) -> None:
    """With `messageEncoding` none a base64 text arrives as that text."""
    await queue.send_message("aGVsbG8=")
    await hosts(NOTES_BODY, messageEncoding="none")
    await hosts.invocations(1)
    assert hosts.noted() == ["aGVsbG8="]


async def test_waits_for_a_queue_that_does_not_exist(
    hosts: Hosts, storage: QueueServiceClient, queue: QueueClient
) -> None:
    """The listener neither creates its queue nor gives up; it starts when somebody creates it."""
    late = storage.get_queue_client(f"{queue.queue_name}-late")
    host = await hosts(NOTES_BODY.replace("listens()", 'listens("%QUEUE%-late")'), messageEncoding="none")
    await eventually(lambda: "does not exist" in host.log.read_text())
    with pytest.raises(ResourceNotFoundError):
        await late.get_queue_properties()
    await late.create_queue()
    await late.send_message("at last")
    await hosts.invocations(1)
    assert hosts.noted() == ["at last"]
