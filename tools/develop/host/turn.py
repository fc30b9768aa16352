"""One message's turn: invoke the function on it, then delete, release or poison it."""

import time
from dataclasses import dataclass
from typing import Literal

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from tools.develop.host import worker
from tools.develop.host.lease import Lease, is_lost
from tools.develop.host.log import Invocation, InvocationLog, logger
from tools.develop.host.message import Message, UndecodableError
from tools.develop.host.messages import TypedData
from tools.develop.host.options import QueueOptions
from tools.develop.host.worker import Function

POISON = "-poison"


@dataclass(frozen=True, slots=True)
class Source:
    """A function's queue and the rules for it."""

    queue: QueueClient
    poison: QueueClient | None  # a poison queue has none of its own
    options: QueueOptions
    lease_seconds: int

    @property
    def name(self) -> str:
        """The queue's name."""
        return str(self.queue.queue_name)


class Turns:
    """Gives messages of one queue their turn with one function."""

    def __init__(self, function: Function, source: Source, record: InvocationLog) -> None:
        self.source = source
        self._function = function
        self._record = record

    async def take(self, message: Message) -> None:
        """Handle one message; if storage fails, it stays where it is and comes again after its lease."""
        try:
            await self._take(message)
        except AzureError as error:
            logger.warning("%s: message %s stays: %s", self._function.name, message.id, error)

    async def _take(self, message: Message) -> None:
        options = self.source.options
        try:
            body = message.body(options.message_encoding)
        except UndecodableError:
            await self._give_up(message, message.pop_receipt, None, "its body is not base64")
            return
        if message.dequeue_count > options.max_dequeue_count:
            await self._give_up(message, message.pop_receipt, None, "it was delivered too often")
            return
        started = time.perf_counter()
        async with Lease(self.source.queue, message, self.source.lease_seconds) as lease:
            failure = await self._invoke(message, body)
        ms = round((time.perf_counter() - started) * 1000, 1)
        if failure is None:
            await self._delete(message, lease.pop_receipt)
            self._tell(message, "ok", ms)
            return
        logger.error("%s failed: %s", self._function.name, failure)
        if message.dequeue_count >= options.max_dequeue_count:
            await self._give_up(message, lease.pop_receipt, ms, "it failed too often")
        else:
            await self._release(message, lease.pop_receipt)
            self._tell(message, "error", ms)

    async def _invoke(self, message: Message, body: bytes) -> str | None:
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            return f"the body is not UTF-8: {error}"
        return await worker.invoke(self._function, TypedData(string=text), message.metadata(text))

    async def _release(self, message: Message, pop_receipt: str) -> None:
        """Make a failed message visible after `visibilityTimeout`; on a poison queue, after its lease."""
        if not self.source.poison:
            return
        delay = int(self.source.options.visibility_timeout.total_seconds())
        try:
            await self.source.queue.update_message(message.id, pop_receipt, visibility_timeout=delay)
        except AzureError as error:
            if not is_lost(error):
                raise

    async def _give_up(self, message: Message, pop_receipt: str, ms: float | None, why: str) -> None:
        """Move to the poison queue; a message of a poison queue stays, and is invisible for its lease."""
        poison = self.source.poison
        logger.warning("%s: message %s is given up: %s", self._function.name, message.id, why)
        if poison:
            try:
                await poison.send_message(message.text)
            except ResourceNotFoundError:
                await _create(poison)
                await poison.send_message(message.text)
            await self._delete(message, pop_receipt)
        self._tell(message, "poison" if poison else "error", ms)

    async def _delete(self, message: Message, pop_receipt: str) -> None:
        try:
            await self.source.queue.delete_message(message.id, pop_receipt)
        except AzureError as error:
            if not is_lost(error):
                raise
            logger.warning("%s: message %s was taken over by somebody else", self._function.name, message.id)

    def _tell(self, message: Message, outcome: Literal["ok", "error", "poison"], ms: float | None) -> None:
        name, count = self._function.name, message.dequeue_count
        self._record(Invocation(name, outcome, ms, self.source.name, message.id, count))


async def _create(queue: QueueClient) -> None:
    try:
        await queue.create_queue()
    except ResourceExistsError:
        return  # another process was faster
