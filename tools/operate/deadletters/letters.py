"""Dead letters as they lie on the queue, and what can be done with them.

A storage queue cannot be browsed. Reading it means receiving its messages, which hides them from other readers for a
while; what was only looked at is given back.
"""

import base64
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus

from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from activities.storage.envelope import Envelope
from tools.operate.each import each

# How long letters are hidden from others: to look at them, or to act on thousands. Whoever may not give them back
# (the role Message Processor may receive and delete, but not update) waits as long to see them again.
LOOK_SECONDS = 30
ACT_SECONDS = 300
PAGE = 32
LARGEST_MESSAGE = 65_536
NO_ENVELOPE = "no_envelope"
_TAKEN = ("MessageNotFound", "PopReceiptMismatch")  # somebody else received or removed it meanwhile

# What XML, in which a message travels, cannot hold; a carriage return would arrive as a line feed.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_INEXACT = re.compile(_ILLEGAL.pattern[:-1] + "\r]")


class OriginalMissing(Exception):
    """The blob that held the original is gone: its retention has ended."""


@dataclass(slots=True)
class Letter:
    """A dead letter, with all messages that say the same: a crash at the wrong moment leaves two.

    `envelope` is None for a message that lies there as it was sent: the host's poison queues hold such.
    """

    id: str
    envelope: Envelope | None
    messages: list[QueueMessage] = field(default_factory=list)

    @property
    def reason(self) -> str:
        """The reason code."""
        return self.envelope.reason if self.envelope else NO_ENVELOPE

    @property
    def when(self) -> datetime:
        """When it was written last."""
        if self.envelope:
            return self.envelope.last_seen
        return max(inserted(message) for message in self.messages)


def inserted(message: QueueMessage) -> datetime:
    """When a message was put on its queue."""
    assert message.inserted_on  # noqa: S101  every received message has it
    return message.inserted_on


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead-letter queue, the container of large bodies, and the queue that originals go back to."""

    queue: QueueClient
    bodies: ContainerClient
    events: QueueClient

    async def receive(self, seconds: int = LOOK_SECONDS) -> list[Letter]:
        """All letters that nobody else is looking at, oldest first; hidden for these seconds, or until given back."""
        found: dict[str, QueueMessage] = {}
        pages = self.queue.receive_messages(messages_per_page=PAGE, visibility_timeout=seconds).by_page()
        async for page in pages:
            messages = [message async for message in page]
            again = all(message.id in found for message in messages)
            found.update((message.id, message) for message in messages)
            if again:
                break  # reading took so long that the first ones show again
        letters: dict[tuple[str, str | None], Letter] = {}
        for message in found.values():
            envelope = Envelope.read(message.content)
            # Letters of one id stand for one state of one record; a different text is kept apart all the same.
            key = (envelope.id, envelope.original) if envelope else (message.id, None)
            letters.setdefault(key, Letter(key[0], envelope)).messages.append(message)
        return sorted(letters.values(), key=lambda letter: letter.when)

    async def give_back(self, letters: Iterable[Letter], done: Callable[[], None] = lambda: None) -> bool:
        """Show letters to others again at once; False where that is not allowed, so that they have to wait.

        `done` is called after each message.
        """
        messages = [message for letter in letters for message in letter.messages]
        try:
            for message in messages[:1]:
                await self._show(message)
        except HttpResponseError as error:
            if error.status_code == HTTPStatus.FORBIDDEN:
                return False
            raise
        failures = [error for _, error in await each(messages[1:], self._show, done) if error]
        if failures:
            raise failures[0]
        return True

    async def body(self, letter: Letter) -> bytes:
        """The original message, byte for byte.

        Raises:
            OriginalMissing: it lay in a blob that is gone.
        """
        if letter.envelope is None:
            return str(letter.messages[0].content).encode()
        body = letter.envelope.body()
        if body is not None:
            return body
        try:
            return await (await self.bodies.download_blob(letter.envelope.blob or "")).readall()
        except ResourceNotFoundError:
            raise OriginalMissing from None

    async def redrive(self, letter: Letter) -> None:
        """Put the original back on the inbound queue, then delete the letter.

        A crash in between leaves both: the event is then handled twice, which changes nothing.

        Raises:
            OriginalMissing: there is nothing to put back.
            AzureError: storage refused. A letter that is not found any more has been taken by somebody else.
        """
        await self.events.send_message(sendable(await self.body(letter)), time_to_live=-1)
        await self._delete(letter)

    async def purge(self, letter: Letter) -> None:
        """Delete a letter and its body."""
        await self._delete(letter)
        if letter.envelope and letter.envelope.blob:
            # A body is written before its letter: one that changed later belongs to a letter that we have not seen.
            latest = max(inserted(message) for message in letter.messages) + timedelta(seconds=1)
            with suppress(ResourceNotFoundError, ResourceModifiedError):
                await self.bodies.delete_blob(letter.envelope.blob, if_unmodified_since=latest)

    async def _show(self, message: QueueMessage) -> None:
        try:
            await self.queue.update_message(message, visibility_timeout=0)
        except HttpResponseError as error:
            if error.error_code not in _TAKEN:  # type: ignore[attr-defined]  # set by the storage SDK
                raise

    async def _delete(self, letter: Letter) -> None:
        for message in letter.messages:
            await self.queue.delete_message(message)


def sendable(body: bytes) -> str:
    """The text of a queue message that the app reads as exactly this body: itself, or base64 where it has to be."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return base64.b64encode(body).decode()
    if not _INEXACT.search(text):
        return text
    encoded = base64.b64encode(body).decode()
    # A line feed for a carriage return makes no difference to JSON; not being able to redrive would.
    return encoded if len(encoded) <= LARGEST_MESSAGE or _ILLEGAL.search(text) else text
