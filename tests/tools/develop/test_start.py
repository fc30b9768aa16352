"""`make start` and the command that publishes an event work together."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.tools.develop.eventually import eventually


async def test_start_shows_invocations_until_it_is_interrupted(tmp_path: Path) -> None:
    """The stack runs the product, takes published events, and stops with exit code 0 on Ctrl-C."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())}
    with (tmp_path / "output").open("wb") as output:
        start = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tools.develop.start",
            cwd=tmp_path,
            env=environment,
            stdout=output,
            stderr=output,
            # Where tests run in the background, Ctrl-C is ignored, and processes inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def shown() -> str:
        return (tmp_path / "output").read_text()

    await eventually(lambda: "Ctrl-C stops" in shown(), within=60)
    publishing = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.operate", "publish", "-"),
        cwd=tmp_path,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
    )
    await publishing.communicate(b"not an event")
    assert publishing.returncode == 0
    await eventually(lambda: "process_event" in shown())
    start.send_signal(signal.SIGINT)
    async with asyncio.timeout(60):
        assert await start.wait() == 0
    assert not (tmp_path / ".local/connection-string").exists()
