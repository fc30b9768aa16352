"""Retry messages and dead letters: one envelope for both, and how it is written.

An envelope is ASCII JSON, so that a queue message (XML inside) can hold any original text. What is too large for a
queue message goes to a blob, and the envelope points to it. No message that is written here expires; how long a blob
is kept is a rule of the storage account.
"""

import base64
import hashlib
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from xml.sax.saxutils import escape

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue.aio import QueueClient
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from activities.domain.outcomes import DeadLetter, Retry

# A queue message holds 64 KiB of UTF-8, and the request that puts it there, where XML escapes some characters, 128 KiB.
# The rest is room for the XML around it.
LARGEST = 60_000
_LARGEST_REQUEST = 2 * LARGEST
_LONGEST_DELAY = 7 * 24 * 3600 - 1
_NEVER = -1


@dataclass(frozen=True, slots=True)
class Message:
    """A message under way: its original text, and what happened to it before.

    `nonce` names a retry message; `enrollment_id` is known from the envelope even if the text is not at hand.
    """

    body: bytes
    attempt: int = 1
    first_seen: datetime | None = None
    nonce: str | None = None
    enrollment_id: str | None = None


class Envelope(BaseModel):
    """What lies on the retry and the dead-letter queue."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    envelope: Literal["lms-activity-sync/1"] = "lms-activity-sync/1"
    id: str
    reason: str
    detail: str
    attempt: int
    first_seen: datetime
    last_seen: datetime
    enrollment_id: Annotated[str, Field(max_length=2048)] | None = None
    request_id: str | None = None
    nonce: str | None = None
    encoding: Literal["text", "base64"] = "text"
    original: str | None = None
    blob: Annotated[str, StringConstraints(pattern=r"^(retry|dead-letter)/[\w-]{1,64}$")] | None = None

    @classmethod
    def read(cls, text: bytes | str) -> "Envelope | None":
        """The envelope in a message's text, or None where the text is none that this app wrote."""
        try:
            return cls.model_validate_json(text)
        except ValueError:
            return None

    @model_validator(mode="after")
    def _leads_to_a_body(self) -> Self:
        if self.body() is None and self.blob is None:
            raise ValueError("neither a text nor a blob")
        return self

    def text(self) -> str:
        """ASCII JSON."""
        return json.dumps(self.model_dump(mode="json", by_alias=True, exclude_none=True))

    def body(self) -> bytes | None:
        """The original message, byte for byte; None where it lies in the blob."""
        if self.original is None:
            return None
        return base64.b64decode(self.original) if self.encoding == "base64" else self.original.encode()


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
        """Put the message back, to show itself after the retry's delay."""
        envelope = _envelope(
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
        """Put the message where somebody will look at it.

        The id is a hash of record, reason and wanted state (of the text, where there is no record): a second letter
        after a crash has the same.
        """
        subject = enrollment_id or message.body.hex()
        identity = json.dumps([subject, letter.reason, digest])
        envelope = _envelope(
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
        """Put each item of a batch on the inbound queue as a message of its own; return those that are too large."""
        large = []
        for item in items:
            if _fits(item):
                await self._events.send_message(item, time_to_live=_NEVER)
            else:
                large.append(item)
        return large

    async def open(self, text: bytes) -> Message:
        """The message inside an envelope; a text that is no envelope is taken as the message itself."""
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
            # Its retention has ended. What it said is in the record, to which the envelope leads.
            return b""

    async def _put(self, queue: QueueClient, envelope: Envelope, blob: str, delay: int) -> None:
        text = envelope.text()
        if not _fits(text):
            await self._bodies.upload_blob(blob, envelope.body() or b"", overwrite=True)
            text = envelope.model_copy(update={"original": None, "blob": blob}).text()
        await queue.send_message(text, visibility_timeout=delay, time_to_live=_NEVER)


def _fits(text: str) -> bool:
    return len(text.encode()) <= LARGEST and len(escape(text).encode()) <= _LARGEST_REQUEST


def _envelope(message: Message, **facts: str | int | None) -> Envelope:
    now = datetime.now(UTC)
    try:
        original, encoding = message.body.decode(), "text"
    except UnicodeDecodeError:
        original, encoding = base64.b64encode(message.body).decode(), "base64"
    return Envelope.model_validate(
        {"original": original, "encoding": encoding, "first_seen": message.first_seen or now, "last_seen": now, **facts}
    )
