"""Storage and host processes for the tests of the local stack."""

import asyncio
import os
import textwrap
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from tools.develop.azurite import Azurite
from tools.develop.host.log import Invocation
from tools.develop.host.process import HostProcess, embedded


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite() -> AsyncIterator[Azurite]:
    """One Azurite for all tests of a pytest worker: use names of your own in it."""
    async with Azurite() as running:
        yield running


@pytest_asyncio.fixture
async def storage(azurite: Azurite) -> AsyncIterator[QueueServiceClient]:
    """The queue service of Azurite."""
    async with QueueServiceClient.from_connection_string(azurite.connection_string) as service:
        yield service


@pytest_asyncio.fixture
async def queue(storage: QueueServiceClient) -> QueueClient:
    """A queue of this test's own, which its functions know as `%QUEUE%`."""
    return await storage.create_queue(f"q-{uuid.uuid4().hex}")


class Hosts:
    """Starts host processes for one test's function app and waits for what they do."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        self.running: list[HostProcess] = []
        self.seen: list[Invocation] = []

    async def __call__(
        self,
        functions: str | None = None,
        *,
        lock_seconds: int = 60,
        drain_seconds: float = 60,
        settings: dict[str, str] | None = None,
        wait: bool = True,
        **queues: object,
    ) -> HostProcess:
        """Start a host; `functions` is the app's text, `queues` the settings of `extensions.queues`."""
        app = self.folder / "app"
        app.mkdir(exist_ok=True)
        if functions is not None:
            (app / "function_app.py").write_text(PREAMBLE + textwrap.dedent(functions))
        overrides = {f"AzureFunctionsJobHost__extensions__queues__{k}": str(v) for k, v in queues.items()}
        host = embedded(
            app,
            self.environment | overrides | (settings or {}),
            self.folder,
            f"host-{len(self.running)}",
            lock_seconds=lock_seconds,
            drain_seconds=drain_seconds,
        )
        self.running.append(host)
        if wait:
            await host.ready()
        return host

    async def until(self, happened: Callable[[list[Invocation]], bool], within: float = 30) -> list[Invocation]:
        """Collect invocations until a condition holds of them."""

        def collected() -> bool:
            for host in self.running:
                self.seen.extend(host.invocations())
                assert host.exit_code in {None, 0, 1, -9}, host.log.read_text()
            return happened(self.seen)

        await eventually(collected, within)
        return self.seen

    async def invocations(self, number: int) -> list[Invocation]:
        """Wait for so many invocations."""
        return await self.until(lambda seen: len(seen) >= number)

    def noted(self) -> list[str]:
        """Read what the app's `note` wrote."""
        path = self.folder / "app" / "notes"
        return path.read_text().splitlines() if path.exists() else []

    async def notes(self, number: int) -> list[str]:
        """Wait for so many notes."""
        await eventually(lambda: len(self.noted()) >= number)
        return self.noted()


# `note` leaves a line behind that a test can read, and that outlives a killed host.
PREAMBLE = """\
import asyncio, os, time
import azure.functions as func

app = func.FunctionApp()

def note(line):
    with open("notes", "a") as file:
        file.write(f"{line}\\n")

def listens(queue="%QUEUE%"):
    return app.queue_trigger(arg_name="msg", queue_name=queue, connection="AzureWebJobsStorage")

"""


@pytest_asyncio.fixture
async def hosts(azurite: Azurite, queue: QueueClient, tmp_path: Path) -> AsyncIterator[Hosts]:
    """Host processes over this test's queue; killed at the test's end if they still run."""
    environment = {
        "PATH": os.environ["PATH"],
        "AzureWebJobsStorage": azurite.connection_string,
        "QUEUE": str(queue.queue_name),
    }
    async with AsyncExitStack() as cleanup:
        started = Hosts(tmp_path, environment)

        async def end() -> None:
            for host in started.running:
                if host.exit_code is None:
                    host.kill()
                await host.wait()

        cleanup.push_async_callback(end)
        yield started


async def eventually(holds: Callable[[], bool | Awaitable[bool]], within: float = 30) -> None:
    """Wait until something holds; fail if it does not within so many seconds."""
    async with asyncio.timeout(within):
        while True:
            result = holds()
            if result if isinstance(result, bool) else await result:
                return
            await asyncio.sleep(0.05)


@pytest.fixture
def poison_name(queue: QueueClient) -> str:
    """The name of the queue for this test's poison messages."""
    return f"{queue.queue_name}-poison"
