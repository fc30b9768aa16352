"""A host as a child process: start it, follow what it does, stop or kill it."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.develop.host.log import READY, Invocation
from tools.develop.process import Process

READY_SECONDS = 120  # Core Tools download their extensions at the first start


class HostError(RuntimeError):
    """The host did not come up."""


@dataclass(frozen=True, slots=True)
class Program:
    """How to run a host: its command, the text in its log that says it is ready, and its line per invocation."""

    command: Sequence[str]
    ready: str
    invocation: Callable[[bytes], Invocation | None]
    output: Path  # the lines per invocation are here
    log: Path  # may be the same file


class HostProcess(Process):
    """A running host."""

    def __init__(self, program: Program, *, environment: Mapping[str, str], app_root: Path) -> None:
        """Start it; `environment` is all it gets, so it must hold PATH and what the app needs."""
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

    async def ready(self) -> None:
        """Wait until its functions listen.

        Raises:
            HostError: it ended, or took too long; the text holds its log.
        """
        try:
            async with asyncio.timeout(READY_SECONDS):
                while self._program.ready not in self._text():
                    if self.exit_code is not None:
                        raise HostError(f"the host ended at its start:\n{self._text()}")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise HostError(f"the host is not ready:\n{self._text()}") from None

    def invocations(self) -> list[Invocation]:
        """Read what happened since the last call."""
        with self._program.output.open("rb") as file:
            file.seek(self._read)
            complete, newline, _ = file.read().rpartition(b"\n")
        self._read += len(complete) + len(newline)
        lines = map(self._program.invocation, complete.splitlines())
        return [invocation for invocation in lines if invocation]

    def _text(self) -> str:
        return self.log.read_text(errors="replace")


def embedded(  # noqa: PLR0913 - what the command line takes
    app_root: Path,
    environment: Mapping[str, str],
    folder: Path,
    name: str,
    *,
    lease_seconds: int = 600,
    drain_seconds: float = 60,
) -> HostProcess:
    """Start `python -m tools.develop.host`; `<name>.log` and `<name>.jsonl` in `folder` tell what it does."""
    times = ["--lease-seconds", str(lease_seconds), "--drain-seconds", str(drain_seconds)]
    options = ["--app-root", str(app_root), *times, "--json-log", "--end-with-stdin"]
    program = Program(
        command=[sys.executable, "-m", "tools.develop.host", *options],
        ready=READY,
        invocation=_invocation,
        output=folder / f"{name}.jsonl",
        log=folder / f"{name}.log",
    )
    where = {"PYTHONPATH": str(Path(__file__).parents[3])}
    return HostProcess(program, environment={**environment, **where}, app_root=app_root)


def _invocation(line: bytes) -> Invocation | None:
    """Read a line; the app may have printed it, and then it is none of ours."""
    try:
        return Invocation(**json.loads(line))
    except (ValueError, TypeError):
        return None
