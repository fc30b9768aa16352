"""Functions get the body and the trigger metadata that the Functions host passes to them."""

import base64
import json
from datetime import UTC, datetime, timedelta

from azure.storage.queue.aio import QueueClient

from tests.tools.develop.host.hosts import Hosts

NOTES_BODY = """
    @listens()
    async def f(msg: func.QueueMessage):
        note(msg.get_body().decode())
"""
NOTES_METADATA = """
    import json

    @listens()
    async def f(msg: func.QueueMessage):
        note(json.dumps(msg.to_dict()))
"""


async def noted(hosts: Hosts) -> dict[str, str]:
    """Return the properties of the one message that the function got."""
    await hosts.invocations(1)
    [line] = hosts.noted()
    return dict(json.loads(line))


async def poisoned(hosts: Hosts, queue: QueueClient) -> list[str]:
    """Return the texts in a queue's poison queue."""
    connection = hosts.environment["AzureWebJobsStorage"]
    async with QueueClient.from_connection_string(connection, f"{queue.queue_name}-poison") as poison:
        return [message.content for message in await poison.peek_messages(32)]


async def test_base64_is_decoded_and_other_text_is_poisoned_unread(hosts: Hosts, queue: QueueClient) -> None:
    """By default, messages are base64. Any other message goes to the poison queue unchanged."""
    await queue.send_message("{plaintxt}")
    await queue.send_message(base64.b64encode("né".encode()).decode())
    await hosts(NOTES_BODY)
    invocations = await hosts.invocations(2)
    assert sorted((i.outcome, i.ms is None) for i in invocations) == [("ok", False), ("poison", True)]
    assert hosts.noted() == ["né"]
    assert await poisoned(hosts, queue) == ["{plaintxt}"]


async def test_base64_of_bytes_that_are_not_text_fails_and_is_poisoned(hosts: Hosts, queue: QueueClient) -> None:
    """Bytes that aren't UTF-8 make the invocation fail. The poison queue gets the original text."""
    text = base64.b64encode(b"\xff\xfe").decode()
    await queue.send_message(text)
    await hosts(NOTES_BODY, maxDequeueCount=2)
    invocations = await hosts.invocations(2)
    assert [i.outcome for i in invocations] == ["error", "poison"]
    assert hosts.noted() == []
    assert await poisoned(hosts, queue) == [text]


async def test_with_encoding_none_the_text_is_not_decoded(hosts: Hosts, queue: QueueClient) -> None:
    """With `messageEncoding` none, a function gets a base64 text as that text."""
    await queue.send_message("aGVsbG8=")
    await hosts(NOTES_BODY, messageEncoding="none")
    await hosts.invocations(1)
    assert hosts.noted() == ["aGVsbG8="]


async def test_a_message_carries_its_metadata(hosts: Hosts, queue: QueueClient) -> None:
    """Id, count, receipt and times are those in storage."""
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
    """Top-level properties of a JSON body are merged over the metadata, in upper or lower case."""
    await queue.send_message(json.dumps({"id": "event-1", "POPRECEIPT": 7, "list": [1], "nothing": None}))
    await hosts(NOTES_METADATA, messageEncoding="none")
    message = await noted(hosts)
    assert (message["id"], message["pop_receipt"], message["dequeue_count"]) == ("event-1", "7", 1)


async def test_a_json_property_of_the_wrong_type_fails_before_the_function(hosts: Hosts, queue: QueueClient) -> None:
    """A body whose `dequeueCount` isn't a number can't be converted to a QueueMessage."""
    await queue.send_message('{"dequeueCount": "many"}')
    host = await hosts(NOTES_METADATA, messageEncoding="none", maxDequeueCount=1)
    [invocation] = await hosts.invocations(1)
    assert invocation.outcome == "poison"
    assert hosts.noted() == []
    assert "DequeueCount" in host.log.read_text()


async def test_deeply_nested_json_is_passed_as_text(hosts: Hosts, queue: QueueClient) -> None:
    """Nothing is merged from a body that's nested too deeply to be parsed."""
    text = '{"a":' + "[" * 30_000 + "]" * 30_000 + "}"
    await queue.send_message(text)
    await hosts(NOTES_METADATA, messageEncoding="none")
    assert (await noted(hosts))["body"] == text


async def test_a_function_that_takes_text_gets_text(hosts: Hosts, queue: QueueClient) -> None:
    """A parameter annotated as `str` gets the body, whatever the metadata is."""
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
