"""The fault proxy in front of Azurite, with the service's own storage clients."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from tests.faults.actions import Call, Kill, Reset, Status
from tests.faults.exchange import Exchange
from tests.faults.proxied import Proxied
from tools.develop.azurite import Azurite

LOST = (ServiceRequestError, ServiceResponseError)
# Characters that names may have, with the quote doubled as in OData.
AWKWARD = "it''s a/b%2F+ü & 100 %"


@pytest.fixture
def name() -> str:
    """Return a name for this test alone, which is valid for queues, tables and containers."""
    return f"t{uuid4().hex}"


@pytest.fixture
async def proxied(azurite: Azurite) -> AsyncIterator[Proxied]:
    """Run proxies in front of Azurite."""
    async with Proxied({"AzureWebJobsStorage": azurite.connection_string}) as running:
        yield running


@pytest.fixture
async def tables(proxied: Proxied) -> AsyncIterator[TableServiceClient]:
    """Connect to tables through the proxy, without retries."""
    settings = proxied.environment["AzureWebJobsStorage"]
    async with TableServiceClient.from_connection_string(settings, retry_total=0) as client:
        yield client


@pytest.fixture
async def queues(proxied: Proxied) -> AsyncIterator[QueueServiceClient]:
    """Connect to queues through the proxy, without retries."""
    settings = proxied.environment["AzureWebJobsStorage"]
    async with QueueServiceClient.from_connection_string(settings, retry_total=0) as client:
        yield client


async def test_table_requests(tables: TableServiceClient, proxied: Proxied, name: str) -> None:
    """Signed table requests pass, even with awkward keys, and their kinds are recognized."""
    key = "it's ü & +"
    entity = {"PartitionKey": "p", "RowKey": key, "n": 1}
    client = await tables.create_table(name)
    await client.create_entity(entity)
    for mode in (UpdateMode.MERGE, UpdateMode.REPLACE):
        found = await client.get_entity("p", key)
        await client.update_entity(
            found, mode=mode, etag=found.metadata["etag"], match_condition=MatchConditions.IfNotModified
        )
    await client.upsert_entity({**entity, "n": 2})
    assert [row["n"] async for row in client.query_entities("n eq 2")] == [2]
    await client.submit_transaction([("upsert", {**entity, "n": 3})])
    await client.delete_entity("p", key)
    assert [table.name async for table in tables.query_tables(f"TableName eq '{name}'")] == [name]
    await tables.delete_table(name)
    names = "create_table insert get update get update upsert query batch delete list_tables delete_table"
    assert [exchange.kind for exchange in proxied.log] == [f"table:{word}" for word in names.split()]


async def test_queue_requests(queues: QueueServiceClient, proxied: Proxied, name: str) -> None:
    """Signed queue requests pass, whatever their text is. Their kinds are recognized, and name the queue."""
    client = await queues.create_queue(name)
    await client.send_message("ü <&> 'x'", time_to_live=-1)
    assert [message.content for message in await client.peek_messages()] == ["ü <&> 'x'"]
    message = await client.receive_message()
    assert message
    message = await client.update_message(message, content="two")
    await client.get_queue_properties()
    await client.delete_message(message)
    await client.clear_messages()
    await queues.delete_queue(name)
    words = "create put peek get update properties delete clear drop"
    assert [exchange.kind for exchange in proxied.log] == [f"queue:{word}:{name}" for word in words.split()]


async def test_blob_requests(proxied: Proxied, name: str) -> None:
    """Signed blob requests pass, even with awkward names and large bodies, and their kinds are recognized."""
    body = bytes(range(256)) * 4000
    settings = proxied.environment["AzureWebJobsStorage"]
    async with BlobServiceClient.from_connection_string(settings, retry_total=0) as service:
        container = await service.create_container(name)
        blob = container.get_blob_client(AWKWARD)
        await blob.upload_blob(body)
        assert (await (await blob.download_blob()).readall()) == body
        assert (await blob.get_blob_properties()).size == len(body)
        assert [found async for found in container.list_blob_names()] == [AWKWARD]
        await blob.delete_blob()
        await container.delete_container()
    words = "container_put put get head container_list delete container_delete"
    assert [exchange.kind for exchange in proxied.log] == [f"blob:{word}" for word in words.split()]


async def test_a_write_whose_response_is_lost_has_happened(
    tables: TableServiceClient, proxied: Proxied, name: str
) -> None:
    """The client sees an error, but the row is in the table."""
    client = await tables.create_table(name)
    entity = {"PartitionKey": "p", "RowKey": "r", "n": 1}
    proxied["table"].rule("table:insert", point="after", action=Reset())
    with pytest.raises(LOST):
        await client.create_entity(entity)
    assert (await client.get_entity("p", "r"))["n"] == 1


async def test_a_write_that_is_not_forwarded_has_not_happened(
    queues: QueueServiceClient, proxied: Proxied, name: str
) -> None:
    """The client gets the status of the rule, and the queue stays empty."""
    client = await queues.create_queue(name)
    proxied["queue"].rule(f"queue:put:{name}", action=Status(503))
    with pytest.raises(HttpResponseError):
        await client.send_message("lost")
    assert (await client.get_queue_properties()).approximate_message_count == 0


async def test_a_rule_can_tell_a_message_from_an_empty_response(
    queues: QueueServiceClient, proxied: Proxied, name: str
) -> None:
    """The condition of a rule may accept only the polls whose response has a message."""
    client = await queues.create_queue(name)
    bodies: list[bytes | None] = []

    def note(exchange: Exchange) -> None:
        bodies.append(exchange.response)

    def has_message(exchange: Exchange) -> bool:
        return b"<MessageId>" in (exchange.response or b"")

    proxied["queue"].rule(f"queue:get:{name}", point="after", action=Call(note), when=has_message)
    assert await client.receive_message() is None
    assert bodies == []
    await client.send_message("hello")
    assert await client.receive_message()
    assert len(bodies) == 1


async def test_an_action_that_fails_fails_the_test(azurite: Azurite, name: str) -> None:
    """An action's error is raised, whichever proxy it happened at."""

    def nobody() -> int:
        raise ProcessLookupError(name)

    async def run() -> None:
        async with Proxied({"AzureWebJobsStorage": azurite.connection_string}) as proxied:
            proxied["queue"].rule(f"queue:put:{name}", action=Kill(nobody))
            settings = proxied.environment["AzureWebJobsStorage"]
            async with QueueServiceClient.from_connection_string(settings, retry_total=0) as client:
                queue = await client.create_queue(name)
                with pytest.raises(LOST):
                    await queue.send_message("x")

    with pytest.raises(ExceptionGroup):
        await run()


async def test_a_storage_client_may_send_a_request_twice(
    queues: QueueServiceClient, proxied: Proxied, name: str
) -> None:
    """Even with the client's retries off, its transport (aiohttp) repeats a PUT if the connection breaks."""
    client = await queues.create_queue(name)
    await client.send_message("x")
    message = await client.receive_message()
    assert message
    rule = proxied["queue"].rule(f"queue:update:{name}", action=Reset())
    await client.update_message(message, visibility_timeout=0)
    assert (rule.seen, len(rule.fired)) == (2, 1)
