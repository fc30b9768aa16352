"""Native events: what the contract accepts, and what it refuses."""

import json
from typing import Any

import pytest

from activities.domain.outcomes import Reason
from activities.intake.parse import Refused, Understood, parse

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
VALUES = ("adele.vance@contoso.com", "SAFETY-101", "hr-2026-000481", "e-17")


def changed(**values: object) -> bytes:
    """The event with other values."""
    return json.dumps(EVENT | values).encode()


def without(name: str) -> bytes:
    """The event without one property."""
    return json.dumps({key: value for key, value in EVENT.items() if key != name}).encode()


INVALID = {
    "no event type": (without("eventType"), "event: union_tag_not_found"),
    "no version": (without("specVersion"), "specVersion: missing"),
    "no event id": (without("eventId"), "eventId: missing"),
    "no time": (without("occurredAt"), "occurredAt: missing"),
    "no enrolment": (without("enrollmentId"), "enrollmentId: missing"),
    "no learner": (without("learner"), "learner: missing"),
    "no course": (without("course"), "course: missing"),
    "no terms": (without("assignment"), "assignment: missing"),
    "a required property is null": (changed(learner=None), "learner: model_type"),
    "an empty learner": (changed(learner={}), "learner: has no property that names a person"),
    "a blank enrolment": (changed(enrollmentId="  "), "enrollmentId: string_pattern_mismatch"),
    "an unknown event type": (changed(eventType="course.viewed"), "event: union_tag_invalid"),
    "a time without offset": (changed(occurredAt="2026-03-02T09:15:00"), "occurredAt: timezone_aware"),
    "a time that is a number": (changed(occurredAt=1772439300), "occurredAt: not an ISO 8601"),
    "a day without time": (changed(occurredAt="2026-03-02"), "occurredAt: not an ISO 8601"),
    "a day that does not exist": (
        changed(occurredAt="2026-02-30T09:15:00Z"),
        "occurredAt: datetime_from_date_parsing",
    ),
    "the end of the calendar": (changed(occurredAt="9999-12-31T23:59:59-14:00"), "occurredAt: outside the calendar"),
    "percentage 101": (changed(progress={"percentage": 101}), "progress.percentage: less_than_equal"),
    "percentage -1": (changed(progress={"percentage": -1}), "progress.percentage: greater_than_equal"),
    "percentage 20.5": (changed(progress={"percentage": 20.5}), "progress.percentage: int_type"),
    "a percentage as text": (changed(progress={"percentage": "20"}), "progress.percentage: int_type"),
    "an unknown status": (changed(progress={"status": "passed"}), "progress.status: literal_error"),
    "an unknown assignment type": (changed(assignment={"type": "mandatory"}), "assignment.type: literal_error"),
    "an object id that is not a GUID": (
        changed(learner={"entraObjectId": "7ba2228a"}),
        "learner.entraObjectId: string_",
    ),
    "notes that the ledger cannot hold": (
        changed(assignment={"type": "required", "notes": {"content": "x" * 31_000}}),
        "assignment.notes.content: notes are too long",
    ),
}


@pytest.mark.parametrize(("body", "detail"), INVALID.values(), ids=INVALID)
def test_an_invalid_event_is_refused(body: bytes, detail: str) -> None:
    """The refusal names the field that is wrong. It quotes no value, because details go to logs."""
    refused = parse(body)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.INVALID_EVENT
    assert refused.detail.startswith(detail)
    assert not [value for value in VALUES if value in refused.detail]


@pytest.mark.parametrize("version", ["1.1", 1.0])
def test_another_version_is_refused(version: object) -> None:
    """Versions of the contract are text, and only 1.0 is known."""
    assert parse(changed(specVersion=version)) == Refused(
        Reason.UNSUPPORTED_VERSION, "specVersion is not 1.0", "native"
    )


def test_references_are_compared_without_case_where_the_directory_does() -> None:
    """Object ids, user names and addresses become lower case; identifiers of LMSs stay as they are."""
    parsed = parse(changed(learner={"email": " Adele.Vance@Contoso.com "}, enrollmentId="Case-Matters"))
    assert isinstance(parsed, Understood)
    assert parsed.event.learner is not None
    assert parsed.event.learner.reference == ("email", "adele.vance@contoso.com")
    assert parsed.event.enrollment_id == "Case-Matters"


def test_a_due_date_as_graph_writes_it() -> None:
    """Graph writes seven digits of a second."""
    due = {"dateTime": "2022-09-22T16:05:00.0000000", "timeZone": "UTC"}
    parsed = parse(changed(assignment={"type": "required", "dueAt": due}))
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    assert parsed.event.assignment.due_at is not None
    assert parsed.event.assignment.due_at.date_time.isoformat() == "2022-09-22T16:05:00"


def test_null_is_the_same_as_absent() -> None:
    """An optional property that is null says nothing."""
    parsed = parse(changed(activity=None, progress=None))
    assert isinstance(parsed, Understood)
    assert (parsed.event.activity, parsed.event.progress) == ("assignment", None)
