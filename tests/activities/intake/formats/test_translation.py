"""Translations that no recorded event of the built-in formats shows."""

import json
from pathlib import Path

import pytest

from activities.intake.formats import load_formats
from activities.intake.parse import Understood, parse
from tests.activities.intake.formats.files import ACME, EVENT, folder_with

ASSIGNED = ACME.replace('"course.completed"', '"course.assigned"') + 'assignment = { due_at = "due", notes = "text" }'


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ("2026-06-30 23:59", {"dateTime": "2026-06-30T23:59:00", "timeZone": "Europe/Berlin"}),
        ("2026-06-30T23:59:00+02:00", {"dateTime": "2026-06-30T21:59:00", "timeZone": "UTC"}),
    ],
)
def test_a_due_date_keeps_the_zone_that_it_is_meant_in(tmp_path: Path, due: str, expected: object) -> None:
    """In the zone of the source it stays the wall-clock time there; with an offset it is an instant."""
    formats = load_formats(folder_with(tmp_path, ASSIGNED), '{"acme": {"timeZone": "Europe/Berlin"}}')
    parsed = parse(json.dumps(EVENT | {"due": due}).encode(), formats)
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    assert parsed.event.assignment.due_at is not None
    assert parsed.event.assignment.due_at.model_dump(mode="json", by_alias=True) == expected


def test_notes_are_plain_text(tmp_path: Path) -> None:
    """What an LMS says beside an assignment is shown as it is, never as HTML."""
    parsed = parse(json.dumps(EVENT | {"text": "<b>Soon</b>"}).encode(), load_formats(folder_with(tmp_path, ASSIGNED)))
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    assert parsed.event.assignment.notes is not None
    assert parsed.event.assignment.notes.model_dump(by_alias=True) == {"contentType": "text", "content": "<b>Soon</b>"}


def test_a_source_may_make_every_enrolment_self_initiated(tmp_path: Path) -> None:
    """Such a source assigns nothing, even if its format knows only assignments."""
    formats = load_formats(folder_with(tmp_path, ASSIGNED), '{"acme": {"enrolments": "selfInitiated"}}')
    parsed = parse(json.dumps(EVENT).encode(), formats)
    assert isinstance(parsed, Understood)
    assert (parsed.event.event_type, parsed.event.activity) == ("course.progressed", "selfInitiated")
    assert parsed.event.assignment is None
