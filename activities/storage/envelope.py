"""The envelope: what this app puts around a message on the retry and the dead-letter queue.

An envelope is ASCII JSON, so that a queue message (which is XML inside) can hold any original text. What is too large
for a queue message lies in a blob, and the envelope points to it.
"""

import base64
import json
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from activities.domain.message import Message


class Envelope(BaseModel):
    """A message on the retry or the dead-letter queue: the original, and what happened to it."""

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
        """Return the envelope in a message's text, or None if this app did not write the text."""
        try:
            return cls.model_validate_json(text)
        except ValueError:
            return None

    @model_validator(mode="after")
    def _leads_to_a_body(self) -> Self:
        if self.body() is None and self.blob is None:
            raise ValueError("an envelope needs a text or a blob")
        return self

    def text(self) -> str:
        """Return the envelope as ASCII JSON."""
        return json.dumps(self.model_dump(mode="json", by_alias=True, exclude_none=True))

    def body(self) -> bytes | None:
        """Return the original message, byte for byte, or None if it lies in the blob."""
        if self.original is None:
            return None
        return base64.b64decode(self.original) if self.encoding == "base64" else self.original.encode()


def enclose(message: Message, **facts: str | int | None) -> Envelope:
    """Put a message into an envelope; `facts` are the envelope's other fields."""
    now = datetime.now(UTC)
    try:
        original, encoding = message.body.decode(), "text"
    except UnicodeDecodeError:
        original, encoding = base64.b64encode(message.body).decode(), "base64"
    return Envelope.model_validate(
        {"original": original, "encoding": encoding, "first_seen": message.first_seen or now, "last_seen": now, **facts}
    )
