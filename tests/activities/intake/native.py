"""One native event, and variants of it as message bodies."""

import json
from typing import Any

EVENT: dict[str, Any] = {
    "specVersion": "1.0",
    "eventId": "e-17",
    "eventType": "course.assigned",
    "occurredAt": "2026-03-02T09:15:00+01:00",
    "enrollmentId": "hr-2026-000481",
    "activity": "assignment",
    "learner": {"userPrincipalName": "adele.vance@contoso.com"},
    "course": {"externalId": "SAFETY-101"},
    "assignment": {"type": "required"},
    "progress": {"status": "notStarted", "percentage": 20},
}


def changed(**values: object) -> bytes:
    """Return the event with other values."""
    return json.dumps(EVENT | values).encode()


def without(name: str) -> bytes:
    """Return the event without one property."""
    return json.dumps({key: value for key, value in EVENT.items() if key != name}).encode()
