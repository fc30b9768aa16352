"""What the body of a message turned out to be: one of four answers, and no exception."""

from dataclasses import dataclass

from activities.domain.events import LearningEvent
from activities.domain.outcomes import Reason

NATIVE = "native"


@dataclass(frozen=True, slots=True)
class Understood:
    """One event that is our business."""

    event: LearningEvent
    format: str = NATIVE


@dataclass(frozen=True, slots=True)
class Ignored:
    """Understood, but not our business (a page view, a login, a quiz attempt): counted and forgotten."""

    format: str
    type: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Cannot be understood, or lacks something required. `detail` names fields, never values."""

    reason: Reason
    detail: str
    format: str = "unknown"


@dataclass(frozen=True, slots=True)
class Batch:
    """Several events in one message, each the text of a message of its own."""

    items: tuple[str, ...]


Parsed = Understood | Ignored | Refused | Batch
