"""Functions get the trigger metadata that the Functions host sends."""

import json
from datetime import UTC, datetime, timedelta

from azure.storage.queue.aio import QueueClient

from tests.tools.develop.conftest import Hosts

NOTES_METADATA = """
    import json

    @listens()
    async def f(msg: func.QueueMessage):
        note(json.dumps(msg.to_dict()))
"""


async def noted(hosts: Hosts) -> dict[str, str]:
    """Read the properties of the one message that the function got."""
    await hosts.invocations(1)
    [line] = hosts.noted()
    return dict(json.loads(line))


async def test_message_carries_its_metadata(hosts: Hosts, queue: QueueClient) -> None:
    """Id, count, receipt and times arrive as the storage service has them."""
    sent = await queue.send_message("hello", time_to_live=3600)
    await hosts(NOTES_METADATA, messageEncoding="none", lock_seconds=60)
    message = await noted(hosts)
    assert (message["id"], message["body"], message["dequeue_count"]) == (sent.id, "hello", 1)
    assert message["pop_receipt"]
    assert message["pop_receipt"] != sent.pop_receipt
    inserted = datetime.fromisoformat(message["insertion_time"])
    assert abs(datetime.now(UTC) - inserted) < timedelta(minutes=1)
    assert datetime.fromisoformat(message["expiration_time"]) - inserted == timedelta(hours=1)
    assert datetime.fromisoformat(message["time_next_visible"]) > inserted + timedelta(seconds=55)


async def test_json_properties_replace_metadata(hosts: Hosts, queue: QueueClient) -> None:
    """Top-level properties of a JSON body are merged over the metadata, whatever their case."""
    await queue.send_message(json.dumps({"id": "event-1", "POPRECEIPT": 7, "list": [1], "nothing": None}))
    await hosts(NOTES_METADATA, messageEncoding="none")
    message = await noted(hosts)
    assert (message["id"], message["pop_receipt"], message["dequeue_count"]) == ("event-1", "7", 1)


async def test_json_property_of_the_wrong_type_fails_before_the_function(hosts: Hosts, queue: QueueClient) -> None:
    """A body with a `dequeueCount` that is no number cannot be turned into a QueueMessage."""
    await queue.send_message('{"dequeueCount": "many"}')
    host = await hosts(NOTES_METADATA, messageEncoding="none", maxDequeueCount=1)
    [invocation] = await hosts.invocations(1)
    assert invocation.outcome == "poison"
    assert hosts.noted() == []
    assert "DequeueCount" in host.log.read_text()


async def test_deeply_nested_json_is_handed_over(hosts: Hosts, queue: QueueClient) -> None:
    """A body too deep to be parsed has nothing merged, and reaches the function as text."""
    text = '{"a":' + "[" * 30_000 + "]" * 30_000 + "}"
    await queue.send_message(text)
    await hosts(NOTES_METADATA, messageEncoding="none")
    assert (await noted(hosts))["body"] == text


async def test_function_that_takes_text_gets_text(hosts: Hosts, queue: QueueClient) -> None:
    """A parameter annotated `str` gets the body, and no metadata can spoil it."""
    await queue.send_message('{"dequeueCount": "many"}')
    await hosts(
        """
        @listens()
        async def f(msg: str):
            note(msg)
        """,
        messageEncoding="none",
    )
    [invocation] = await hosts.invocations(1)
    assert invocation.outcome == "ok"
    assert hosts.noted() == ['{"dequeueCount": "many"}']
