"""The local host treats a queue's messages as the Functions host does."""

import json

from azure.storage.queue.aio import QueueClient

from tests.local.conftest import Hosts


async def test_deletes_a_message_when_its_function_returns(hosts: Hosts, queue: QueueClient) -> None:
    """A message is gone after a successful invocation, which is reported with its id and count."""
    sent = await queue.send_message("hello")
    await hosts(
        """
        @listens()
        async def greet(msg: func.QueueMessage):
            note(msg.get_body().decode())
        """,
        messageEncoding="none",
    )
    [invocation] = await hosts.invocations(1)
    assert hosts.noted() == ["hello"]
    assert (invocation.function, invocation.outcome) == ("greet", "ok")
    assert (invocation.messageId, invocation.dequeueCount) == (sent.id, 1)
    assert (await queue.get_queue_properties()).approximate_message_count == 0
    json.dumps(invocation.ms)
