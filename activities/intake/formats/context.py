"""What is known of an event besides the event."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Context:
    """What the envelope around an event says: by whom it was sent, and when, in case the event does not."""

    source: str | None = None
    time: object = None
