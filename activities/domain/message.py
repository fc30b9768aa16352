"""Messages under way."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """The original text of a message, and what happened to it before.

    Attributes:
        body: the original text.
        attempt: which attempt this is, from 1.
        first_seen: when the message was received first.
        nonce: the name of a retry message.
        enrollment_id: what the envelope says, for when the text is not at hand.
        redriven: an operator has put it back, so it begins anew: patience, and what was not found.
        believed: the body is a control message that came on the retry queue, where only operators may send.
        text: the message as it lies on the retry queue; None if it came another way.
        blob: where the body lies, if it is too large for a queue message.
        gone: the blob has been deleted, so the text is not at hand.
    """

    body: bytes
    attempt: int = 1
    first_seen: datetime | None = None
    nonce: str | None = None
    enrollment_id: str | None = None
    redriven: bool = False
    believed: bool = False
    text: bytes | None = None
    blob: str | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """A control message: what is to be done about the record with this row key, and the message itself."""

    action: str
    record: str
    message: Message
