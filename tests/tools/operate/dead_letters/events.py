"""Events that become dead letters, and helpers for looking at the letters."""

import json
from datetime import UTC, datetime
from typing import Any

from activities.domain.record import row_key
from tests.faults.exchange import Exchange
from tests.tools.operate.conftest import Run

RECORD = row_key("e-1")

MALFORMED = b"<course-completed/>"
LEARNER = "7ba2228a-e020-11ec-9d64-0242ac120002"


def assigned(enrolment: str = "e-1", learner: str = LEARNER, **more: object) -> dict[str, Any]:
    """Return an assignment, as an LMS sends it."""
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
    """Return the letters that `list --json` prints, one per line."""
    ran = await run("dead-letters", "list", "--json", *arguments)
    assert ran.code == 0
    return ran.objects


def concerns_the_record(exchange: Exchange) -> bool:
    """Return whether a request is about the letter of the enrolment e-1."""
    return RECORD in exchange.target or RECORD.encode() in exchange.body


def letter_of(version: int) -> str:
    """Return the content of a letter that code of this version would write."""
    now = datetime.now(UTC).isoformat()
    facts = {"id": RECORD, "reason": "learner_not_found", "detail": "", "attempt": 1, "firstSeen": now, "lastSeen": now}
    return json.dumps({"envelope": f"lms-activity-sync/{version}", "original": "{}", **facts})
