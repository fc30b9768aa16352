"""The storage account that a command uses, selected by name or by connection string."""

import logging
import os
import re
from pathlib import Path
from typing import Any, Self

from azure.core.exceptions import ClientAuthenticationError
from azure.data.tables.aio import TableClient, TableServiceClient
from azure.identity.aio import DefaultAzureCredential
from azure.storage.blob.aio import BlobServiceClient, ContainerClient
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from activities import setting_rules
from activities.settings import Settings
from tools.operate.troubles import WrongUsage

# While it runs, `make start` keeps the connection string of its storage in this file.
LOCAL_STACK = Path(".local/connection-string")
BY_STRING = "AzureWebJobsStorage"
BY_NAME = "AzureWebJobsStorage__accountName"
# Other characters could lead to another host, which would then get the operator's token.
_NAME = re.compile("[a-z0-9]{3,24}")
_SCOPE = "https://storage.azure.com/.default"
# An operator is waiting for the result, so the command fails sooner than with the SDK's defaults.
_TIMES: dict[str, Any] = {"retry_total": 2, "connection_timeout": 5, "read_timeout": 20}
_QUEUES_AND_BLOBS = _TIMES | {"initial_backoff": 0.5, "increment_base": 2, "random_jitter_range": 0.5}
_TABLES = _TIMES | {"retry_backoff_factor": 0.4, "retry_backoff_max": 4}
# This library logs at length what a `Trouble` says in one line.
logging.getLogger("azure.identity").setLevel(logging.ERROR)


def name_of(field: str) -> str:
    """Return the name of a queue, table or container: from its setting in the environment, or the app's default."""
    setting = Settings.model_fields[field]
    return os.environ.get(str(setting.alias), str(setting.default))


class Account:
    """Clients for an account's queues, tables and blobs. It's an async context manager.

    Raises `WrongUsage` if no account is named (by an argument, the environment or a running local stack), if both
    arguments are given, or if the name or connection string can't be right.
    """

    def __init__(self, *, name: str | None = None, connection_string: str | None = None) -> None:
        self._credential: DefaultAzureCredential | None = None
        if name is not None and connection_string is not None:
            raise WrongUsage("give --account or --connection-string, not both")
        # An option that is given but empty, such as an unset shell variable, must not lead to another account.
        if name is None and connection_string is None:
            name, connection_string = os.environ.get(BY_NAME) or None, os.environ.get(BY_STRING) or None
        if name is None and connection_string is None and LOCAL_STACK.is_file():
            connection_string = LOCAL_STACK.read_text(encoding="utf-8")
        if connection_string is not None:
            self._queues, self._tables, self._blobs = _by_string(connection_string)
            return
        if name is None:
            raise WrongUsage(f"no storage account: give --account or --connection-string, or set {BY_STRING}")
        if not _NAME.fullmatch(name):
            raise WrongUsage("the name of a storage account has 3 to 24 lowercase letters and digits, and nothing else")
        self._credential = credential = DefaultAzureCredential()
        self._queues = QueueServiceClient(f"https://{name}.queue.core.windows.net", credential, **_QUEUES_AND_BLOBS)
        self._tables = TableServiceClient(f"https://{name}.table.core.windows.net", credential=credential, **_TABLES)
        self._blobs = BlobServiceClient(f"https://{name}.blob.core.windows.net", credential, **_QUEUES_AND_BLOBS)

    @property
    def name(self) -> str:
        """The account's name."""
        return str(self._queues.account_name)

    @property
    def events(self) -> QueueClient:
        """The inbound queue."""
        return self.queue(name_of("events_queue"))

    @property
    def retries(self) -> QueueClient:
        """The queue of retries and control messages."""
        return self.queue(name_of("retry_queue"))

    @property
    def activities(self) -> TableClient:
        """The ledger's table, which also holds the shared rows."""
        return self.table(name_of("activities_table"))

    @property
    def people(self) -> TableClient:
        """The table of people."""
        return self.table(name_of("people_table"))

    @property
    def letters(self) -> ContainerClient:
        """The container of dead letters."""
        return self.container(name_of("dead_letter_container"))

    @property
    def bodies(self) -> ContainerClient:
        """The container of event bodies that are too large for a queue message."""
        return self.container(name_of("event_body_container"))

    def queue(self, name: str) -> QueueClient:
        """Return a client for a queue. It doesn't encode or decode messages."""
        return self._queues.get_queue_client(name)

    def table(self, name: str) -> TableClient:
        """Return a client for a table."""
        return self._tables.get_table_client(name)

    def container(self, name: str) -> ContainerClient:
        """Return a client for a blob container."""
        return self._blobs.get_container_client(name)

    async def __aenter__(self) -> Self:
        if self._credential is not None:
            # If nobody is signed in, a storage request would retry for a minute. This fails at once.
            try:
                await self._credential.get_token(_SCOPE)
            except ClientAuthenticationError:
                await self.__aexit__()
                raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in (self._queues, self._tables, self._blobs, self._credential):
            if client is not None:
                await client.close()


def _by_string(text: str) -> tuple[QueueServiceClient, TableServiceClient, BlobServiceClient]:
    try:
        text = setting_rules.connection_string(text)
        return (
            QueueServiceClient.from_connection_string(text, **_QUEUES_AND_BLOBS),
            TableServiceClient.from_connection_string(text, **_TABLES),
            BlobServiceClient.from_connection_string(text, **_QUEUES_AND_BLOBS),
        )
    except ValueError as error:
        raise WrongUsage(str(error)) from error
