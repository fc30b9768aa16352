"""Events that become dead letters, and the list of dead letters."""

import json
from typing import Any

from tests.tools.operate.conftest import Run
from tools.operate.deadletters.__main__ import main

MALFORMED = b"<course-completed/>"
LEARNER = "7ba2228a-e020-11ec-9d64-0242ac120002"


def assigned(enrolment: str = "e-1", learner: str = LEARNER, **more: object) -> dict[str, Any]:
    """Return an assignment as an LMS sends it."""
    return {
        "specVersion": "1.0",
        "eventId": f"of {enrolment}",
        "eventType": "course.assigned",
        "occurredAt": "2026-01-15T09:00:00+00:00",
        "enrollmentId": enrolment,
        "learner": {"entraObjectId": learner},
        "course": {"learningContentId": "c-1"},
        "assignment": {"type": "required"},
        **more,
    }


def body(event: dict[str, Any]) -> bytes:
    """Return the body of an event's message."""
    return json.dumps(event).encode()


async def listed(run: Run, *arguments: str) -> list[dict[str, Any]]:
    """Return the letters that `list --json` prints."""
    ran = await run(main, "list", "--json", *arguments)
    assert ran.code == 0
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found
