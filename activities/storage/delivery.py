"""Writes messages to the inbound queue and the retry queue, and opens envelopes.

Messages written here never expire. If a body is too large for a queue message, it's in a blob of its own. That blob is
deleted once its message has been handled.
"""

import math
import secrets
from contextlib import suppress
from xml.sax.saxutils import escape

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue.aio import QueueClient

from activities.domain.message import Control, Message
from activities.domain.outcomes import Retry, RetryReason
from activities.storage.envelope import ControlEnvelope, Envelope, enclose, read
from activities.storage.faults import concerning_all

# A queue message holds 64 KiB of UTF-8. The request that sends it holds 128 KiB, and XML escapes some characters in it.
# Staying below both limits leaves room for the XML around the text.
LARGEST = 60_000
_LARGEST_REQUEST = 2 * LARGEST
_LONGEST_DELAY = 7 * 24 * 3600 - 1
_NEVER = -1
_NOT_BEGUN = (RetryReason.LEASED, RetryReason.CONTENDED, RetryReason.UNEXPECTED)
_PLACE = "event-bodies"


class Delivery:
    """Writes to the inbound queue and the retry queue.

    If the container for bodies can't be used, that's raised as a `StorageFault`. Other storage errors are raised as
    they are.
    """

    def __init__(self, *, events: QueueClient, retries: QueueClient, bodies: ContainerClient) -> None:
        self._events = events
        self._retries = retries
        self._bodies = bodies

    async def retry(self, message: Message, retry: Retry, enrollment_id: str | None, nonce: str) -> None:
        """Put the message on the retry queue, visible after the retry's delay."""
        envelope = enclose(
            message,
            id=nonce,
            nonce=nonce,
            reason=retry.reason,
            detail="",
            attempt=message.attempt + 1,
            enrollment_id=enrollment_id,
            failing=message.failing,
            # With one of these reasons, the message hasn't been handled yet. So it still counts as redriven.
            redriven=True if message.redriven and retry.reason in _NOT_BEGUN else None,
        )
        with concerning_all(_PLACE):
            text = await self._text(envelope, nonce)
        await self._send(text, retry.after)

    async def take(self, text: str) -> None:
        """Put a new message on the inbound queue, or on the retry queue if it's so large that its body needs a blob.

        Raises:
            StorageFault: the container for bodies is missing, closed to the app, or failing. Queue errors are raised
                as they are.
        """
        if _fits(text):
            await self._events.send_message(text, time_to_live=_NEVER)
            return
        nonce = secrets.token_hex(8)
        envelope = enclose(Message(text.encode()), id=nonce, nonce=nonce, reason="large", detail="", attempt=1)
        with concerning_all(_PLACE):
            large = await self._text(envelope, nonce)
        await self._send(large, 0.0)

    async def redrive(self, letter: Envelope) -> None:
        """Put a dead letter's message on the retry queue. It's handled at once, as if for the first time.

        All storage errors are raised as they are, so that the operator sees them.
        """
        nonce = secrets.token_hex(8)
        again = {"nonce": nonce, "number": None, "redriven": True, "attempt": letter.attempt + 1}
        await self._send(await self._text(letter.model_copy(update=again), nonce), 0.0)

    async def put_back(self, text: bytes, after: float) -> None:
        """Put a text on the retry queue as it is, visible after `after` seconds."""
        await self._send(text.decode(), after)

    async def send_back(self, body: bytes, after: float) -> None:
        """Put a message back on the inbound queue, exactly as it came from there, visible after `after` seconds."""
        await self._events.send_message(body.decode(), visibility_timeout=_delay(after), time_to_live=_NEVER)

    async def split(self, items: tuple[str, ...]) -> None:
        """Put each item of a batch on a queue as a separate message."""
        for item in items:
            await self.take(item)

    async def open(self, text: bytes) -> Message | Control:
        """Return the message inside an envelope, or a control message. Any other text is the message itself.

        Raises:
            NewerVersion: newer code wrote it.
            StorageFault: its body is in a blob, and the container is missing, closed to the app, or failing.
        """
        envelope = read(text)
        if envelope is None:
            return Message(text)
        if isinstance(envelope, ControlEnvelope):
            return _control(envelope, Message(text, from_operator=True, queue_text=text))
        body = envelope.body()
        if body is None:
            body = await self._read(envelope.blob or "")
        message = Message(
            body or b"",
            envelope.attempt,
            envelope.first_seen,
            envelope.nonce,
            envelope.enrollment_id,
            redriven=bool(envelope.redriven),
            from_operator=bool(envelope.from_operator),
            queue_text=text,
            blob=envelope.blob,
            body_deleted=body is None,
            failing=envelope.failing,
        )
        inner = read(message.body) if message.from_operator else None
        return _control(inner, message) if isinstance(inner, ControlEnvelope) else message

    async def discard(self, blob: str) -> None:
        """Delete the body of a message that has been handled.

        If that fails, a lifecycle rule of the storage account deletes it later.
        """
        # The message has been handled. A failure here must not put it back.
        with suppress(Exception):
            await self._bodies.delete_blob(blob)

    async def _read(self, blob: str) -> bytes | None:
        try:
            with concerning_all(_PLACE):
                return await (await self._bodies.download_blob(blob)).readall()
        except ResourceNotFoundError:
            # The message has been handled before. The envelope names the record, which has what the text said.
            return None

    async def _text(self, envelope: Envelope, blob: str) -> str:
        """Return an envelope as text for the queue. If it's too large, its body goes into a blob with this name."""
        text = envelope.text()
        if _fits(text):
            return text
        await self._bodies.upload_blob(blob, envelope.body() or b"", overwrite=True)
        return envelope.model_copy(update={"original": None, "blob": blob}).text()

    async def _send(self, text: str, after: float) -> None:
        await self._retries.send_message(text, visibility_timeout=_delay(after), time_to_live=_NEVER)


def _control(envelope: ControlEnvelope, message: Message) -> Control:
    return Control(envelope.control, envelope.record, message, envelope.enrollment_id)


def _fits(text: str) -> bool:
    return len(text.encode()) <= LARGEST and len(escape(text).encode()) <= _LARGEST_REQUEST


def _delay(after: float) -> int:
    return min(math.ceil(after), _LONGEST_DELAY)
