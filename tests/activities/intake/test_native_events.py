"""Native events: what the contract accepts, and what it refuses."""

from typing import Any

import pytest

from activities.domain.outcomes import Reason
from activities.intake.parse import Refused, Understood, parse
from tests.activities.intake.native import changed, without

VALUES = ("adele.vance@contoso.com", "SAFETY-101", "hr-2026-000481", "e-17")

UNNAMED = "learner.userPrincipalName: not a user principal name: "
INVALID = {
    "no event type": (without("eventType"), "event: eventType is missing"),
    "no version": (without("specVersion"), "specVersion: missing"),
    "no event id": (without("eventId"), "eventId: missing"),
    "no time": (without("occurredAt"), "occurredAt: missing"),
    "no enrolment": (without("enrollmentId"), "enrollmentId: missing"),
    "no learner": (without("learner"), "learner: missing"),
    "no course": (without("course"), "course: missing"),
    "no terms": (without("assignment"), "assignment: missing"),
    "a required property is null": (changed(learner=None), "learner: not an object"),
    "an empty learner": (changed(learner={}), "learner: has no property that names a person"),
    "a blank enrolment": (changed(enrollmentId="  "), "enrollmentId: blank"),
    "an unknown event type": (changed(eventType="course.viewed"), "event: eventType isn't one of the event types"),
    "a time without offset": (changed(occurredAt="2026-03-02T09:15:00"), "occurredAt: a time without an offset"),
    "a time that is a number": (changed(occurredAt=1772439300), "occurredAt: not an ISO 8601"),
    "a day without time": (changed(occurredAt="2026-03-02"), "occurredAt: not an ISO 8601"),
    "a day that does not exist": (
        changed(occurredAt="2026-02-30T09:15:00Z"),
        "occurredAt: not an ISO 8601",
    ),
    "the end of the calendar": (changed(occurredAt="9999-12-31T23:59:59-14:00"), "occurredAt: outside the calendar"),
    "an unknown assignment type": (
        changed(assignment={"type": "mandatory"}),
        "assignment.type: not one of the allowed values",
    ),
    "an object id that is not a GUID": (
        changed(learner={"entraObjectId": "7ba2228a"}),
        "learner.entraObjectId: blank, or in the wrong form",
    ),
    "a name without an @": (changed(learner={"userPrincipalName": "adele"}), UNNAMED),
    "an address with a control code": (
        changed(learner={"email": "a\x00@b.c"}),
        "learner.email: has a control character",
    ),
    "an employee with a line break": (changed(learner={"employeeId": "1\n2"}), "learner.employeeId: has a control"),
    "a blank employee": (changed(learner={"employeeId": "  "}), "learner.employeeId: blank"),
    "a course with a control code": (
        changed(course={"externalId": "C\x1f1"}),
        "course.externalId: has a control",
    ),
}


@pytest.mark.parametrize(("body", "detail"), INVALID.values(), ids=INVALID)
def test_an_invalid_event_is_refused(body: bytes, detail: str) -> None:
    """The refusal names the field that's wrong. It quotes no value, because details go to logs."""
    refused = parse(body)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.INVALID_EVENT
    assert refused.detail.startswith(detail)
    assert not [value for value in VALUES if value in refused.detail]


def test_a_refusal_names_what_is_required() -> None:
    """A value that would only have been left out doesn't have to be corrected."""
    refused = parse(changed(learner=None, progress={"percentage": "half"}))
    assert refused == Refused(Reason.INVALID_EVENT, "learner: not an object", "native")


@pytest.mark.parametrize("version", ["1.1", 1.0])
def test_another_version_is_refused(version: object) -> None:
    """Versions of the contract are text, and only 1.0 is known."""
    assert parse(changed(specVersion=version)) == Refused(
        Reason.UNSUPPORTED_VERSION, "specVersion is not 1.0", "native"
    )


UNSAFE = [*'/\\?#%:@ \t\n\x00\x1f\x7f\x85\u2028"<>|{}[]`', "%2F", "%252f"]


@pytest.mark.parametrize("unsafe", UNSAFE)
def test_a_name_that_would_change_a_request_is_refused(unsafe: str) -> None:
    """A user's name is part of the path of requests to Graph, so it may contain nothing else."""
    refused = parse(changed(learner={"userPrincipalName": f"adele{unsafe}vance@contoso.com"}))
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.detail.startswith(UNNAMED)) == (Reason.INVALID_EVENT, True)


@pytest.mark.parametrize("name", ["o'brien@contoso.com", "a.b-c_d!e^f~g@contoso.com", "jörg+x@contoso.com"])
def test_an_unusual_name_is_accepted(name: str) -> None:
    """Only a name that would change a request is refused. Whether such a user exists is for Entra to say."""
    parsed = parse(changed(learner={"userPrincipalName": name}))
    assert isinstance(parsed, Understood)
    assert parsed.event.learner is not None
    assert parsed.event.learner.reference == ("userPrincipalName", name)


CANONICAL: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "an object id": (
        {"entraObjectId": " URN:UUID:7BA2228A-0000-4000-8000-00000000000A "},
        ("entraObjectId", "7ba2228a-0000-4000-8000-00000000000a"),
    ),
    "a name": ({"userPrincipalName": "Adele%40Contoso.com"}, ("userPrincipalName", "adele@contoso.com")),
    "an address": ({"email": " mailto:Adele.Vance@Contoso.com "}, ("email", "adele.vance@contoso.com")),
    "an account": (
        {"lmsAccount": {"source": "LMS", "id": "urn:uuid:7BA2228A-0000-4000-8000-00000000000A"}},
        ("lmsAccount", "LMS\n7ba2228a-0000-4000-8000-00000000000a"),
    ),
    "an account that is not a UUID": ({"lmsAccount": {"source": "LMS", "id": "Adele"}}, ("lmsAccount", "LMS\nAdele")),
    "an employee": ({"employeeId": "E00471"}, ("employeeId", "E00471")),
}


@pytest.mark.parametrize(("learner", "expected"), CANONICAL.values(), ids=CANONICAL)
def test_references_have_one_form(learner: dict[str, Any], expected: tuple[str, str]) -> None:
    """A learner who's written in different ways is the same learner."""
    parsed = parse(changed(learner=learner))
    assert isinstance(parsed, Understood)
    assert parsed.event.learner is not None
    assert parsed.event.learner.reference == expected


def test_a_course_of_viva_learning_has_one_form() -> None:
    """It's a UUID from Graph. An external id is looked up as the provider's catalogue has it."""
    written = {"learningContentId": "57BAF9DC-0000-4000-8000-00000000000A"}
    references = []
    for course in (written, {"externalId": "57BAF9DC-0000-4000-8000-00000000000A"}):
        parsed = parse(changed(course=course))
        assert isinstance(parsed, Understood)
        assert parsed.event.course is not None
        references.append(parsed.event.course.reference)
    assert references == [
        ("learningContentId", "57baf9dc-0000-4000-8000-00000000000a"),
        ("externalId", "57BAF9DC-0000-4000-8000-00000000000A"),
    ]


@pytest.mark.parametrize("enrolment", ["Case-Matters", " urn:uuid:3F8A1C52-6F0E-4F6A-9A31-0C3B6D3F9E10"])
def test_the_id_of_an_enrolment_stays_as_it_is(enrolment: str) -> None:
    """Only its publisher knows what it means."""
    parsed = parse(changed(enrollmentId=enrolment))
    assert isinstance(parsed, Understood)
    assert parsed.event.enrollment_id == enrolment


TYPES = ["course.assigned", "course.started", "course.progressed", "course.completed", "course.unassigned"]


@pytest.mark.parametrize("event_type", TYPES)
def test_any_event_may_start_over(event_type: str) -> None:
    """If it's absent or null, the events before this one count as before."""
    found = []
    for said in ({}, {"startsOver": None}, {"startsOver": False}, {"startsOver": True}):
        parsed = parse(changed(eventType=event_type, progress=None, **said))
        assert isinstance(parsed, Understood)
        found.append(parsed.event.starts_over)
    assert found == [False, False, False, True]


def test_null_is_the_same_as_absent() -> None:
    """An optional property that's null says nothing."""
    parsed = parse(changed(activity=None, progress=None))
    assert isinstance(parsed, Understood)
    assert (parsed.event.activity, parsed.event.progress) == ("assignment", None)
