"""Run Azurite, the storage emulator, for the local stack and the tests. `make setup` installs it."""

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from tools.develop.process import Process

PROGRAM = Path(__file__).parent / "node_modules/azurite/dist/src/azurite.js"
ACCOUNT = "devstoreaccount1"
# Not a secret: Microsoft publishes this key for all storage emulators, and Storage Explorer expects it.
# https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
START_SECONDS = 60
STOP_SECONDS = 15
PORT_IN_USE_TRIES = 20

# Azurite's standard input is a pipe from this process. When the pipe closes, Azurite stops as if it got SIGTERM.
_STOP_WITH_PARENT = (
    "data:text/javascript,process.stdin.resume().on('close',()=>process.kill(process.pid,'SIGTERM')).unref()"
)
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at http://[\d.]+:(\d+)")
# Without the first option, Azurite hangs when it's stopped offline. Without the second, it refuses newer SDKs.
_OPTIONS = ("--disableTelemetry", "--skipApiVersionCheck", "--silent", "--location")


class AzuriteError(RuntimeError):
    """Azurite isn't installed or didn't start."""


class Azurite:
    """One Azurite on 127.0.0.1, with its data on disk; an async context manager.

    `stop(keep=True)` keeps ports and data, so a test can simulate a storage outage. It can be started and stopped in
    different event loops.
    """

    def __init__(self, folder: Path | None = None, *, ports: tuple[int, int, int] = (0, 0, 0)) -> None:
        """Keep data in `folder`, or in a temporary folder that `stop` removes.

        `ports` are for blobs, queues and tables, in this order. 0 means any free port.
        """
        self._given_folder = folder
        self._folder = folder
        self._given_ports = dict(zip(("blob", "queue", "table"), ports, strict=True))
        self._ports = dict(self._given_ports)
        self._process: Process | None = None

    @property
    def blob_url(self) -> str:
        """The account's URL in the blob service."""
        return self._url("blob")

    @property
    def queue_url(self) -> str:
        """The account's URL in the queue service."""
        return self._url("queue")

    @property
    def table_url(self) -> str:
        """The account's URL in the table service."""
        return self._url("table")

    @property
    def connection_string(self) -> str:
        """The value for `AzureWebJobsStorage`."""
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
            f"BlobEndpoint={self.blob_url};QueueEndpoint={self.queue_url};TableEndpoint={self.table_url};"
        )

    async def start(self) -> None:
        """Start, and wait until all three services listen.

        Raises:
            AzuriteError: Node.js or Azurite is missing, or Azurite didn't start.
        """
        if self._process is not None:
            raise AzuriteError("Azurite is already running")
        for _ in range(PORT_IN_USE_TRIES):
            self._process = self._spawn()
            if await self._listens():
                return
            output = self._log.read_text(errors="replace")
            await self._end()
            if "EADDRINUSE" not in output:  # an outgoing connection may briefly use one of our ports
                break
            await asyncio.sleep(0.5)
        raise AzuriteError(f"Azurite didn't start:\n{output.strip()}")

    async def stop(self, *, keep: bool = False) -> None:
        """Stop. With `keep`, the next `start` uses the same ports and data. A given folder is never removed."""
        await self._end()
        if keep:
            return
        self._ports = dict(self._given_ports)
        if self._folder and not self._given_folder:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
            self._folder = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _url(self, service: str) -> str:
        if not self._ports[service]:
            raise AzuriteError("Azurite hasn't been started")
        return f"http://127.0.0.1:{self._ports[service]}/{ACCOUNT}"

    @property
    def _log(self) -> Path:
        assert self._folder  # noqa: S101 - set by `_spawn`
        return self._folder / "azurite.log"

    def _spawn(self) -> Process:
        node = shutil.which("node")
        if not node or not PROGRAM.is_file():
            missing = "Azurite isn't installed" if node else "Node.js isn't on the PATH"
            raise AzuriteError(f"{missing}: run `make setup` (it needs Node.js 22 or newer)")
        self._folder = self._folder or Path(tempfile.mkdtemp(prefix="azurite-"))
        self._folder.mkdir(parents=True, exist_ok=True)
        addresses = [arg for name, port in self._ports.items() for arg in _address(name, port)]
        command = [node, "--import", _STOP_WITH_PARENT, str(PROGRAM), *addresses, *_OPTIONS, str(self._folder)]
        return Process(command, environment={**os.environ, "NODE_OPTIONS": ""}, output=self._log)

    async def _listens(self) -> bool:
        """Wait until the three services report their ports. Return False if the process ends instead."""
        assert self._process  # noqa: S101 - set by `start`
        async with asyncio.timeout(START_SECONDS):
            while True:
                ended = self._process.exit_code is not None
                found = _LISTENING.findall(self._log.read_text(errors="replace"))
                if len(found) == len(self._ports):
                    self._ports = {service.lower(): int(port) for service, port in found}
                    return True
                if ended:
                    return False
                await asyncio.sleep(0.05)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.stop(STOP_SECONDS)


def _address(service: str, port: int) -> tuple[str, str, str, str]:
    return f"--{service}Host", "127.0.0.1", f"--{service}Port", str(port)


async def create_storage(connection_string: str, names: Mapping[str, str]) -> None:
    """Create the queues, tables and blob containers that these app settings name, as Bicep does in Azure.

    Existing ones aren't changed.
    """
    inbound = [names["LMS_EVENTS_QUEUE"], names["LMS_EVENTS_RETRY_QUEUE"]]
    async with (
        QueueServiceClient.from_connection_string(connection_string) as queues,
        TableServiceClient.from_connection_string(connection_string) as tables,
        BlobServiceClient.from_connection_string(connection_string) as blobs,
    ):
        creations: list[Awaitable[object]] = [
            *(queues.create_queue(queue) for queue in [*inbound, *(f"{queue}-poison" for queue in inbound)]),
            *(tables.create_table(names[table]) for table in ("ACTIVITIES_TABLE", "PEOPLE_TABLE")),
            *(blobs.create_container(names[one]) for one in ("DEAD_LETTER_CONTAINER", "EVENT_BODY_CONTAINER")),
        ]
        await asyncio.gather(*map(_unless_it_exists, creations))


async def _unless_it_exists(creation: Awaitable[object]) -> None:
    with suppress(ResourceExistsError):
        await creation
