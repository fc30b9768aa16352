"""What a message body turned out to be. Parsing returns one of these and never raises."""

from dataclasses import dataclass

from activities.domain.events import LearningEvent
from activities.domain.outcomes import Reason

NATIVE = "native"
# A message with more is refused.
MAX_ITEMS = 2_000


@dataclass(frozen=True, slots=True)
class Understood:
    """One learning event.

    Attributes:
        event: the event.
        format: the format that it came in.
        source: the LMS, or the installation of it, that sent the event.
        formerly: the name under which records of this source were made before, if it had another.
        dropped: the names of its optional values that cannot be used, such as `assignment.dueAt`.
        enrols_again: the event starts over if it comes after a completion: it is a new enrolment, and the source is set
            so, or it is the completion of a renewal.
        untimed: the event does not say when it occurred, so it counts as having occurred when it was received.
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
    """A known event that does not concern us, such as a page view, a login or a quiz attempt. It is only counted.

    `untyped` says that it would concern us if its object had a type that says that it is a course.
    """

    format: str
    type: str
    untyped: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A body that cannot be understood or lacks a required value. `detail` names fields, never their values."""

    reason: Reason
    detail: str
    format: str = "unknown"


@dataclass(frozen=True, slots=True)
class Batch:
    """Several events in one message. Each item is the text of a message of its own, and is not a batch again."""

    items: tuple[str, ...]


ParseResult = Understood | Ignored | Refused | Batch
