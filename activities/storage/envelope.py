"""The envelope: the JSON that this app writes around a message on the retry queue and in a dead letter.

An envelope is ASCII. So a queue message, which is sent as XML, can hold any original text. If a body is too large for a
queue message, it's in a blob, and the envelope names the blob. A control message has the same marker.
"""

import base64
import json
import re
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from activities.domain.errors import NewerVersion
from activities.domain.message import Message
from activities.domain.record import row_key
from activities.domain.sync_parts import Failing
from activities.domain.versions import READABLE, VERSION

MARKER = "lms-activity-sync"
_MARKER = re.compile(rf"{MARKER}/(\d{{1,6}})")
_NAME = r"^[\w-]{1,64}$"


class _Marked(BaseModel):
    """A document that this app wrote, which it recognises by the marker. The marker contains the version."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    envelope: Annotated[str, StringConstraints(pattern=rf"^{MARKER}/\d{{1,6}}$")] = f"{MARKER}/{VERSION}"

    def text(self) -> str:
        """Return the document as ASCII JSON."""
        return json.dumps(self.model_dump(mode="json", by_alias=True, exclude_none=True))


class Envelope(_Marked):
    """A message on the retry queue or in a dead letter: the original, and what happened to it.

    `nonce` identifies a retry. `number` is the letter number. A retry has `failing` if its event isn't merged yet.
    """

    id: str
    reason: str
    detail: str
    attempt: int
    first_seen: datetime
    last_seen: datetime
    enrollment_id: Annotated[str, Field(max_length=2048)] | None = None
    request_id: str | None = None
    nonce: str | None = None
    number: int | None = None
    redriven: bool | None = None
    from_operator: bool | None = None
    failing: Failing | None = None
    encoding: Annotated[str, StringConstraints(pattern="^(text|base64)$")] = "text"
    original: str | None = None
    blob: Annotated[str, StringConstraints(pattern=_NAME)] | None = None

    @model_validator(mode="after")
    def _leads_to_a_body(self) -> Self:
        if self.body() is None and self.blob is None:
            raise ValueError("an envelope needs a text or a blob")
        return self

    def body(self) -> bytes | None:
        """Return the original message, byte for byte, or None if it's in the blob."""
        if self.original is None:
            return None
        return base64.b64decode(self.original) if self.encoding == "base64" else self.original.encode()


class ControlEnvelope(_Marked):
    """A control message: what to do about the record with this row key. A ping has its own id there.

    For a record that was forgotten, the enrolment id is given too, because the row doesn't have it.
    """

    control: str
    record: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    enrollment_id: Annotated[str, Field(max_length=2048)] | None = None

    @model_validator(mode="after")
    def _names_one_record(self) -> Self:
        if self.enrollment_id is not None and row_key(self.enrollment_id) != self.record:
            raise ValueError("the enrolment id belongs to another record")
        return self


def read(text: bytes) -> Envelope | ControlEnvelope | None:
    """Read a text from the retry queue or from a dead letter. Return None if this app didn't write it.

    Raises:
        NewerVersion: newer code wrote it.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    marker = _MARKER.fullmatch(str(document.get("envelope"))) if isinstance(document, dict) else None
    if marker is None:
        return None
    version = int(marker[1])
    if version not in READABLE:
        if version > VERSION:
            raise NewerVersion(f"an envelope of version {version}, which this code can't read")
        return None
    try:
        if "control" in document:
            return ControlEnvelope.model_validate(document)
        return Envelope.model_validate(document)
    except ValidationError:
        return None


def enclose(message: Message, **facts: str | int | Failing | None) -> Envelope:
    """Put a message into an envelope. `facts` are the envelope's other fields."""
    now = datetime.now(UTC)
    try:
        original, encoding = message.body.decode(), "text"
    except UnicodeDecodeError:
        original, encoding = base64.b64encode(message.body).decode(), "base64"
    said = {"first_seen": message.first_seen or now, "last_seen": now, "from_operator": message.from_operator or None}
    return Envelope.model_validate({"original": original, "encoding": encoding, **said, **facts})
