"""Messages as they are handled: the original text, and what the envelope around it says."""

from dataclasses import dataclass
from datetime import datetime

from activities.domain.sync_parts import Failing


@dataclass(frozen=True, slots=True)
class Message:
    """The original text of a message, and what happened to it before.

    Attributes:
        body: the original text.
        attempt: which attempt this is, from 1.
        first_seen: when the message was first received.
        nonce: the name of the retry message, if it is one.
        enrollment_id: the enrolment that the envelope names. It serves if the text is not at hand.
        redriven: an operator has put it back: patience begins anew, and what was not found is looked up again.
        from_operator: the body is a control message that came on the retry queue, where only operators may send.
        queue_text: the message as it is on the retry queue; None if it came from another queue.
        blob: the name of the blob that holds the body, if it is too large for a queue message.
        body_deleted: the blob has been deleted, so the text is not at hand.
        failing: the failures of the message itself: it is not clear whose event it is, so that it is not merged into a
            record, or the handling failed for a reason that nobody knows.
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
    """A control message: what is to be done about the record with this row key, and the message itself.

    `enrollment_id` is there if the message says which enrolment that is.
    """

    action: str
    record: str
    message: Message
    enrollment_id: str | None = None
