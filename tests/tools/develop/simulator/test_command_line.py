"""The simulator runs as its own process."""

import asyncio
import json
import signal
import sys

from tests import ROOT
from tools.develop.simulator import SimulatorClient


async def test_serves_until_it_is_terminated() -> None:
    """The process uses the given settings, prints its address, and stops on SIGTERM."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tools.develop.simulator", "--config", '{"identity_header": "secret"}'),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        started = json.loads(await process.stdout.readline())
        client = SimulatorClient(started["url"])
        assert started["environment"]["IDENTITY_HEADER"] == "secret"
        assert await client.environment() == started["environment"]
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
