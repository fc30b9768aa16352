"""A host as a child process: start it, read its invocations, stop or kill it or the process of one function."""

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

READY_SECONDS = 120  # at their first start, Core Tools download extensions


class HostError(RuntimeError):
    """The host did not start."""


@dataclass(frozen=True, slots=True)
class Program:
    """How to run a host and read its output."""

    command: Sequence[str]
    ready: str  # the text in the log that reports readiness
    invocation: Callable[[bytes], Invocation | None]  # reads a line of the output
    output: Path  # where the host writes one line per invocation
    log: Path  # may be the same file
    url: str | None = None  # where it serves HTTP functions; None: its log says it


@dataclass(frozen=True, slots=True)
class Worker:
    """What runs the embedded host: the command before its options, and where its modules are."""

    command: Sequence[str]
    modules: str


# This Python, with what is installed for it, and this checkout's host.
CHECKOUT = Worker([sys.executable, "-m", "tools.develop.host"], str(Path(__file__).parents[3]))


class HostProcess(Process):
    """A running host."""

    def __init__(self, program: Program, *, environment: Mapping[str, str], app_root: Path) -> None:
        """Start it with exactly this environment, which therefore needs PATH and the app settings."""
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
        """The address of the HTTP functions, without a slash at its end; None for an app that has none.

        Core Tools have an address in any case.
        """
        found = HTTP.search(self._text())
        return found[1] if found else self._program.url

    async def ready(self) -> None:
        """Wait until its functions listen.

        Raises:
            HostError: it ended or took too long; the message contains its log.
        """
        try:
            async with asyncio.timeout(READY_SECONDS):
                while self._program.ready not in self._text():
                    if self.exit_code is not None:
                        raise HostError(f"the host ended while starting:\n{self._text()}")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise HostError(f"the host was not ready in time:\n{self._text()}") from None

    def invocations(self) -> list[Invocation]:
        """Return the invocations since the last call."""
        with self._program.output.open("rb") as file:
            file.seek(self._read)
            complete, newline, _ = file.read().rpartition(b"\n")
        self._read += len(complete) + len(newline)
        lines = map(self._program.invocation, complete.splitlines())
        return [invocation for invocation in lines if invocation]

    def functions(self) -> dict[str, int]:
        """Return the process ids of the functions by their names; nothing for Core Tools.

        A process that was killed is listed until another has taken its place.
        """
        return {name: int(pid) for name, pid in LISTENING.findall(self._text())}

    def kill(self) -> None:
        """End the host and the processes of all functions immediately (SIGKILL), as a failing machine would."""
        if self.exit_code is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def _text(self) -> str:
        return self.log.read_text(errors="replace")


def embedded(  # noqa: PLR0913 - the options of the command line
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
    """Start the host, `python -m tools.develop.host` by default; log and invocations go to `<name>.*` in `folder`."""
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
    # Everything is on this machine. On macOS, asking the system for its proxies may end a forked process.
    direct = {"no_proxy": "*"}
    return HostProcess(program, environment={**environment, **modules, **direct}, app_root=app_root)
