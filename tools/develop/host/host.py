"""Puts listeners and timers to an app's functions, runs them, and stops them in good order."""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from azure.storage.queue.aio import QueueClient

from tools.develop.host import worker
from tools.develop.host.listener import QueueListener
from tools.develop.host.log import InvocationLog, logger
from tools.develop.host.options import QueueOptions, queue_options, resolve
from tools.develop.host.timer import Schedule, Timer
from tools.develop.host.turn import POISON, Source, Turns
from tools.develop.host.worker import AppError, Function

FORCED_EXIT = 1
# About as patient as the Functions host's SDK; the Python SDK's default waits 15 s before its first retry.
RETRIES: dict[str, Any] = {"initial_backoff": 1, "increment_base": 2, "random_jitter_range": 0}


class Runs(Protocol):
    """A listener or a timer."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host for one app; times are in seconds."""

    app_root: Path
    environment: Mapping[str, str]
    lease_seconds: int
    drain_seconds: float
    record: InvocationLog
    ends_with_stdin: bool = False

    async def run(self) -> None:
        """Run the app until SIGTERM or SIGINT, then finish what is under way.

        A second signal, or `drain_seconds`, ends the process with exit code 1.

        Raises:
            AppError: the app cannot be run.
        """
        options = queue_options(self.app_root, self.environment)
        functions = await worker.load(self.app_root)
        stop = asyncio.Event()
        async with AsyncExitStack() as clients:
            runners = [runner for function in functions if (runner := await self._runner(function, options, clients))]
            self._stop_on_signals(stop)
            logger.info("ready: %s (process %d)", ", ".join(f.name for f in functions), os.getpid())
            async with asyncio.TaskGroup() as group:
                for runner in runners:
                    group.create_task(runner.run(stop))
                group.create_task(stop.wait())
        logger.info("stopped")

    async def _runner(self, function: Function, options: QueueOptions, clients: AsyncExitStack) -> Runs | None:
        if function.has_outputs:
            logger.warning("%s: this host does not carry out output bindings", function.name)
        match function.trigger["type"]:
            case "queueTrigger":
                return await self._listener(function, options, clients)
            case "timerTrigger":
                schedule = resolve(function.trigger["schedule"], self.environment)
                return Timer(function, Schedule.parse(schedule), self.record)
            case other:
                logger.warning("%s: this host does not know %s; it never runs", function.name, other)
                return None

    async def _listener(self, function: Function, options: QueueOptions, clients: AsyncExitStack) -> QueueListener:
        name = resolve(function.trigger["queueName"], self.environment).lower()
        setting = function.trigger.get("connection") or "AzureWebJobsStorage"
        try:
            connection = self.environment[setting]
        except KeyError:
            raise AppError(f"{function.name}: the app setting {setting} holds no connection string") from None

        async def client(queue: str) -> QueueClient:
            created = QueueClient.from_connection_string(connection, queue, **RETRIES)
            return await clients.enter_async_context(created)

        poison = None if name.endswith(POISON) else await client(name + POISON)
        source = Source(await client(name), poison, options, self.lease_seconds)
        logger.info("%s listens to queue %s", function.name, name)
        return QueueListener(Turns(function, source, self.record))

    def _stop_on_signals(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()

        def on_signal() -> None:
            if stop.is_set():
                _exit_now("a second signal")
            logger.info("stopping: no new messages, finishing those under way")
            stop.set()
            loop.call_later(self.drain_seconds, _exit_now, "not finished in time")

        def on_input() -> None:
            if not os.read(0, 1024):
                _exit_now("standard input is closed")

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, on_signal)
        if self.ends_with_stdin:
            loop.add_reader(0, on_input)


def _exit_now(why: str) -> None:
    logger.error("ended: %s; messages under way come again after their lease", why)
    os._exit(FORCED_EXIT)
