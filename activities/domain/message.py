"""Messages as the app handles them: the original text, and what the envelope around it says."""

from dataclasses import dataclass
from datetime import datetime

from activities.domain.sync_parts import Failing


@dataclass(frozen=True, slots=True)
class Message:
    """The original text of a message, and what has happened to it so far.

    Attributes:
        body: the original text.
        attempt: which attempt this is, counted from 1.
        first_seen: when the message was first received.
        nonce: the name of the retry message, if it is one.
        enrollment_id: the enrolment that the envelope names. It's used if the text is gone.
        redriven: an operator has put the message back. Patience starts over, and what wasn't found is looked up again.
        from_operator: the body is a control message that came from the retry queue, where only operators may send.
        queue_text: the message as it is on the retry queue, or None if it came from another queue.
        blob: the name of the blob that holds the body, if the body is too large for a queue message.
        body_deleted: the blob has been deleted, so the text is gone.
        failing: the failures of the message itself. Either it isn't clear whose event it is, so it can't be merged into
            a record. Or handling it failed with an unexpected exception.
    """

    body: bytes
    attempt: int = 1
    first_seen: datetime | None = None
    nonce: str | None = None
    enrollment_id: str | None = None
    redriven: bool = False
    from_operator: bool = False
    queue_text: bytes | None = None
    blob: str | None = None
    body_deleted: bool = False
    failing: Failing | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """A control message: what to do about the record with this row key, and the message itself.

    `enrollment_id` is set if the message gives it.
    """

    action: str
    record: str
    message: Message
    enrollment_id: str | None = None
