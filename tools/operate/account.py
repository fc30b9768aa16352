"""The storage account that an operator's command works on: by name, as themselves, or by connection string."""

import argparse
import logging
import os
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.data.tables.aio import TableClient, TableServiceClient
from azure.identity.aio import DefaultAzureCredential
from azure.storage.blob.aio import BlobServiceClient, ContainerClient
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from activities.settings import Settings

# Where `make start` leaves the connection string of its storage, for as long as it runs.
LOCAL_STACK = Path(".local/connection-string")
_BY_STRING = "AzureWebJobsStorage"
_BY_NAME = "AzureWebJobsStorage__accountName"
_SCOPE = "https://storage.azure.com/.default"
# Somebody waits in front of the screen: fail early rather than after the SDK's long default.
_TIMES: dict[str, Any] = {"retry_total": 3, "connection_timeout": 10}
# It tells at length what `explain` says in a line.
logging.getLogger("azure.identity").setLevel(logging.ERROR)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a command the options that say which account."""
    group = parser.add_argument_group(
        "storage account (default: as the environment says, else the local stack that `make start` runs)"
    )
    way = group.add_mutually_exclusive_group()
    way.add_argument("--account", metavar="NAME", help="its name; you are who you are in Azure CLI, VS Code, azd, ...")
    way.add_argument("--connection-string", metavar="TEXT", help=f"default: environment variable {_BY_STRING}")


def default(field: str) -> str:
    """The name of a queue, table or container: as in the environment, else as the app has it."""
    found = Settings.model_fields[field]
    return os.environ.get(str(found.alias), str(found.default))


class Account:
    """Clients for an account's queues, tables and blobs; an async context manager.

    Raises `ValueError` where neither options nor environment name an account, and no local stack runs.
    """

    def __init__(self, *, name: str | None = None, connection_string: str | None = None) -> None:
        self._credential: DefaultAzureCredential | None = None
        if not name and not connection_string:
            name, connection_string = os.environ.get(_BY_NAME), os.environ.get(_BY_STRING)
        if not name and not connection_string and LOCAL_STACK.is_file():
            connection_string = LOCAL_STACK.read_text(encoding="utf-8")
        if connection_string:
            self._queues = QueueServiceClient.from_connection_string(connection_string, **_TIMES)
            self._tables = TableServiceClient.from_connection_string(connection_string, **_TIMES)
            self._blobs = BlobServiceClient.from_connection_string(connection_string, **_TIMES)
            return
        if not name:
            raise ValueError(f"which storage account? Give --account or --connection-string, or set {_BY_STRING}")
        self._credential = credential = DefaultAzureCredential()
        self._queues = QueueServiceClient(f"https://{name}.queue.core.windows.net", credential, **_TIMES)
        self._tables = TableServiceClient(f"https://{name}.table.core.windows.net", credential=credential, **_TIMES)
        self._blobs = BlobServiceClient(f"https://{name}.blob.core.windows.net", credential, **_TIMES)

    @property
    def name(self) -> str:
        """The account's name."""
        return str(self._queues.account_name)

    @classmethod
    def of(cls, options: argparse.Namespace) -> Self:
        """The account that a command's options name."""
        return cls(name=options.account, connection_string=options.connection_string)

    def queue(self, name: str) -> QueueClient:
        """A queue; texts go in and come out unchanged."""
        return self._queues.get_queue_client(name)

    def table(self, name: str) -> TableClient:
        """A table."""
        return self._tables.get_table_client(name)

    def container(self, name: str) -> ContainerClient:
        """A blob container."""
        return self._blobs.get_container_client(name)

    async def __aenter__(self) -> Self:
        if self._credential is not None:
            # Asked here once; inside a request to storage a missing sign-in would be retried for a minute.
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


def explain(error: AzureError) -> str:
    """Say in one line why storage refused, and what to do about it."""
    code = getattr(error, "error_code", None) or type(error).__name__
    code = getattr(code, "value", code)
    if isinstance(error, ClientAuthenticationError) or getattr(error, "status_code", 0) == HTTPStatus.FORBIDDEN:
        return f"not signed in, or not allowed ({code}): try `az login`, and see the roles in docs/deployment.md"
    if code in ("QueueNotFound", "TableNotFound", "ContainerNotFound"):
        return f"{code}: is it the right account, and the right name?"
    return f"storage refused: {code}: {str(error.message).splitlines()[0]}"
