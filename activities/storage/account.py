"""The storage account, reached by connection string (Azurite) or by identity (Azure)."""

from contextlib import suppress
from typing import Any

from azure.data.tables.aio import TableClient, TableServiceClient
from azure.identity.aio import ManagedIdentityCredential
from azure.storage.blob.aio import BlobServiceClient, ContainerClient
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from activities.settings import Settings
from activities.storage.clock import StorageClock

# Retries are few and short, because the host delivers the message again. Environment settings (proxies, passwords in
# ~/.netrc) are off: a thread would look for them before each request, which costs as much as the request.
_OPTIONS: dict[str, Any] = {
    "retry_total": 2,
    "connection_timeout": 10,
    "read_timeout": 20,
    "use_env_settings": False,
}
_QUEUES_AND_BLOBS = _OPTIONS | {"initial_backoff": 0.5, "increment_base": 2, "random_jitter_range": 0.5}
# Anything larger is sent in several requests, so that sending doesn't block the event loop.
_PART = 2**20
_BLOBS = _QUEUES_AND_BLOBS | {"max_single_put_size": _PART, "max_block_size": _PART}
_TABLES = _OPTIONS | {"retry_backoff_factor": 0.4, "retry_backoff_max": 4}


class StorageAccount:
    """Clients of the account's queues, tables and blobs. One per process, on one event loop."""

    def __init__(self, settings: Settings, clock: StorageClock | None = None) -> None:
        """Make the clients. The responses of the table service set the clock."""
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
        """Return a client for a queue. It sends and receives texts unchanged."""
        return self._queues.get_queue_client(name)

    def table(self, name: str) -> TableClient:
        """Return a client for a table."""
        return self._tables.get_table_client(name)

    def container(self, name: str) -> ContainerClient:
        """Return a client for a blob container."""
        return self._blobs.get_container_client(name)

    async def close(self) -> None:
        """Close all connections."""
        await self._queues.close()
        await self._blobs.close()
        await self._tables.close()
        if self._credential is not None:
            await self._credential.close()


def check_account(settings: Settings) -> None:
    """Check that the clients can be made. This needs neither a network nor an event loop.

    Raises:
        ValueError: they can't be made. The libraries' own messages are left out, because they may show the connection
            string.
    """
    with suppress(ValueError, TypeError, LookupError, AttributeError):
        StorageAccount(settings)
        return
    raise ValueError(
        "AzureWebJobsStorage isn't a connection string for blobs, queues and tables: copy it again from the account, "
        "or set AzureWebJobsStorage__accountName instead"
    )
