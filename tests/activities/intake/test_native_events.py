"""Native events: what the contract accepts, and what it refuses."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.domain.event_parts import Assignment, Progress
from activities.domain.outcomes import Reason
from activities.intake.formats import load_formats
from activities.intake.parse import Refused, Understood, parse
from tests.activities.intake.any_json import ANY_JSON

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
    "an unknown event type": (changed(eventType="course.viewed"), "event: eventType is none of the types"),
    "a time without offset": (changed(occurredAt="2026-03-02T09:15:00"), "occurredAt: a time without an offset"),
    "a time that is a number": (changed(occurredAt=1772439300), "occurredAt: not an ISO 8601"),
    "a day without time": (changed(occurredAt="2026-03-02"), "occurredAt: not an ISO 8601"),
    "a day that does not exist": (
        changed(occurredAt="2026-02-30T09:15:00Z"),
        "occurredAt: not an ISO 8601",
    ),
    "the end of the calendar": (changed(occurredAt="9999-12-31T23:59:59-14:00"), "occurredAt: outside the calendar"),
    "an unknown assignment type": (changed(assignment={"type": "mandatory"}), "assignment.type: none of the values"),
    "an object id that is not a GUID": (
        changed(learner={"entraObjectId": "7ba2228a"}),
        "learner.entraObjectId: blank, or not in its form",
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
    """The refusal names the field that is wrong. It quotes no value, because details go to logs."""
    refused = parse(body)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.INVALID_EVENT
    assert refused.detail.startswith(detail)
    assert not [value for value in VALUES if value in refused.detail]


def test_a_refusal_names_what_is_required() -> None:
    """What would only have been left out need not be corrected."""
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
    """The name of a user is part of the path of requests to Graph, so nothing else may be in it."""
    refused = parse(changed(learner={"userPrincipalName": f"adele{unsafe}vance@contoso.com"}))
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.detail.startswith(UNNAMED)) == (Reason.INVALID_EVENT, True)


@pytest.mark.parametrize("name", ["o'brien@contoso.com", "a.b-c_d!e^f~g@contoso.com", "jörg+x@contoso.com"])
def test_an_unusual_name_is_accepted(name: str) -> None:
    """Only what would change a request is refused; whether Entra has such a user is for Entra to say."""
    parsed = parse(changed(learner={"userPrincipalName": name}))
    assert isinstance(parsed, Understood)
    assert parsed.event.learner is not None
    assert parsed.event.learner.reference == ("userPrincipalName", name)


def terms(**values: object) -> bytes:
    """The event with other terms of the assignment."""
    return changed(assignment={"type": "required", **values})


# Values of optional properties that cannot be used, and the names of what is left out.
UNUSABLE: dict[str, tuple[bytes, list[str]]] = {
    "an activity of no kind": (changed(activity="course"), ["activity"]),
    "starting over in words": (changed(startsOver="true"), ["startsOver"]),
    "progress that is none": (changed(progress=50), ["progress"]),
    "a percentage below 0": (changed(progress={"percentage": -1}), ["progress.percentage"]),
    "a percentage in words": (changed(progress={"percentage": "half"}), ["progress.percentage"]),
    "a percentage beyond a double": (
        changed(progress={"percentage": "P"}).replace(b'"P"', b"1e999"),
        ["progress.percentage"],
    ),
    "an unknown status": (changed(progress={"status": "passed"}), ["progress.status"]),
    "a start without an offset": (changed(progress={"startedAt": "2026-03-02T09:15"}), ["progress.startedAt"]),
    "an end that is a number": (changed(progress={"completedAt": 17}), ["progress.completedAt"]),
    "several": (
        changed(progress={"status": 1, "percentage": [], "startedAt": {}, "completedAt": "soon"}),
        ["progress.completedAt", "progress.percentage", "progress.startedAt", "progress.status"],
    ),
    "a due date without a zone": (terms(dueAt="2026-06-30T23:59"), ["assignment.dueAt"]),
    "a due date in an unknown zone": (
        terms(dueAt={"dateTime": "2026-06-30T23:59", "timeZone": "Mars/Olympus"}),
        ["assignment.dueAt"],
    ),
    "half a due date": (terms(dueAt={"dateTime": "2026-06-30T23:59"}), ["assignment.dueAt"]),
    "a due date that is a number": (terms(dueAt=1772439300), ["assignment.dueAt"]),
    "a due date at the end of the calendar": (terms(dueAt="9999-12-31T23:59:59-14:00"), ["assignment.dueAt"]),
    "an assignment that was when": (terms(assignedAt=True), ["assignment.assignedAt"]),
    "notes without content": (terms(notes={"contentType": "text"}), ["assignment.notes"]),
    "notes in an unknown form": (
        terms(notes={"contentType": "rtf", "content": "Read it."}),
        ["assignment.notes.contentType"],
    ),
    "notes that the ledger cannot hold": (terms(notes={"content": "x" * 31_000}), ["assignment.notes"]),
    "an assigner with a slash": (
        terms(assigner={"userPrincipalName": "lee/gu@contoso.com"}),
        ["assignment.assigner", "assignment.assigner.userPrincipalName"],
    ),
    "an assigner without a name": (terms(assigner={}), ["assignment.assigner"]),
    "an assigner that is a number": (terms(assigner=17), ["assignment.assigner"]),
    "one of two names": (
        changed(learner={"employeeId": "1\n2", "email": "adele.vance@contoso.com"}),
        ["learner.employeeId"],
    ),
    "terms of an event that needs none": (
        changed(eventType="course.completed", progress=None, assignment={"dueAt": "2026-06-30T23:59:00Z"}),
        ["assignment"],
    ),
}


@pytest.mark.parametrize(("body", "left_out"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_optional_value_never_costs_the_event(body: bytes, left_out: list[str]) -> None:
    """One that cannot be used is left out and named. The rest is as it would be without it."""
    parsed = parse(body)
    assert isinstance(parsed, Understood)
    assert list(parsed.dropped) == left_out
    document = json.loads(body.replace(b"1e999", b"1"))
    for path in left_out:
        _remove(document, path.split("."))
    rest = parse(json.dumps(document).encode())
    assert isinstance(rest, Understood)
    assert (rest.event, rest.dropped) == (parsed.event, ())


def _remove(document: dict[str, Any], path: list[str]) -> None:
    *parents, name = path
    for parent in parents:
        document = document.get(parent, {})
    document.pop(name, None)


OPTIONAL = [
    *("activity", "startsOver", "progress", "assignment", "learner.employeeId", "course.learningContentId"),
    *(f"progress.{name}" for name in ("status", "percentage", "startedAt", "completedAt")),
    *(f"assignment.{name}" for name in ("assigner", "assignedAt", "dueAt", "notes")),
]


@settings(max_examples=1_000, deadline=None)
@given(st.dictionaries(st.sampled_from(OPTIONAL), ANY_JSON, min_size=1))
def test_whatever_an_optional_value_is_a_completion_completes(values: dict[str, object]) -> None:
    """Any of them may be anything. Only a status may contradict the completion."""
    event = copy.deepcopy(EVENT) | {"eventType": "course.completed", "progress": {"percentage": 20}}
    for path, value in values.items():
        *parents, name = path.split(".")
        if not parents or isinstance(event[parents[0]], dict):
            (event[parents[0]] if parents else event)[name] = value
    parsed = parse(json.dumps(event).encode())
    assert isinstance(parsed, Understood), parsed
    assert parsed.event.completes


PERCENTAGES = [(50.0, 50), ("50", 50), (" 50.9 ", 50), (100.5, 100), (400, 100), (99.99, 99), (0, 0), (1e300, 100)]


@pytest.mark.parametrize(("sent", "expected"), PERCENTAGES)
def test_a_percentage_is_rounded_down_and_at_most_100(sent: object, expected: int) -> None:
    """Lessons may be taken out of a course that a learner has completed."""
    parsed = parse(changed(progress={"percentage": sent}))
    assert isinstance(parsed, Understood)
    assert parsed.event.progress is not None
    assert (parsed.event.progress.percentage, parsed.dropped) == (expected, ())


BERLIN = '{"native": {"timeZone": "W. Europe Standard Time"}}'
DUE: dict[str, tuple[object, str | None, str | None]] = {
    "a day": ("2026-06-30", None, "2026-06-30T23:59:59+00:00"),
    "a day where the source is": ("2026-06-30", BERLIN, "2026-06-30T21:59:59+00:00"),
    "a day in a zone": (
        {"dateTime": "2026-06-30", "timeZone": "Asia/Tokyo"},
        BERLIN,
        "2026-06-30T14:59:59+00:00",
    ),
    "a time where the source is": ("2026-01-30 12:00", BERLIN, "2026-01-30T11:00:00+00:00"),
    "a zone of Windows": (
        {"dateTime": "2026-06-30T09:00", "timeZone": "pacific standard time"},
        None,
        "2026-06-30T16:00:00+00:00",
    ),
    "an alias": ({"dateTime": "2026-06-30T09:00", "timeZone": "US/Eastern"}, None, "2026-06-30T13:00:00+00:00"),
    "an offset for a zone": (
        {"dateTime": "2026-06-30T09:00", "timeZone": "UTC+05:30"},
        None,
        "2026-06-30T03:30:00+00:00",
    ),
    "an instant in a zone": ({"dateTime": "2026-06-30T09:00Z", "timeZone": "CET"}, None, "2026-06-30T09:00:00+00:00"),
    "the first moment of .NET": ("0001-01-01T00:00:00Z", None, None),
    "the first moment of .NET in a zone": ({"dateTime": "0001-01-01T00:00:00", "timeZone": "UTC"}, None, None),
    "no text": ("", None, None),
}


@pytest.mark.parametrize(("sent", "sources", "expected"), DUE.values(), ids=DUE)
def test_a_due_date_is_an_instant(sent: object, sources: str | None, expected: str | None) -> None:
    """Its zone is applied here, whatever the zone is called. A day is due at its end."""
    parsed = parse(terms(dueAt=sent), load_formats(sources=sources))
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    due = parsed.event.assignment.due_at
    assert (None if due is None else due.isoformat(), parsed.dropped) == (expected, ())


def test_the_first_moment_of_dotnet_is_no_time() -> None:
    """Programs write it for "no date", which every optional time may be. When it occurred is required."""
    never = "0001-01-01T00:00:00+00:00"
    parsed = parse(
        changed(
            progress={"startedAt": never, "completedAt": never}, assignment={"type": "required", "assignedAt": never}
        )
    )
    assert isinstance(parsed, Understood)
    assert (parsed.event.assignment, parsed.dropped) == (Assignment(type="required", assignedAt=None), ())
    assert parsed.event.progress == Progress(startedAt=None, completedAt=None)
    assert parse(changed(occurredAt=never)) == Refused(
        Reason.INVALID_EVENT, "occurredAt: not an ISO 8601 date and time", "native"
    )


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
    """A learner who is written in different ways is the same learner."""
    parsed = parse(changed(learner=learner))
    assert isinstance(parsed, Understood)
    assert parsed.event.learner is not None
    assert parsed.event.learner.reference == expected


def test_a_course_of_viva_learning_has_one_form() -> None:
    """Its id is a UUID of Graph. An external id is looked up as the catalogue of the provider has it."""
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
    """Absent or null, the events before this one count as they did."""
    found = []
    for said in ({}, {"startsOver": None}, {"startsOver": False}, {"startsOver": True}):
        parsed = parse(changed(eventType=event_type, progress=None, **said))
        assert isinstance(parsed, Understood)
        found.append(parsed.event.starts_over)
    assert found == [False, False, False, True]


def test_a_due_date_as_graph_writes_it() -> None:
    """Graph writes seven digits of a second."""
    due = {"dateTime": "2022-09-22T16:05:00.0000000", "timeZone": "UTC"}
    parsed = parse(changed(assignment={"type": "required", "dueAt": due}))
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    assert parsed.event.assignment.due_at is not None
    assert parsed.event.assignment.due_at.isoformat() == "2022-09-22T16:05:00+00:00"


def test_null_is_the_same_as_absent() -> None:
    """An optional property that is null says nothing."""
    parsed = parse(changed(activity=None, progress=None))
    assert isinstance(parsed, Understood)
    assert (parsed.event.activity, parsed.event.progress) == ("assignment", None)
