"""Events of one enrolment. `at` is the minute in which an event occurred."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

type Event = dict[str, Any]

ENROLMENT = "enrolment-1"
_FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)


def _event(kind: str, at: int, **parts: object) -> Event:
    return {
        "specVersion": "1.0",
        "eventId": f"{kind}-{at}",
        "eventType": f"course.{kind}",
        "occurredAt": (_FIRST + timedelta(minutes=at)).isoformat(),
        "enrollmentId": ENROLMENT,
        "activity": "assignment",
        "learner": {"entraObjectId": "7ba2228a-e020-11ec-9d64-0242ac120002"},
        "course": {"learningContentId": "57baf9dc-e020-11ec-9d64-0242ac120002"},
        **parts,
    }


def assigned(at: int = 0, terms: str = "required") -> Event:
    """Return an assignment. Other terms than before lead to a replace."""
    return _event("assigned", at, assignment={"type": terms})


def progressed(percentage: int, at: int = 1) -> Event:
    """Return progress."""
    return _event("progressed", at, progress={"percentage": percentage, "status": "inProgress"})


def completed(at: int = 90) -> Event:
    """Return a completion."""
    return _event("completed", at)


def unassigned(at: int = 95) -> Event:
    """Return a withdrawal of the enrolment."""
    return _event("unassigned", at)


def text_of(event: Event) -> bytes:
    """Return an event as a publisher sends it."""
    return json.dumps(event).encode()
