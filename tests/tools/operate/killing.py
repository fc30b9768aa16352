"""Runs commands in processes of their own, and kills them in the middle."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass

from tests.faults.actions import Kill
from tests.faults.proxied import Proxied
from tests.faults.rules import Point


@dataclass
class Killing:
    """A command of `lms-sync` whose requests to storage go through proxies."""

    proxied: Proxied
    arguments: tuple[str, ...]

    async def killed(self, kind: str, nth: int, point: Point) -> None:
        """Run the command, and kill it (SIGKILL) at the nth request of a kind."""
        process = await self._start()
        proxy = self.proxied[kind.partition(":")[0]]
        rule = proxy.rule(kind, point=point, nth=nth, action=Kill(lambda: process.pid))
        await process.communicate()
        proxy.remove(rule)
        assert process.returncode == -signal.SIGKILL

    async def finished(self) -> str:
        """Run the command to its end, and return what it printed."""
        process = await self._start()
        out, _ = await process.communicate()
        assert process.returncode == 0
        return out.decode()

    async def _start(self) -> asyncio.subprocess.Process:
        command = (sys.executable, "-m", "tools.operate", *self.arguments)
        environment = os.environ | self.proxied.environment
        return await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
