"""Azurite starts, keeps its data when told to, and stops."""

import asyncio
import shutil
import sys
from pathlib import Path

import pytest
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from tests.tools.develop.eventually import eventually
from tools.develop.azurite import Azurite, AzuriteError, create_storage

NAMES = {
    "LMS_EVENTS_QUEUE": "mine",
    "LMS_EVENTS_RETRY_QUEUE": "mine-later",
    "DEAD_LETTER_CONTAINER": "my-letters",
    "EVENT_BODY_CONTAINER": "my-bodies",
    "ACTIVITIES_TABLE": "myrecords",
    "PEOPLE_TABLE": "mypeople",
}


async def test_storage_is_created_once(azurite: Azurite) -> None:
    """`create_storage` creates queues with their poison queues, tables and containers, and may be repeated."""
    for _ in range(2):
        await create_storage(azurite.connection_string, NAMES)
    async with (
        QueueServiceClient.from_connection_string(azurite.connection_string) as queues,
        TableServiceClient.from_connection_string(azurite.connection_string) as tables,
        BlobServiceClient.from_connection_string(azurite.connection_string) as blobs,
    ):
        found = {queue.name async for queue in queues.list_queues()}
        assert found >= {"mine", "mine-poison", "mine-later", "mine-later-poison"}
        assert {table.name async for table in tables.list_tables()} >= {"myrecords", "mypeople"}
        assert {container.name async for container in blobs.list_containers()} >= {"my-letters", "my-bodies"}


async def test_ports_and_data_survive_a_stop_that_keeps_them() -> None:
    """After an outage, storage has the same address and the same messages."""
    azurite = Azurite()
    async with azurite:
        address = azurite.queue_url
        async with QueueClient.from_connection_string(azurite.connection_string, "kept") as queue:
            await queue.create_queue()
            await queue.send_message("still here")
            await azurite.stop(keep=True)
            await azurite.start()
            assert azurite.queue_url == address
            assert [message.content for message in await queue.peek_messages()] == ["still here"]


async def test_a_given_folder_keeps_data_for_the_next_run(tmp_path: Path) -> None:
    """Data in a given folder is still there for the next Azurite."""
    async with Azurite(tmp_path / "data") as azurite:
        await create_storage(azurite.connection_string, NAMES)
    async with (
        Azurite(tmp_path / "data") as azurite,
        QueueServiceClient.from_connection_string(azurite.connection_string) as service,
    ):
        assert "mine" in {queue.name async for queue in service.list_queues()}


async def test_stops_when_its_parent_is_killed() -> None:
    """Azurite stops when the process that started it is killed."""
    script = (
        "import asyncio, os, signal\n"
        "from tools.develop.azurite import Azurite\n"
        "async def main():\n"
        "    azurite = Azurite()\n"
        "    await azurite.start()\n"
        "    print(azurite.queue_url, azurite._folder, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == -9
    url, folder = output.decode().split()
    port = int(url.split(":")[2].split("/")[0])

    async def gone() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return True
        writer.close()
        return False

    await eventually(gone)
    await asyncio.to_thread(shutil.rmtree, folder)


async def test_missing_node_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without Node.js, the error says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AzuriteError, match=r"Node\.js isn't on the PATH.*make setup"):
        await Azurite().start()


async def test_there_is_no_address_before_the_start() -> None:
    """Reading an address too early is an error instead of a wrong address."""
    with pytest.raises(AzuriteError, match="hasn't been started"):
        _ = Azurite().connection_string
