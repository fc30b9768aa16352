"""Reads everything that a storage account shows through its APIs, to search it byte by byte."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping

from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient


async def found(connection_string: str, words: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """Return where one of the words is, in any case: in tables, queues and containers with these names."""
    pattern = re.compile("|".join(map(re.escape, words)).encode(), re.IGNORECASE)
    pieces = {place: text async for place, text in _everything(connection_string, set(names.values()))}
    return sorted(place for place, text in pieces.items() if pattern.search(text))


async def _everything(connection_string: str, names: set[str]) -> AsyncIterator[tuple[str, bytes]]:
    async with (
        TableServiceClient.from_connection_string(connection_string) as tables,
        QueueServiceClient.from_connection_string(connection_string) as queues,
        BlobServiceClient.from_connection_string(connection_string) as blobs,
    ):
        async for table in tables.list_tables():
            if table.name in names:
                async for row in tables.get_table_client(table.name).list_entities():
                    yield f"table {row['PartitionKey']} {row['RowKey'][:12]}", repr(dict(row)).encode()
        async for queue in queues.list_queues():
            name = str(queue.name)
            if name.removesuffix("-poison") in names:
                for message in await queues.get_queue_client(name).peek_messages(max_messages=32):
                    yield f"queue {name} {message.id}", str(message.content).encode()
        async for container in blobs.list_containers():
            if container.name in names:
                client = blobs.get_container_client(str(container.name))
                async for blob in client.list_blobs(include=["metadata", "deleted", "versions", "snapshots"]):
                    text = await (await client.download_blob(blob.name)).readall()
                    yield f"blob {blob.name}", f"{blob.name} {blob.metadata}".encode() + text
