"""Translations that no recorded event of the built-in formats shows."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.intake.formats import load_formats
from activities.intake.parse import Understood, parse
from tests.activities.intake.formats.files import ACME, EVENT, folder_with

ASSIGNED = ACME.replace('"course.completed"', '"course.assigned"') + 'assignment = { due_at = "due", notes = "text" }'


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ("2026-06-30 23:59", "2026-06-30T21:59:00+00:00"),
        ("2026-06-30T23:59:00-07:00", "2026-07-01T06:59:00+00:00"),
        ("2026-06-30", "2026-06-30T21:59:59+00:00"),
        ("2026-01-31", "2026-01-31T22:59:59+00:00"),
    ],
)
def test_a_due_date_is_meant_in_the_zone_of_its_source(tmp_path: Path, due: str, expected: str) -> None:
    """It leaves in UTC. A day is due at its end."""
    formats = load_formats(folder_with(tmp_path, ASSIGNED), '{"acme": {"timeZone": "Europe/Berlin"}}')
    parsed = parse(json.dumps(EVENT | {"due": due}).encode(), formats)
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    assert parsed.event.assignment.due_at is not None
    assert parsed.event.assignment.due_at.isoformat() == expected


@pytest.mark.parametrize("due", [None, "", "0000-00-00", 0])
def test_an_event_without_a_due_date_says_nothing_about_it(tmp_path: Path, due: object) -> None:
    """A null due date would remove an earlier one."""
    parsed = parse(json.dumps(EVENT | {"due": due}).encode(), load_formats(folder_with(tmp_path, ASSIGNED)))
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    assert parsed.event.assignment.model_fields_set == {"type"}


@pytest.mark.parametrize("by", [[], {"id": 1}, "lee/gu@contoso.com", "lee", True])
def test_an_assigner_who_cannot_be_read_is_left_out(tmp_path: Path, by: object) -> None:
    """An assigner never costs the assignment."""
    formats = load_formats(folder_with(tmp_path, ASSIGNED + '\nassigner.userPrincipalName = "by"'))
    parsed = parse(json.dumps(EVENT | {"by": by}).encode(), formats)
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    assert parsed.event.assignment.assigner is None


def test_an_assigner_is_not_the_learner_in_other_letters(tmp_path: Path) -> None:
    """If learners enrol themselves, nobody assigned the course, however the address is written."""
    formats = load_formats(folder_with(tmp_path, ASSIGNED + '\nassigner.email = "by"'))
    found = []
    for by in ("mailto:Adele@Contoso.com", "lee@contoso.com"):
        parsed = parse(json.dumps(EVENT | {"by": by}).encode(), formats)
        assert isinstance(parsed, Understood)
        assert parsed.event.assignment is not None
        found.append(parsed.event.assignment.assigner and parsed.event.assignment.assigner.email)
    assert found == [None, "lee@contoso.com"]


def test_notes_are_plain_text(tmp_path: Path) -> None:
    """What an LMS says beside an assignment is shown as it is, never as HTML."""
    parsed = parse(json.dumps(EVENT | {"text": "<b>Soon</b>"}).encode(), load_formats(folder_with(tmp_path, ASSIGNED)))
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    assert parsed.event.assignment.notes is not None
    assert parsed.event.assignment.notes.model_dump(by_alias=True) == {"contentType": "text", "content": "<b>Soon</b>"}


KINDS = {
    "assigned": ("course.assigned", "assignment", ["course.assigned", "course.progressed"]),
    "started": ("course.started", None, ["course.started"] * 2),
    "progressed": ("course.progressed", None, ["course.progressed"] * 2),
    "completed": ("course.completed", None, ["course.completed"] * 2),
    "passed": ("passed", None, ["course.completed"] * 2),
}


@pytest.mark.parametrize(("means", "unset", "types"), KINDS.values(), ids=KINDS)
def test_a_source_may_have_one_kind_of_enrolment(
    tmp_path: Path, means: str, unset: str | None, types: list[str]
) -> None:
    """All of such a source's events say which kind it is, even if the format doesn't know."""
    folder = folder_with(tmp_path, ACME.replace('"course.completed"', f'"{means}"'))
    found = []
    for sources in ({}, {"enrolments": "assignment"}, {"enrolments": "selfInitiated"}):
        parsed = parse(json.dumps(EVENT).encode(), load_formats(folder, json.dumps({"acme": sources})))
        assert isinstance(parsed, Understood)
        found.append((parsed.event.event_type, parsed.event.activity))
    assert found == [(types[0], unset), (types[0], "assignment"), (types[1], "selfInitiated")]


def test_a_withdrawal_has_no_kind(tmp_path: Path) -> None:
    """What's withdrawn may be of either kind, and it doesn't matter."""
    folder = folder_with(tmp_path, ACME.replace('"course.completed"', '"course.unassigned"'))
    parsed = parse(json.dumps(EVENT).encode(), load_formats(folder, '{"acme": {"enrolments": "assignment"}}'))
    assert isinstance(parsed, Understood)
    assert parsed.event.activity is None


@pytest.mark.parametrize(("at", "untimed"), [("2026-03-02T08:15:30Z", False), (None, True), ("", True)])
def test_an_event_that_does_not_say_when_it_occurred(tmp_path: Path, at: str | None, untimed: bool) -> None:  # noqa: FBT001
    """It counts as having occurred when it was received, and says so, because its duplicate comes later."""
    formats = load_formats(folder_with(tmp_path, ACME))
    received = datetime(2026, 3, 3, tzinfo=UTC)
    parsed = parse(json.dumps(EVENT | {"at": at}).encode(), formats, received)
    assert isinstance(parsed, Understood)
    assert (parsed.untimed, parsed.event.occurred_at == received) == (untimed, untimed)
