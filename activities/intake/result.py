"""The possible results of parsing a message body."""

from dataclasses import dataclass

from activities.domain.events import LearningEvent
from activities.domain.outcomes import Reason

NATIVE = "native"
# A message with more items is refused.
MAX_ITEMS = 2_000


@dataclass(frozen=True, slots=True)
class Understood:
    """One learning event.

    Attributes:
        event: the event.
        format: the format that it came in.
        source: the LMS, or the installation of one, that sent the event.
        formerly: the source's former name, under which it made records, if it had one.
        dropped: the names of optional values that can't be used, such as `assignment.dueAt`.
        enrols_again: if the event comes after a completion, it starts over. It's either a new enrolment, and the source
            is set up that way, or the completion of a renewal.
        untimed: the event doesn't say when it occurred, so it counts as having occurred when it was received.
    """

    event: LearningEvent
    format: str = NATIVE
    source: str = NATIVE
    formerly: str | None = None
    enrols_again: bool = False
    untimed: bool = False
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """A known event that doesn't concern us, such as a page view, a login or a quiz attempt. It's only counted.

    `untyped` says that it's ignored only because its object has no type, and that it would complete a course otherwise.
    """

    format: str
    type: str
    untyped: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A body that can't be understood or lacks a required value. `detail` names fields, never their values."""

    reason: Reason
    detail: str
    format: str = "unknown"


@dataclass(frozen=True, slots=True)
class Batch:
    """Several events in one message. Each item is the text of a new message, and isn't a batch itself."""

    items: tuple[str, ...]


ParseResult = Understood | Ignored | Refused | Batch
