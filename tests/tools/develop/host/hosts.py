"""Host processes for the tests of the local host."""

import textwrap
from collections.abc import Callable
from pathlib import Path

from tests.tools.develop.eventually import eventually
from tools.develop.host.log import Invocation
from tools.develop.host.process import HostProcess, embedded

# `note` writes a line that a test can read, even after the host was killed.
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


class Hosts:
    """Starts hosts for one test's function app, and waits for their invocations."""

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
        http_port: int = 0,
        settings: dict[str, str] | None = None,
        **queues: object,
    ) -> HostProcess:
        """Start a host and wait until it listens.

        `functions` is the text of the app, without the preamble. `queues` are settings of `extensions.queues`.
        """
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
            http_port=http_port,
        )
        self.running.append(host)
        await host.ready()
        return host

    async def end(self) -> None:
        """Kill the hosts that still run."""
        for host in self.running:
            if host.exit_code is None:
                host.kill()
            await host.wait()

    async def invocations(self, number: int) -> list[Invocation]:
        """Wait until there have been this many invocations, and return all."""
        await self._until(lambda: len(self.seen) >= number)
        return self.seen

    async def _until(self, holds: Callable[[], bool]) -> None:
        def read_and_check() -> bool:
            for host in self.running:
                self.seen.extend(host.invocations())
                assert host.exit_code in {None, 0, 1, -9}, host.log.read_text()
            return holds()

        await eventually(read_and_check)

    def noted(self) -> list[str]:
        """Return the lines that the app's `note` wrote."""
        path = self.folder / "app" / "notes"
        return path.read_text().splitlines() if path.exists() else []

    async def notes(self, number: int) -> list[str]:
        """Wait until the app has written this many notes, and return all."""
        await eventually(lambda: len(self.noted()) >= number)
        return self.noted()
