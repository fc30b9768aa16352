"""The storage account, reached by connection string (Azurite) or by identity (Azure)."""

from contextlib import suppress
from typing import Any

from azure.data.tables.aio import TableClient, TableServiceClient
from azure.identity.aio import ManagedIdentityCredential
from azure.storage.blob.aio import BlobServiceClient, ContainerClient
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from activities.settings import Settings
from activities.storage.clock import StorageClock

# Few retries and short ones, because the host delivers the message again. Settings of the environment are proxies, and
# passwords in ~/.netrc: a thread would look for these before each request, which costs as much as the request.
_OPTIONS: dict[str, Any] = {
    "retry_total": 2,
    "connection_timeout": 10,
    "read_timeout": 20,
    "use_env_settings": False,
}
_QUEUES_AND_BLOBS = _OPTIONS | {"initial_backoff": 0.5, "increment_base": 2, "random_jitter_range": 0.5}
# What is larger goes in several requests, so that sending it does not hold up the event loop.
_PART = 2**20
_BLOBS = _QUEUES_AND_BLOBS | {"max_single_put_size": _PART, "max_block_size": _PART}
_TABLES = _OPTIONS | {"retry_backoff_factor": 0.4, "retry_backoff_max": 4}


class StorageAccount:
    """Clients of the account's queues, tables and blobs. One per process, on one event loop."""

    def __init__(self, settings: Settings, clock: StorageClock | None = None) -> None:
        """Connect to the account. The clock is set by the responses of the table service."""
        hooks = {} if clock is None else {"raw_request_hook": clock.ask, "raw_response_hook": clock.hear}
        tables = _TABLES | hooks
        self._credential: ManagedIdentityCredential | None = None
        if settings.storage_connection_string is not None:
            text = settings.storage_connection_string.get_secret_value()
            self._queues = QueueServiceClient.from_connection_string(text, **_QUEUES_AND_BLOBS)
            self._blobs = BlobServiceClient.from_connection_string(text, **_BLOBS)
            self._tables = TableServiceClient.from_connection_string(text, **tables)
            return
        self._credential = credential = ManagedIdentityCredential(client_id=settings.storage_client_id)
        account = f"https://{settings.storage_account_name}"
        self._queues = QueueServiceClient(f"{account}.queue.core.windows.net", credential, **_QUEUES_AND_BLOBS)
        self._blobs = BlobServiceClient(f"{account}.blob.core.windows.net", credential, **_BLOBS)
        self._tables = TableServiceClient(f"{account}.table.core.windows.net", credential=credential, **tables)

    def queue(self, name: str) -> QueueClient:
        """A queue; texts go in and come out unchanged."""
        return self._queues.get_queue_client(name)

    def table(self, name: str) -> TableClient:
        """A table."""
        return self._tables.get_table_client(name)

    def container(self, name: str) -> ContainerClient:
        """A blob container."""
        return self._blobs.get_container_client(name)

    async def close(self) -> None:
        """End all connections."""
        await self._queues.close()
        await self._blobs.close()
        await self._tables.close()
        if self._credential is not None:
            await self._credential.close()


def check_account(settings: Settings) -> None:
    """Make the clients once, and drop them. This needs neither a network nor an event loop.

    Raises:
        ValueError: they cannot be made. The libraries' own messages may show the connection string, so they are left
            out.
    """
    with suppress(ValueError, TypeError, LookupError, AttributeError):
        StorageAccount(settings)
        return
    raise ValueError(
        "AzureWebJobsStorage is no connection string for blobs, queues and tables: copy it again from the account, or "
        "set AzureWebJobsStorage__accountName instead"
    )
