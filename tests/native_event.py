"""One native event, and variants of it as message bodies."""

import json
from typing import Any

type Event = dict[str, Any]

ASSIGNED: Event = {
    "specVersion": "1.0",
    "eventId": "e-1",
    "eventType": "course.assigned",
    "occurredAt": "2026-03-01T09:00:00+01:00",
    "enrollmentId": "enrolment-1",
    "activity": "assignment",
    "learner": {"entraObjectId": "7ba2228a-e020-11ec-9d64-0242ac120002"},
    "course": {"learningContentId": "57baf9dc-e020-11ec-9d64-0242ac120002"},
    "assignment": {"type": "required"},
    "progress": {"percentage": 20},
}


def event_body(**changes: object) -> bytes:
    """Return the event as a message body, with some properties changed. None removes a property."""
    return json.dumps({name: value for name, value in (ASSIGNED | changes).items() if value is not None}).encode()
