"""Values of native events: what's understood, and what's left out because it can't be used."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.domain.event_parts import Assignment, Progress
from activities.domain.outcomes import Reason
from activities.intake.parse import Refused, Understood, parse
from tests.activities.intake.any_json import ANY_JSON
from tests.activities.intake.cases import formats_with
from tests.activities.intake.native import EVENT, changed


def terms(**values: object) -> bytes:
    """Return the event with other terms of the assignment."""
    return changed(assignment={"type": "required", **values})


# Values of optional properties that can't be used, and the names of what's left out.
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
    """A value that can't be used is left out and named. The rest is as it would be without it."""
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
    """Lessons may be removed from a course that a learner has completed."""
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
    parsed = parse(terms(dueAt=sent), formats_with(sources))
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    due = parsed.event.assignment.due_at
    assert (None if due is None else due.isoformat(), parsed.dropped) == (expected, ())


def test_the_first_moment_of_dotnet_is_no_time() -> None:
    """Programs write it for "no date", which any optional time may be. `occurredAt` is required."""
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


def test_a_due_date_as_graph_writes_it() -> None:
    """Graph writes seven digits of a second."""
    due = {"dateTime": "2022-09-22T16:05:00.0000000", "timeZone": "UTC"}
    parsed = parse(changed(assignment={"type": "required", "dueAt": due}))
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    assert parsed.event.assignment.due_at is not None
    assert parsed.event.assignment.due_at.isoformat() == "2022-09-22T16:05:00+00:00"
