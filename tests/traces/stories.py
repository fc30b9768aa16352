"""Events of one enrolment. `at` is the minute at which an event occurred."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

type Event = dict[str, Any]

ENROLMENT = "enrolment-1"
ANN = "7ba2228a-e020-11ec-9d64-0242ac120002"
BOB = "0b0b0b0b-e020-11ec-9d64-0242ac120002"
COURSE = "57baf9dc-e020-11ec-9d64-0242ac120002"
_FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)


def time_at(at: float) -> str:
    """Return the time at a minute, in ISO 8601."""
    return (_FIRST + timedelta(minutes=at)).isoformat()


def minute_at(time: float) -> float:
    """Return the minute of a time that's in seconds since 1970."""
    return (time - _FIRST.timestamp()) / 60


def _event(kind: str, at: float, **parts: object) -> Event:
    return {
        "specVersion": "1.0",
        "eventId": f"{kind}-{at}",
        "eventType": f"course.{kind}",
        "occurredAt": time_at(at),
        "enrollmentId": ENROLMENT,
        "activity": "assignment",
        "learner": {"entraObjectId": ANN},
        "course": {"learningContentId": COURSE},
        **parts,
    }


def assigned(at: float = 0, terms: str = "required", **more: object) -> Event:
    """Return an assignment. If its terms differ from before, the activity is replaced."""
    return _event("assigned", at, assignment={"type": terms, **more})


def progressed(percentage: int, at: float = 1) -> Event:
    """Return a progress event."""
    return _event("progressed", at, progress={"percentage": percentage, "status": "inProgress"})


def completed(at: float = 90) -> Event:
    """Return a completion."""
    return _event("completed", at)


def unassigned(at: float = 95) -> Event:
    """Return a withdrawal of the enrolment."""
    return _event("unassigned", at)


def of_another(event: Event, number: int = 2) -> Event:
    """Return the same event for another enrolment and another learner."""
    names = {"eventId": f"{event['eventId']} {number}", "enrollmentId": f"enrolment-{number}"}
    return {**event, **names, "learner": {"entraObjectId": f"00000000-0000-4000-8000-{number:012}"}}


def through_the_door(event: Event) -> bytes:
    """Return an event from another source, which `LMS_SOURCES` calls `native:door`."""
    return json.dumps({"specversion": "1.0", "id": "1", "type": "lms.event", "source": "door", "data": event}).encode()


def from_moodle(name: str, at: float | None = None) -> bytes:
    """Return an event from Moodle about learner 45 and course 17. Without `at`, it doesn't say when it occurred."""
    event = {
        "eventname": f"\\core\\event\\{name}",
        "userid": "2",
        "relateduserid": "45",
        "courseid": "17",
        "other": {"enrol": "manual"},
    }
    time = {} if at is None else {"timecreated": (_FIRST + timedelta(minutes=at)).timestamp()}
    return json.dumps({**event, **time}).encode()


def from_xapi(verb: str, address: str, at: float, registration: str) -> bytes:
    """Return a statement about course 17, as a Moodle plug-in sends it."""
    statement = {
        "actor": {"mbox": f"mailto:{address}"},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
        "object": {"id": "17", "definition": {"type": "https://w3id.org/xapi/cmi5/activitytype/course"}},
        "context": {"registration": registration},
        "timestamp": time_at(at),
    }
    return json.dumps(statement).encode()


def text_of(event: Event) -> bytes:
    """Return an event as a publisher sends it."""
    return json.dumps(event).encode()
