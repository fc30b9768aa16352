"""Programs of the local stack: they write to files and end when this process ends."""

import asyncio
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class Process:
    """A running program whose standard input is a pipe from us.

    The pipe closes when this process ends, however it ends; a program that watches it ends as well. Not asyncio's
    subprocess, which would tie it to one event loop.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
        folder: Path | None = None,
    ) -> None:
        """Start it in `folder`; standard error goes to `errors`, or to `output` as well."""
        with output.open("wb") as out, (errors or output).open("wb" if errors else "ab") as err:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err if errors else subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us: we stop our programs in good order
                env=environment,
                cwd=folder,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._child.poll()

    def terminate(self) -> None:
        """Ask it to stop (SIGTERM)."""
        self._child.terminate()

    def kill(self) -> None:
        """End it at once (SIGKILL), as when a machine fails."""
        self._child.kill()

    async def wait(self) -> int:
        """Wait until it has ended, and clean up after it; the answer is its exit code."""
        while (code := self.exit_code) is None:  # noqa: ASYNC110 - only the system knows when it ends
            await asyncio.sleep(0.02)
        if self._child.stdin:
            self._child.stdin.close()
        return code

    async def stop(self, patience: float) -> int:
        """Ask it to stop, and end it if it has not stopped after so many seconds."""
        self.terminate()
        try:
            async with asyncio.timeout(patience):
                return await self.wait()
        except TimeoutError:
            self.kill()
            return await self.wait()
