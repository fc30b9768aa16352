"""Storage behind fault proxies."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from activities.service import Service
from activities.storage.delivery import Delivery
from activities.storage.ledger import Ledger
from activities.storage.letters import Letters
from activities.storage.people import People
from tests.faults.proxied import Proxied


@dataclass(frozen=True, slots=True)
class Storage:
    """Everything that uses a table or a container, without the SDK's retries."""

    ledger: Ledger
    people: People
    letters: Letters
    delivery: Delivery
    proxied: Proxied


@pytest.fixture
async def storage(service: Service) -> AsyncIterator[Storage]:
    """Return this test's storage behind proxies."""
    settings = service.settings
    text = settings.storage_connection_string
    assert text is not None
    async with AsyncExitStack() as stack:
        proxied = await stack.enter_async_context(Proxied({"AzureWebJobsStorage": text.get_secret_value()}))
        through = proxied.environment["AzureWebJobsStorage"]
        once = {"retry_total": 0}
        tables = await stack.enter_async_context(TableServiceClient.from_connection_string(through, **once))
        blobs = await stack.enter_async_context(BlobServiceClient.from_connection_string(through, **once))
        queues = await stack.enter_async_context(QueueServiceClient.from_connection_string(through, **once))
        yield Storage(
            Ledger(tables.get_table_client(settings.activities_table)),
            People(tables.get_table_client(settings.people_table)),
            Letters(blobs.get_container_client(settings.dead_letter_container)),
            Delivery(
                events=queues.get_queue_client(settings.events_queue),
                retries=queues.get_queue_client(settings.retry_queue),
                bodies=blobs.get_container_client(settings.event_body_container),
            ),
            proxied,
        )
