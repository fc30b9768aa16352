"""Starts a listener for each of an app's functions, and stops them gracefully."""

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
from tools.develop.host.processor import POISON, QueueProcessor, QueueSource
from tools.develop.host.timer import Schedule, TimerListener
from tools.develop.host.worker import AppError, Function

FORCED_EXIT = 1
# Similar to the SDK that the Functions host uses; the Python SDK's default waits 15 s before its first retry.
RETRIES: dict[str, Any] = {"initial_backoff": 1, "increment_base": 2, "random_jitter_range": 0}


class Listener(Protocol):
    """Waits for the trigger of one function and invokes the function."""

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until `stop`."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host for one app; times are in seconds."""

    app_root: Path
    environment: Mapping[str, str]
    lock_seconds: int
    drain_seconds: float
    log: InvocationLog
    ends_with_stdin: bool = False

    async def run(self) -> None:
        """Run the app until SIGTERM or SIGINT, then let running invocations finish.

        A second signal ends the process with exit code 1, and so does an invocation that outlasts `drain_seconds`.

        Raises:
            AppError: the app cannot run.
        """
        options = queue_options(self.app_root, self.environment)
        functions = await worker.load(self.app_root)
        stop = asyncio.Event()
        async with AsyncExitStack() as clients:
            found = [await self._listener(function, options, clients) for function in functions]
            self._stop_on_signals(stop)
            logger.info("ready: %s (process %d)", ", ".join(f.name for f in functions), os.getpid())
            async with asyncio.TaskGroup() as group:
                for listener in found:
                    if listener is not None:
                        group.create_task(listener.run(stop))
                group.create_task(stop.wait())
        logger.info("stopped")

    async def _listener(self, function: Function, options: QueueOptions, clients: AsyncExitStack) -> Listener | None:
        if function.has_outputs:
            logger.warning("%s: this host ignores output bindings", function.name)
        match function.trigger["type"]:
            case "queueTrigger":
                return await self._queue_listener(function, options, clients)
            case "timerTrigger":
                schedule = resolve(function.trigger["schedule"], self.environment)
                return TimerListener(function, Schedule.parse(schedule), self.log)
            case other:
                logger.warning("%s: this host does not know %s and never invokes the function", function.name, other)
                return None

    async def _queue_listener(
        self, function: Function, options: QueueOptions, clients: AsyncExitStack
    ) -> QueueListener:
        name = resolve(function.trigger["queueName"], self.environment).lower()
        setting = function.trigger.get("connection") or "AzureWebJobsStorage"
        try:
            connection = self.environment[setting]
        except KeyError:
            raise AppError(f"{function.name}: set the app setting {setting} to a connection string") from None

        async def client(queue: str) -> QueueClient:
            created = QueueClient.from_connection_string(connection, queue, **RETRIES)
            return await clients.enter_async_context(created)

        poison = None if name.endswith(POISON) else await client(name + POISON)
        source = QueueSource(await client(name), poison, options, self.lock_seconds)
        logger.info("%s listens to queue %s", function.name, name)
        return QueueListener(QueueProcessor(function, source, self.log))

    def _stop_on_signals(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()

        def on_signal() -> None:
            if stop.is_set():
                _exit_now("a second signal")
            logger.info("stopping: receiving no more messages, letting running invocations finish")
            stop.set()
            loop.call_later(self.drain_seconds, _exit_now, "not finished in time")

        def on_input() -> None:
            if not os.read(0, 1024):
                _exit_now("standard input is closed")

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, on_signal)
        if self.ends_with_stdin:
            loop.add_reader(0, on_input)


def _exit_now(reason: str) -> None:
    logger.error("ended: %s; unfinished messages become visible again when their locks end", reason)
    os._exit(FORCED_EXIT)
