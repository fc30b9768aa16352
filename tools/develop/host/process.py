"""A host as a child process: start it, read its invocations, and stop or kill it or one function's process."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tools.develop.host.log import HTTP, LISTENING, READY, Invocation
from tools.develop.process import Process

READY_SECONDS = 120  # Core Tools download extensions the first time they start


class HostError(RuntimeError):
    """The host didn't start."""


@dataclass(frozen=True, slots=True)
class Program:
    """How to run a host and read its output."""

    command: Sequence[str]
    ready: str  # text that's in the log once the host is ready
    invocation: Callable[[bytes], Invocation | None]  # reads a line of the output
    output: Path  # where the host writes a line for each invocation
    log: Path  # may be the same file
    url: str | None = None  # where it serves HTTP functions; None: its log says where


@dataclass(frozen=True, slots=True)
class Worker:
    """What runs the embedded host: the command without its options, and where the modules are."""

    command: Sequence[str]
    modules: str


# This Python with its installed packages, and this checkout's host.
CHECKOUT = Worker([sys.executable, "-m", "tools.develop.host"], str(Path(__file__).parents[3]))


class HostProcess(Process):
    """A running host."""

    def __init__(self, program: Program, *, environment: Mapping[str, str], app_root: Path) -> None:
        """Start it with exactly this environment. It has to include PATH and the app settings."""
        self.log = program.log
        self._program = program
        self._read = 0
        super().__init__(
            program.command,
            environment=environment,
            output=program.output,
            errors=program.log if program.log != program.output else None,
            folder=app_root,
        )

    @property
    def url(self) -> str | None:
        """The address of the HTTP functions, without a trailing slash; None if the app has none.

        With Core Tools, there's always an address.
        """
        found = HTTP.search(self._text())
        return found[1] if found else self._program.url

    async def ready(self) -> None:
        """Wait until its functions listen.

        Raises:
            HostError: it ended or took too long. The message contains its log.
        """
        try:
            async with asyncio.timeout(READY_SECONDS):
                while self._program.ready not in self._text():
                    if self.exit_code is not None:
                        raise HostError(f"the host ended while it was starting:\n{self._text()}")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise HostError(f"the host wasn't ready in time:\n{self._text()}") from None

    def invocations(self) -> list[Invocation]:
        """Return the invocations since the last call."""
        with self._program.output.open("rb") as file:
            file.seek(self._read)
            complete, newline, _ = file.read().rpartition(b"\n")
        self._read += len(complete) + len(newline)
        lines = map(self._program.invocation, complete.splitlines())
        return [invocation for invocation in lines if invocation]

    def functions(self) -> dict[str, int]:
        """Return each function's process id by its name. Empty for Core Tools.

        A process that was killed is listed until another has taken its place.
        """
        return {name: int(pid) for name, pid in LISTENING.findall(self._text())}

    def kill(self) -> None:
        """End the host and all functions' processes immediately (SIGKILL), as if the machine failed."""
        if self.exit_code is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def _text(self) -> str:
        return self.log.read_text(errors="replace")


def embedded(  # noqa: PLR0913 - the command line's options
    app_root: Path,
    environment: Mapping[str, str],
    folder: Path,
    name: str,
    *,
    lock_seconds: int = 600,
    drain_seconds: float = 60,
    http_port: int = 0,
    worker: Worker = CHECKOUT,
) -> HostProcess:
    """Start the host, by default `python -m tools.develop.host`. Log and invocations go to `<name>.*` in `folder`."""
    times = ["--lock-seconds", str(lock_seconds), "--drain-seconds", str(drain_seconds)]
    options = ["--app-root", str(app_root), *times, "--http-port", str(http_port), "--json-log", "--end-with-stdin"]
    program = Program(
        command=[*worker.command, *options],
        ready=READY,
        invocation=Invocation.read,
        output=folder / f"{name}.jsonl",
        log=folder / f"{name}.log",
    )
    modules = {"PYTHONPATH": worker.modules}
    # Everything is on this machine, so no proxy is needed. On macOS, asking for proxies may crash a forked process.
    direct = {"no_proxy": "*"}
    return HostProcess(program, environment={**environment, **modules, **direct}, app_root=app_root)
