"""A queue, host processes and an HTTP client for each test of the local host."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from tests.tools.develop.host.hosts import Hosts
from tools.develop.azurite import Azurite


@pytest.fixture
async def storage(azurite: Azurite) -> AsyncIterator[QueueServiceClient]:
    """The queue service of Azurite."""
    async with QueueServiceClient.from_connection_string(azurite.connection_string) as service:
        yield service


@pytest.fixture
async def queue(storage: QueueServiceClient) -> QueueClient:
    """This test's own queue; its functions know the name as `%QUEUE%`."""
    return await storage.create_queue(f"q-{uuid.uuid4().hex}")


@pytest.fixture
async def hosts(azurite: Azurite, queue: QueueClient, tmp_path: Path) -> AsyncIterator[Hosts]:
    """Hosts for this test's queue; those that still run at its end are killed."""
    environment = {
        "PATH": os.environ["PATH"],
        "AzureWebJobsStorage": azurite.connection_string,
        "QUEUE": str(queue.queue_name),
    }
    async with AsyncExitStack() as cleanup:
        started = Hosts(tmp_path, environment)
        cleanup.push_async_callback(started.end)
        yield started


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client that sends nothing on its own that is not needed."""
    skipped = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
    async with aiohttp.ClientSession(skip_auto_headers=skipped) as session:
        yield session
