"""A message under way."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """The original text of a message, and what happened to it before.

    `nonce` names a retry message. `enrollment_id` is what its envelope says, for when the text is not at hand.
    """

    body: bytes
    attempt: int = 1
    first_seen: datetime | None = None
    nonce: str | None = None
    enrollment_id: str | None = None
