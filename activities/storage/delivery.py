"""Writes retry messages, dead letters and the items of batches, and opens what it has written.

No message that is written here ever expires. A rule of the storage account says how long a blob is kept.
"""

import hashlib
import json
import math
from xml.sax.saxutils import escape

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue.aio import QueueClient

from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter, Retry
from activities.storage.envelope import Envelope, enclose

# A queue message holds 64 KiB of UTF-8. The request that puts it there, where XML escapes some characters, holds
# 128 KiB. The difference is room for the XML around it.
LARGEST = 60_000
_LARGEST_REQUEST = 2 * LARGEST
_LONGEST_DELAY = 7 * 24 * 3600 - 1
_NEVER = -1


class Delivery:
    """Writes retry messages, dead letters and the items of batches. What storage refuses is raised."""

    def __init__(
        self, *, events: QueueClient, retries: QueueClient, dead_letters: QueueClient, bodies: ContainerClient
    ) -> None:
        self._events = events
        self._retries = retries
        self._dead_letters = dead_letters
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
        )
        delay = min(math.ceil(retry.after), _LONGEST_DELAY)
        await self._put(self._retries, envelope, f"retry/{nonce}", delay)

    async def dead_letter(
        self, message: Message, letter: DeadLetter, enrollment_id: str | None = None, digest: str = ""
    ) -> None:
        """Put the message on the dead-letter queue, where somebody will look at it.

        The id is a hash of record, reason and digest of the desired state, or of the text if there is no record. A
        second letter after a crash therefore has the same id.
        """
        subject = enrollment_id or message.body.hex()
        identity = json.dumps([subject, letter.reason, digest])
        envelope = enclose(
            message,
            id=hashlib.sha256(identity.encode()).hexdigest()[:32],
            reason=letter.reason,
            detail=letter.detail,
            attempt=message.attempt,
            enrollment_id=enrollment_id,
            request_id=letter.request_id,
        )
        await self._put(self._dead_letters, envelope, f"dead-letter/{envelope.id}", 0)

    async def split(self, items: tuple[str, ...]) -> list[str]:
        """Put each item of a batch on the inbound queue as a message of its own.

        Returns:
            The items that are too large for the queue.
        """
        large = []
        for item in items:
            if _fits(item):
                await self._events.send_message(item, time_to_live=_NEVER)
            else:
                large.append(item)
        return large

    async def open(self, text: bytes) -> Message:
        """Return the message inside an envelope. A text that is not an envelope is the message itself."""
        envelope = Envelope.read(text)
        if envelope is None:
            return Message(text)
        body = envelope.body()
        if body is None:
            body = await self._read(envelope.blob or "")
        return Message(body, envelope.attempt, envelope.first_seen, envelope.nonce, envelope.enrollment_id)

    async def _read(self, blob: str) -> bytes:
        try:
            return await (await self._bodies.download_blob(blob)).readall()
        except ResourceNotFoundError as error:
            if error.error_code != "BlobNotFound":  # type: ignore[attr-defined]  # set by the storage SDK
                raise
            # Its retention has ended. The envelope leads to the record, which has what the text said.
            return b""

    async def _put(self, queue: QueueClient, envelope: Envelope, blob: str, delay: int) -> None:
        text = envelope.text()
        if not _fits(text):
            await self._bodies.upload_blob(blob, envelope.body() or b"", overwrite=True)
            text = envelope.model_copy(update={"original": None, "blob": blob}).text()
        await queue.send_message(text, visibility_timeout=delay, time_to_live=_NEVER)


def _fits(text: str) -> bool:
    return len(text.encode()) <= LARGEST and len(escape(text).encode()) <= _LARGEST_REQUEST
