"""A host as a child process: start it, follow what it does, stop or kill it."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.local.host.log import READY, Invocation
from tools.local.process import Process

READY_SECONDS = 60


class HostError(RuntimeError):
    """The host did not come up."""


class HostProcess(Process):
    """A process of `python -m tools.local.host`, with two files: its log, and a JSON line per invocation."""

    def __init__(  # noqa: PLR0913 - what the command line takes
        self,
        app_root: Path,
        environment: Mapping[str, str],
        folder: Path,
        name: str,
        *,
        lease_seconds: int = 600,
        drain_seconds: float = 60,
    ) -> None:
        """Start it; `environment` is all it gets, so it must hold PATH and what the app needs."""
        self.log = folder / f"{name}.log"
        self._invocations = folder / f"{name}.jsonl"
        self._read = 0
        times = ["--lease-seconds", str(lease_seconds), "--drain-seconds", str(drain_seconds)]
        options = ["--app-root", str(app_root), *times, "--json-log", "--end-with-stdin"]
        super().__init__(
            [sys.executable, "-m", "tools.local.host", *options],
            environment={**environment, "PYTHONPATH": str(Path(__file__).parents[3])},
            output=self._invocations,
            errors=self.log,
        )

    async def ready(self) -> None:
        """Wait until its functions listen.

        Raises:
            HostError: it ended, or took too long; the text holds its log.
        """
        try:
            async with asyncio.timeout(READY_SECONDS):
                while READY not in self.log.read_text(errors="replace"):
                    if self.exit_code is not None:
                        raise HostError(f"the host ended at its start:\n{self.log.read_text(errors='replace')}")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise HostError(f"the host is not ready:\n{self.log.read_text(errors='replace')}") from None

    def invocations(self) -> list[Invocation]:
        """Read what was written since the last call; lines that the app itself printed are skipped."""
        with self._invocations.open("rb") as file:
            file.seek(self._read)
            complete, _, _ = file.read().rpartition(b"\n")
        self._read += len(complete) + 1 if complete else 0
        return [found for line in complete.splitlines() if (found := _invocation(line))]


def _invocation(line: bytes) -> Invocation | None:
    try:
        return Invocation(**json.loads(line))
    except (ValueError, TypeError):
        return None
