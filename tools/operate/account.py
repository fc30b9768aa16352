"""The storage account that a command uses, selected by name or by connection string."""

import argparse
import logging
import os
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

from azure.core.exceptions import AzureError, ClientAuthenticationError, DecodeError
from azure.data.tables.aio import TableClient, TableServiceClient
from azure.identity.aio import DefaultAzureCredential
from azure.storage.blob.aio import BlobServiceClient, ContainerClient
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from activities import setting_rules
from activities.settings import Settings

# While it runs, `make start` keeps the connection string of its storage in this file.
LOCAL_STACK = Path(".local/connection-string")
_BY_STRING = "AzureWebJobsStorage"
_BY_NAME = "AzureWebJobsStorage__accountName"
_SCOPE = "https://storage.azure.com/.default"
# An operator waits for the result, so the command fails sooner than with the SDK's defaults.
_TIMES: dict[str, Any] = {"retry_total": 3, "connection_timeout": 10}
# Its log says at length what `explain` says in one line.
logging.getLogger("azure.identity").setLevel(logging.ERROR)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that select the account to a command."""
    group = parser.add_argument_group(
        "storage account (default: from the environment, otherwise the local stack that `make start` runs)"
    )
    one = group.add_mutually_exclusive_group()
    one.add_argument("--account", metavar="NAME", help="name; you sign in with Azure CLI, azd or VS Code")
    one.add_argument("--connection-string", metavar="TEXT", help=f"default: environment variable {_BY_STRING}")


def default(field: str) -> str:
    """Return the name of a queue, table or container: from the environment, or the app's default."""
    setting = Settings.model_fields[field]
    return os.environ.get(str(setting.alias), str(setting.default))


class Account:
    """Clients for an account's queues, tables and blobs; an async context manager.

    Raises `ValueError` if neither options nor environment name an account and no local stack is running, or if the
    connection string is none.
    """

    def __init__(self, *, name: str | None = None, connection_string: str | None = None) -> None:
        self._credential: DefaultAzureCredential | None = None
        if not name and not connection_string:
            name, connection_string = os.environ.get(_BY_NAME), os.environ.get(_BY_STRING)
        if not name and not connection_string and LOCAL_STACK.is_file():
            connection_string = LOCAL_STACK.read_text(encoding="utf-8")
        if connection_string:
            connection_string = setting_rules.connection_string(connection_string)
            self._queues = QueueServiceClient.from_connection_string(connection_string, **_TIMES)
            self._tables = TableServiceClient.from_connection_string(connection_string, **_TIMES)
            self._blobs = BlobServiceClient.from_connection_string(connection_string, **_TIMES)
            return
        if not name:
            raise ValueError(f"no storage account: give --account or --connection-string, or set {_BY_STRING}")
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
        """Create the account that a command's options name."""
        return cls(name=options.account, connection_string=options.connection_string)

    def queue(self, name: str) -> QueueClient:
        """Return a client for a queue; it does not encode or decode texts."""
        return self._queues.get_queue_client(name)

    def table(self, name: str) -> TableClient:
        """Return a client for a table."""
        return self._tables.get_table_client(name)

    def container(self, name: str) -> ContainerClient:
        """Return a client for a blob container."""
        return self._blobs.get_container_client(name)

    async def __aenter__(self) -> Self:
        if self._credential is not None:
            # A storage request would retry a missing sign-in for a minute; this fails immediately.
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


def refused(error: Exception) -> bool:
    """Whether storage refused because the operator is not signed in or not allowed, so that trying again is useless."""
    return isinstance(error, ClientAuthenticationError) or getattr(error, "status_code", 0) == HTTPStatus.FORBIDDEN


def explain(error: AzureError, needs: str | None = None) -> str:
    """Return one line that says why storage refused, and what to do.

    `needs` names the roles that the command needs.
    """
    if isinstance(error, DecodeError):
        return "nobody can read one of the messages: find it with `python -m tools.operate.queues unreadable`"
    code = getattr(error, "error_code", None) or type(error).__name__
    code = getattr(code, "value", code)
    if refused(error):
        roles = "see the roles" if needs is None else f"you need {needs}; see the roles"
        return f"not signed in, or not allowed ({code}): try `az login`; {roles} in docs/deployment.md"
    if code in ("QueueNotFound", "TableNotFound", "ContainerNotFound"):
        return f"{code}: check the name, and whether this is the right account"
    said = str(error.message).splitlines() or [""]
    return f"storage refused: {code}: {said[0]}"
