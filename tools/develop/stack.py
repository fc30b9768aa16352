"""The local stack: storage, a simulated Microsoft Graph and identity endpoint, and hosts that run the app."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Self

from tools.develop.azurite import Azurite, create_storage
from tools.develop.host.core_tools import core_tools
from tools.develop.host.log import Invocation
from tools.develop.host.process import CHECKOUT, HostProcess, Worker, embedded
from tools.develop.simulator import Simulator
from tools.develop.waiting import waiting
from tools.operate.account import Account

APP_ROOT = Path(__file__).parents[2]
STOP_SECONDS = 20
# The same names as in Bicep. The triggers read the queues' names from these settings.
NAMES = {
    "LMS_EVENTS_QUEUE": "lms-events",
    "LMS_EVENTS_RETRY_QUEUE": "lms-events-retry",
    "DEAD_LETTER_CONTAINER": "dead-letters",
    "EVENT_BODY_CONTAINER": "event-bodies",
    "ACTIVITIES_TABLE": "activities",
    "PEOPLE_TABLE": "people",
}
# Locally, polling costs nothing, and somebody is waiting for the outcome.
POLLING = "AzureFunctionsJobHost__extensions__queues__maxPollingInterval"
# How long a completion that doesn't say its kind waits for an event that does. Nobody wants to watch that for two
# minutes, and events that are published by hand don't overtake each other.
KIND_GRACE = {"KIND_GRACE_SECONDS": "1"}
# The rest of the user's environment doesn't reach the app, because it might point to a real tenant.
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")


class Stack:
    """Azurite, the Graph simulator, and hosts that run the app; an async context manager.

    Storage and the simulator start empty, and nothing is kept.

    Args:
        hosts: how many hosts to start. Each host has its own processes for the functions.
        settings: app settings that override the usual ones.
        lock_seconds: how long a received message is invisible (embedded host only).
        folder: where the hosts write their files; a temporary folder by default.
        app_root: the folder of the function app.
        simulator: a configured simulator to use instead of the default one.
        embedded_only: don't use Core Tools, even if they're installed.
        worker: the Python that runs the embedded host.
    """

    def __init__(  # noqa: PLR0913 - options with defaults
        self,
        hosts: int = 1,
        *,
        settings: Mapping[str, str] | None = None,
        lock_seconds: int = 600,
        folder: Path | None = None,
        app_root: Path = APP_ROOT,
        simulator: Simulator | None = None,
        embedded_only: bool = False,
        worker: Worker = CHECKOUT,
    ) -> None:
        self.azurite = Azurite()
        self.simulator = simulator or Simulator()
        self.hosts: list[HostProcess] = []
        self.func = None if embedded_only else shutil.which("func")
        self._initial_hosts, self._count = hosts, 0
        self._settings = settings or {}
        self._lock_seconds = lock_seconds
        self._folder = folder
        self._app_root = app_root
        self._worker = worker

    @property
    def connection_string(self) -> str:
        """The connection string of the storage account."""
        return self.azurite.connection_string

    @property
    def url(self) -> str | None:
        """The address of the first host's HTTP functions; None if the app has none."""
        return self.hosts[0].url

    @property
    def environment(self) -> dict[str, str]:
        """The app settings."""
        return {
            "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "AzureWebJobsStorage": self.connection_string,
            POLLING: "00:00:01",
            **KIND_GRACE,
            **NAMES,
            **self.simulator.environment,
            **self._settings,
        }

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as started:
            if self._folder is None:
                self._folder = Path(started.enter_context(tempfile.TemporaryDirectory(prefix="stack-")))
            self._folder = self._folder.resolve()
            self._folder.mkdir(parents=True, exist_ok=True)
            await started.enter_async_context(self.azurite)
            await started.enter_async_context(self.simulator)
            storage = self.environment["AzureWebJobsStorage"]
            await create_storage(storage, self.environment)
            account = await started.enter_async_context(Account(connection_string=storage))
            self.simulator.waiting = partial(waiting, account, self.environment)
            started.push_async_callback(self._stop_hosts)
            await asyncio.gather(*(self.start_host() for _ in range(self._initial_hosts)))
            self._started = started.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._started.aclose()

    async def restart(self, **variables: str) -> None:
        """Stop all hosts, then start one with the app settings and these variables in its environment."""
        await self._stop_hosts()
        self.hosts.clear()
        await self.start_host(**variables)

    async def start_host(self, **variables: str) -> HostProcess:
        """Start another host with the app settings and these variables in its environment, and wait until it listens.

        Raises:
            HostError: it didn't start.
        """
        assert self._folder  # noqa: S101 - set by `__aenter__`
        self._count += 1
        name = f"host-{self._count}"
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        environment = inherited | self.environment | variables
        if self.func:
            host = core_tools(self.func, self._app_root, environment, self._folder, name)
        else:
            seconds, worker = self._lock_seconds, self._worker
            host = embedded(self._app_root, environment, self._folder, name, lock_seconds=seconds, worker=worker)
        self.hosts.append(host)
        await host.ready()
        return host

    async def follow(self) -> AsyncIterator[Invocation]:
        """Yield the invocations of all hosts, until no host is running any more."""
        while True:
            running = any(host.exit_code is None for host in self.hosts)
            for host in self.hosts:
                for invocation in host.invocations():
                    yield invocation
            if not running:
                return
            await asyncio.sleep(0.05)

    async def _stop_hosts(self) -> None:
        await asyncio.gather(*(host.stop(STOP_SECONDS) for host in self.hosts))
