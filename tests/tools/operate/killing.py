"""Runs commands and kills them partway."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass

from tests.faults.actions import Kill
from tests.faults.proxied import Proxied
from tests.faults.rules import Point
from tests.tools.operate.conftest import Run


@dataclass
class Killing:
    """A command of `lms-sync` whose requests to storage go through proxies."""

    run: Run
    proxied: Proxied
    arguments: tuple[str, ...]

    async def killed(self, kind: str, nth: int, point: Point) -> None:
        """Run the command in its own process, and kill it (SIGKILL) at the nth request of a kind."""
        command = (sys.executable, "-m", "tools.operate", *self.arguments)
        environment = os.environ | self.proxied.environment
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
        proxy = self.proxied[kind.partition(":")[0]]
        rule = proxy.rule(kind, point=point, nth=nth, action=Kill(lambda: process.pid))
        await process.communicate()
        proxy.remove(rule)
        assert process.returncode == -signal.SIGKILL

    async def finished(self) -> str:
        """Run the command to the end, and return what it printed."""
        ran = await self.run(*self.arguments, "--connection-string", self.proxied.environment["AzureWebJobsStorage"])
        assert ran.code == 0
        return ran.out
