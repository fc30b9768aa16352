"""What a function's process (or a group's) does: it listens until it's told to stop."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass

from tools.develop.host.listener import ListenerDiedError
from tools.develop.host.listeners import Settings, listener
from tools.develop.host.log import logger
from tools.develop.host.processes import LISTENER_DIED
from tools.develop.host.worker import AppError, Group, names

STDIN = 0
FAILED = 1


@dataclass(frozen=True, slots=True)
class FunctionProcess:
    """What a process does from start to end. Times are in seconds."""

    settings: Settings
    drain_seconds: float
    ends_with_stdin: bool

    def run(self, group: Group, ready: int, alive: int) -> int:
        """Listen until SIGTERM, then let running invocations finish. Return the exit code.

        Args:
            group: this process's functions.
            ready: a pipe that gets one byte once the functions listen.
            alive: a pipe that closes when the host's own process ends. This process then ends too.
        """
        try:
            asyncio.run(self._listen(group, ready, alive))
        except AppError as error:
            logger.error("%s", error)
            return FAILED
        return 0

    async def _listen(self, group: Group, ready: int, alive: int) -> None:
        stop = asyncio.Event()
        async with AsyncExitStack() as clients:
            found = await listener(group, self.settings, clients)
            self._stop_on_signals(group, stop)
            self._end_with(alive, "the host's own process has ended")
            if self.ends_with_stdin:
                self._end_with(STDIN, "standard input is closed")
            for function in group:
                logger.info("%s listens in process %d", function.name, os.getpid())
            os.write(ready, b"1")
            os.close(ready)
            try:
                await found.run(stop)
            except ListenerDiedError as error:
                logger.error("%s: its listener has died, and the batch stays hidden: %s", names(group), error)
                os._exit(LISTENER_DIED)  # running invocations are cut off, as in a crash
        logger.info("stopped: %s", names(group))

    def _stop_on_signals(self, group: Group, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()

        def on_signal() -> None:
            if stop.is_set():
                _exit_now("a second signal")
            logger.info("stopping: %s takes no more messages, and finishes running invocations", names(group))
            stop.set()
            loop.call_later(self.drain_seconds, _exit_now, "invocations didn't finish in time")

        loop.add_signal_handler(signal.SIGTERM, on_signal)

    def _end_with(self, pipe: int, reason: str) -> None:
        def on_input() -> None:
            if not os.read(pipe, 1024):
                _exit_now(reason)

        asyncio.get_running_loop().add_reader(pipe, on_input)


def _exit_now(reason: str) -> None:
    logger.error("ended: %s. Unfinished messages become visible again when their locks end", reason)
    os._exit(FAILED)
