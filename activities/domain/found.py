"""What Graph says about an activity, and how that differs from the desired state."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from activities.domain.desired import Desired


@dataclass(frozen=True, slots=True)
class Found:
    """The values of an activity in Graph that are compared: no person, no text. Times are as Graph writes them."""

    status: str | None = None
    percentage: int | None = None
    completed_at: str | None = None
    started_at: str | None = None
    assigned_at: str | None = None
    due_at: str | None = None

    def text(self) -> str:
        """Return the values as JSON, for the record."""
        return json.dumps({name: value for name, value in asdict(self).items() if value is not None})


def differences(desired: Desired, found: Found) -> list[str]:
    """Return the names of the values that differ in Graph.

    A value that the desired state does not have is not sent in an update, so it is not compared.
    """
    due_at = None if desired.due_at is None else desired.due_at.date_time
    pairs: dict[str, tuple[object, object]] = {
        "status": (desired.status, found.status),
        "percentage": (desired.percentage, found.percentage),
        "completed_at": (_instant(desired.completed_at), _instant(found.completed_at)),
        "started_at": (_instant(desired.started_at), _instant(found.started_at)),
        "assigned_at": (_instant(desired.assigned_at), _instant(found.assigned_at)),
        "due_at": (_instant(due_at), _instant(found.due_at)),
    }
    return [name for name, (ours, theirs) in pairs.items() if ours is not None and ours != theirs]


def _instant(text: str | None) -> datetime | None:
    """Read a time. Text that is not a time becomes None, which differs from every time."""
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
