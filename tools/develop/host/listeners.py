"""Make the listener for a process's triggers."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Protocol

from azure.storage.queue.aio import QueueClient

from tools.develop.host.endpoint import Endpoint
from tools.develop.host.http_listener import HttpListener
from tools.develop.host.listener import QueueListener
from tools.develop.host.log import InvocationLog, logger
from tools.develop.host.options import SCHEDULE, QueueOptions, resolve
from tools.develop.host.processor import POISON, QueueProcessor, QueueSource
from tools.develop.host.timer import Schedule, TimerListener
from tools.develop.host.worker import AppError, Function, Group

QUEUE, TIMER, HTTP = "queueTrigger", "timerTrigger", "httpTrigger"
# Similar to the SDK that the Functions host uses. By default, the Python SDK waits 15 s before its first retry.
RETRIES: dict[str, Any] = {"initial_backoff": 1, "increment_base": 2, "random_jitter_range": 0}


class Listener(Protocol):
    """Waits for a process's triggers and invokes its functions."""

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until `stop`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What listeners need besides their functions.

    `lock_seconds` is how long a received message is invisible. `endpoint` is None if the app has no HTTP functions.
    """

    environment: Mapping[str, str]
    options: QueueOptions
    lock_seconds: int
    log: InvocationLog
    endpoint: Endpoint | None


def knows(function: Function) -> bool:
    """Tell whether there's a listener for the function's type of trigger."""
    return function.trigger["type"] in {QUEUE, TIMER, HTTP}


def groups(functions: Sequence[Function]) -> list[Group]:
    """Tell which functions share a process: all HTTP functions, as on the Flex Consumption plan."""
    others: list[Group] = [(function,) for function in functions if function.trigger["type"] != HTTP]
    http = tuple(function for function in functions if function.trigger["type"] == HTTP)
    return [*others, http] if http else others


async def listener(group: Group, settings: Settings, clients: AsyncExitStack) -> Listener:
    """Make the listener for a group of functions. `clients` will close its connections.

    Raises:
        AppError: a setting that the trigger needs is missing or wrong.
    """
    for function in group:
        if function.has_outputs:
            logger.warning("%s: this host ignores output bindings", function.name)
    function = group[0]
    if settings.endpoint:
        if function.trigger["type"] == HTTP:
            return HttpListener(group, settings.endpoint, settings.log)
        settings.endpoint.close()  # otherwise it would stay open after the HTTP process has ended
    if function.trigger["type"] == TIMER:
        schedule = settings.environment.get(SCHEDULE) or resolve(function.trigger["schedule"], settings.environment)
        return TimerListener(function, Schedule.parse(schedule), settings.log)
    name = resolve(function.trigger["queueName"], settings.environment).lower()
    setting = function.trigger.get("connection") or "AzureWebJobsStorage"
    try:
        connection = settings.environment[setting]
    except KeyError:
        raise AppError(f"{function.name}: set the app setting {setting} to a connection string") from None

    async def client(queue: str) -> QueueClient:
        created = QueueClient.from_connection_string(connection, queue, **RETRIES)
        return await clients.enter_async_context(created)

    poison = None if name.endswith(POISON) else await client(name + POISON)
    source = QueueSource(await client(name), poison, settings.options, settings.lock_seconds)
    logger.info("%s is triggered by queue %s", function.name, name)
    return QueueListener(QueueProcessor(function, source, settings.log))
