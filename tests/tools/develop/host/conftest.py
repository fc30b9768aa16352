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
    """Return Azurite's queue service."""
    async with QueueServiceClient.from_connection_string(azurite.connection_string) as service:
        yield service


@pytest.fixture
async def queue(storage: QueueServiceClient) -> QueueClient:
    """Return this test's own queue. Its functions know the name as `%QUEUE%`."""
    return await storage.create_queue(f"q-{uuid.uuid4().hex}")


@pytest.fixture
async def hosts(azurite: Azurite, queue: QueueClient, tmp_path: Path) -> AsyncIterator[Hosts]:
    """Return hosts for this test's queue. Those still running at the end are killed."""
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
    """Return an HTTP client that sends nothing by itself that isn't needed."""
    skipped = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
    async with aiohttp.ClientSession(skip_auto_headers=skipped) as session:
        yield session
