"""Dead letters on their queue, and the actions on them.

A storage queue cannot be browsed. Reading it means receiving its messages, which hides them from other readers for
some time; letters that are only read are given back.
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

# How long letters are hidden from other readers: while they are listed, and while many of them are processed.
# Operators who may not update messages (role Message Processor) cannot give letters back, and have to wait that long.
LOOK_SECONDS = 30
ACT_SECONDS = 300
PAGE = 32
LARGEST_MESSAGE = 65_536  # bytes
NO_ENVELOPE = "no_envelope"
_TAKEN = ("MessageNotFound", "PopReceiptMismatch")  # another reader has received or deleted the message

# Messages travel in XML, which cannot hold these characters, and which turns a carriage return into a line feed.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_INEXACT = re.compile(_ILLEGAL.pattern[:-1] + "\r]")


class OriginalMissing(Exception):
    """The original no longer exists: the retention of its blob has ended."""


@dataclass(slots=True, eq=False)
class Letter:
    """A dead letter, with all messages that contain it: a crash at the wrong moment leaves two.

    `envelope` is None for a message without one; the messages on the host's poison queues have none.
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
        """When it was last written."""
        if self.envelope:
            return self.envelope.last_seen
        return max(inserted(message) for message in self.messages)


def inserted(message: QueueMessage) -> datetime:
    """Return when a message was put on its queue."""
    assert message.inserted_on  # noqa: S101  every received message has it
    return message.inserted_on


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead-letter queue, the container for large bodies, and the inbound queue for redriven events."""

    queue: QueueClient
    bodies: ContainerClient
    events: QueueClient

    async def receive(self, seconds: int = LOOK_SECONDS) -> list[Letter]:
        """Receive all visible letters, oldest first; they are hidden for `seconds` or until they are given back."""
        found: dict[str, QueueMessage] = {}
        pages = self.queue.receive_messages(messages_per_page=PAGE, visibility_timeout=seconds).by_page()
        async for page in pages:
            messages = [message async for message in page]
            again = all(message.id in found for message in messages)
            found.update((message.id, message) for message in messages)
            if again:
                break  # reading took so long that the first messages are visible again
        letters: dict[tuple[str, str | None], Letter] = {}
        for message in found.values():
            envelope = Envelope.read(message.content)
            # Letters with one id belong to one record; different originals remain separate letters.
            key = (envelope.id, envelope.original) if envelope else (message.id, None)
            letters.setdefault(key, Letter(key[0], envelope)).messages.append(message)
        return sorted(letters.values(), key=lambda letter: letter.when)

    async def give_back(self, letters: Iterable[Letter], done: Callable[[], None] = lambda: None) -> bool:
        """Make letters visible to others now; return False if the operator's role does not allow it.

        `done` is called after each message.
        """
        messages = [message for letter in letters for message in letter.messages]
        try:
            for message in messages[:1]:
                await self._make_visible(message)
        except HttpResponseError as error:
            if error.status_code == HTTPStatus.FORBIDDEN:
                return False
            raise
        failures = [error for _, error in await each(messages[1:], self._make_visible, done) if error]
        if failures:
            raise failures[0]
        return True

    async def body(self, letter: Letter) -> bytes:
        """Return the original message, byte for byte.

        Raises:
            OriginalMissing: it was in a blob that no longer exists.
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

        A crash in between leaves both. The event is then processed twice, which changes nothing.

        Raises:
            OriginalMissing: there is no original to put back.
            AzureError: storage refused, for example because another reader has taken the letter.
        """
        await self.events.send_message(as_message_text(await self.body(letter)), time_to_live=-1)
        await self._delete(letter)

    async def purge(self, letter: Letter) -> None:
        """Delete a letter and its body."""
        await self._delete(letter)
        if letter.envelope and letter.envelope.blob:
            # A body is written before its letter. A body that has changed since belongs to a newer letter.
            latest = max(inserted(message) for message in letter.messages) + timedelta(seconds=1)
            with suppress(ResourceNotFoundError, ResourceModifiedError):
                await self.bodies.delete_blob(letter.envelope.blob, if_unmodified_since=latest)

    async def _make_visible(self, message: QueueMessage) -> None:
        try:
            await self.queue.update_message(message, visibility_timeout=0)
        except HttpResponseError as error:
            if error.error_code not in _TAKEN:  # type: ignore[attr-defined]  # set by the storage SDK
                raise

    async def _delete(self, letter: Letter) -> None:
        for message in letter.messages:
            await self.queue.delete_message(message)


def as_message_text(body: bytes) -> str:
    """Return a text for a queue message that the app reads as exactly this body: the body itself, or its base64."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return base64.b64encode(body).decode()
    if not _INEXACT.search(text):
        return text
    encoded = base64.b64encode(body).decode()
    # If base64 is too large, a line feed instead of a carriage return is harmless in JSON, and the redrive succeeds.
    return encoded if len(encoded) <= LARGEST_MESSAGE or _ILLEGAL.search(text) else text
