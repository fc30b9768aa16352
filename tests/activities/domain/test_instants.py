"""Times are read the same way, whatever format an event has."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.domain.instants import read_time
from activities.intake.formats.values import parse_time
from activities.intake.parse import Understood, parse
from tests.native_event import event_body

TIMES = {
    "2026-03-02T08:15:30Z": "2026-03-02T08:15:30+00:00",
    "2026-03-02t08:15:30z": "2026-03-02T08:15:30+00:00",
    "2026-03-02 08:15:30+00": "2026-03-02T08:15:30+00:00",
    "2026-03-02 08:15:30.25+09": "2026-03-02T08:15:30.250000+09:00",
    "2026-03-02 08:15:30 -0800": "2026-03-02T08:15:30-08:00",
    "2026-03-02 08:15:30.250 -0800": "2026-03-02T08:15:30.250000-08:00",
    "2026-03-02 08:15:30 Z": "2026-03-02T08:15:30+00:00",
    "2026-03-02T08:15-0330": "2026-03-02T08:15:00-03:30",
    "2026-03-02T08:15:30,1234567+02:00": "2026-03-02T08:15:30.123456+02:00",
    " 2026-03-02T08:15:30-00:00\n": "2026-03-02T08:15:30+00:00",
}


@pytest.mark.parametrize(("text", "expected"), TIMES.items())
def test_a_time_means_the_same_in_every_format(text: str, expected: str) -> None:
    """In a native event, as a native event's due date, and in an LMS's event."""
    assert read_time(text).isoformat() == expected
    assert parse_time(text, "f", None, None) == datetime.fromisoformat(expected)
    parsed = parse(event_body(occurredAt=text, assignment={"type": "required", "assignedAt": text, "dueAt": text}))
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    assert parsed.event.assignment.due_at is not None
    instant = datetime.fromisoformat(expected)
    assert parsed.event.occurred_at == instant
    assert parsed.event.assignment.assigned_at == instant
    assert parsed.event.assignment.due_at == instant


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02",
        "20260302T081530Z",
        "2026-W10-1T08:15:30Z",
        "2026-03-02T08Z",
        "2026-02-30T08:15:30Z",
        "2026-03-02T25:15:30Z",
        "2026-03-02T08:15:30+9",
        "2026-03-02T08:15:30+24:00",
        "2026-03-02T08:15:30 CET",
        "2026-03-02T08:15:30  -0800",
        "2026-03-02T08:15:30 - 0800",
        "2026-03-02T08:15:30x-0800",
        "2026-03-02_08:15:30Z",
        "٢٠٢٦-03-02T08:15:30Z",
        "1772439330",
        "",
    ],
)
def test_another_text_is_no_time_in_any_format(text: str) -> None:
    """A text that could be understood in two ways is refused. The message doesn't quote the text."""
    with pytest.raises(ValueError, match=r"^not an ISO 8601 date and time$"):
        read_time(text)
    refused = parse(event_body(occurredAt=text))
    assert not isinstance(refused, Understood)


_OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=_OFFSETS))  # noqa: DTZ001  zones are drawn
def test_every_time_of_python_is_read(time: datetime) -> None:
    """As an LMS written in Python would write it."""
    assert read_time(time.isoformat()) == time
    assert read_time(json.loads(json.dumps(str(time)))) == time
