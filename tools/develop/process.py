"""The local stack's programs. Their output goes to files, and they end when this process ends."""

import asyncio
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class Process:
    """A running program whose standard input is a pipe from this process.

    The pipe closes when this process ends, even if it's killed. A program that watches the pipe can then end too.
    This class doesn't use asyncio's subprocesses, because they're tied to one event loop.
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
        """Start the program in `folder`. Without `errors`, standard error goes to `output` too."""
        for file in {output, errors or output}:
            file.write_bytes(b"")
        # Appended to, because several processes may write to one file.
        with output.open("ab") as out, (errors or output).open("ab") as err:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                start_new_session=True,  # Ctrl-C should reach only this process, which then stops its programs
                env=environment,
                cwd=folder,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, or None while the program runs. A negative number is the signal that ended it."""
        return self._child.poll()

    def terminate(self) -> None:
        """Ask the program to stop (SIGTERM)."""
        self._child.terminate()

    def kill(self) -> None:
        """End the program immediately (SIGKILL), as if the machine failed."""
        self._child.kill()

    async def wait(self) -> int:
        """Wait until the program has ended, and return its exit code."""
        while (code := self.exit_code) is None:  # noqa: ASYNC110 - there's no event to wait for
            await asyncio.sleep(0.02)
        if self._child.stdin:
            self._child.stdin.close()
        return code

    async def stop(self, seconds: float) -> int:
        """Ask the program to stop, kill it if it's still running after `seconds`, and return its exit code."""
        self.terminate()
        try:
            async with asyncio.timeout(seconds):
                return await self.wait()
        except TimeoutError:
            self.kill()
            return await self.wait()
