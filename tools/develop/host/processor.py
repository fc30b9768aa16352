"""Process one message: the function is invoked, then the message is deleted, released or moved to the poison queue."""

import time
from dataclasses import dataclass

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from tools.develop.host import worker
from tools.develop.host.log import Invocation, InvocationLog, LogLine, Outcome, logger
from tools.develop.host.message_lock import MessageLock, is_lost
from tools.develop.host.options import QueueOptions
from tools.develop.host.queue_message import Message, UndecodableError
from tools.develop.host.rpc import TypedData
from tools.develop.host.worker import Done, Function

POISON = "-poison"


@dataclass(frozen=True, slots=True)
class QueueSource:
    """The queue that triggers a function, and its policy."""

    queue: QueueClient
    poison: QueueClient | None  # None: the queue is a poison queue itself
    options: QueueOptions
    lock_seconds: int

    @property
    def name(self) -> str:
        """The queue's name."""
        return str(self.queue.queue_name)


class QueueProcessor:
    """Processes the messages of one queue with one function."""

    def __init__(self, function: Function, source: QueueSource, log: InvocationLog) -> None:
        self.source = source
        self._function = function
        self._log = log

    async def process(self, message: Message) -> None:
        """Process one message. If storage fails, the message becomes visible again when its lock ends."""
        try:
            await self._process(message)
        except AzureError as error:
            logger.warning("%s: message %s stays in the queue: %s", self._function.name, message.id, error)

    async def _process(self, message: Message) -> None:
        options = self.source.options
        try:
            body = message.body(options.message_encoding)
        except UndecodableError:
            await self._poison(message, message.pop_receipt, None, "its body isn't base64")
            return
        if message.dequeue_count > options.max_dequeue_count:
            await self._poison(message, message.pop_receipt, None, "it was received too often")
            return
        started = time.perf_counter()
        async with MessageLock(self.source.queue, message, self.source.lock_seconds) as lock:
            done = await self._invoke(message, body)
        ms = round((time.perf_counter() - started) * 1000, 1)
        if done.failure is None:
            await self._delete(message, lock.pop_receipt)
            self._record(message, "ok", ms, done.logged)
            return
        logger.error("%s failed: %s", self._function.name, done.failure)
        if message.dequeue_count >= options.max_dequeue_count:
            await self._poison(message, lock.pop_receipt, ms, "it failed too often")
        else:
            await self._release(message, lock.pop_receipt)
            self._record(message, "error", ms, done.logged)

    async def _invoke(self, message: Message, body: bytes) -> Done:
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            return Done(failure=f"the body isn't UTF-8: {error}")
        return await worker.invoke(self._function, TypedData(string=text), message.metadata(text))

    async def _release(self, message: Message, pop_receipt: str) -> None:
        """Make a failed message visible after `visibilityTimeout`, or on a poison queue when its lock ends."""
        if not self.source.poison:
            return
        delay = int(self.source.options.visibility_timeout.total_seconds())
        try:
            await self.source.queue.update_message(message.id, pop_receipt, visibility_timeout=delay)
        except AzureError as error:
            if not is_lost(error):
                raise

    async def _poison(self, message: Message, pop_receipt: str, ms: float | None, reason: str) -> None:
        """Move a message to the poison queue. If it's already on one, it stays there, hidden until its lock ends."""
        poison = self.source.poison
        logger.warning("%s: message %s is poison: %s", self._function.name, message.id, reason)
        if poison:
            try:
                await poison.send_message(message.text)
            except ResourceNotFoundError:
                await _create(poison)
                await poison.send_message(message.text)
            await self._delete(message, pop_receipt)
        self._record(message, "poison" if poison else "error", ms)

    async def _delete(self, message: Message, pop_receipt: str) -> None:
        try:
            await self.source.queue.delete_message(message.id, pop_receipt)
        except AzureError as error:
            if not is_lost(error):
                raise
            logger.warning("%s: message %s was taken over by another host", self._function.name, message.id)

    def _record(self, message: Message, outcome: Outcome, ms: float | None, logged: tuple[LogLine, ...] = ()) -> None:
        name, count = self._function.name, message.dequeue_count
        self._log(Invocation(name, outcome, ms, self.source.name, message.id, count, logged=logged))


async def _create(queue: QueueClient) -> None:
    try:
        await queue.create_queue()
    except ResourceExistsError:
        return  # another process was faster
