"""Dates as vendors write them: by the patterns that a format declares."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.intake.formats import FormatError, load_formats
from activities.intake.formats.dates import DatePattern
from activities.intake.formats.errors import FieldError
from activities.intake.formats.values import parse_due, parse_time
from activities.intake.parse import Refused, Understood, parse
from tests.activities.intake.formats.files import ACME, EVENT, folder_with

BERLIN = timezone(timedelta(hours=1))
DAYS = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%a, %d %b %Y",
    "%Y年%m月%d日",
]
TIMES = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%H.%M", "%H:%M:%S.%f", "%Hh%M", "%H"]
# Python writes earlier years with fewer digits.
FIRST_YEAR = 1000
SEVERAL = "dates_are = ['%d/%m/%Y %H:%M', '%d/%m/%Y']\n"


@given(
    day=st.sampled_from(DAYS),
    time=st.sampled_from(["", *TIMES]),
    zone=st.booleans(),
    moment=st.datetimes(timezones=st.just(UTC)).filter(lambda time: time.year >= FIRST_YEAR),
)
def test_what_a_pattern_writes_it_reads(day: str, time: str, zone: bool, moment: datetime) -> None:  # noqa: FBT001
    """To the precision that the pattern has, and in exactly the zone that it's written in."""
    moment = moment.replace(tzinfo=None)
    zoned = zone and bool(time) and day != "%Y%m%d"
    pattern = DatePattern.checked(f"{day} {time}{' %z' if zoned else ''}")
    text = pattern.write(moment.replace(tzinfo=BERLIN if zoned else None))
    found = pattern.read(text)
    assert found is not None
    assert pattern.write(found) == text
    assert found.date() == moment.date()
    for directive, part in {"%H": "hour", "%I": "hour", "%M": "minute", "%S": "second", "%f": "microsecond"}.items():
        if directive in pattern.text:
            assert getattr(found, part) == getattr(moment, part)
    assert found.tzinfo == (BERLIN if zoned else None)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("%d/%m/%Y %H:%M", "02/03/2026 08:15", "2026-03-02T08:15:00+01:00"),
        ("%d/%m/%Y %H:%M", " 2/3/2026  8:15 ", "2026-03-02T08:15:00+01:00"),
        ("%m/%d/%Y %I:%M %p", "3/2/2026 8:15 pm", "2026-03-02T20:15:00+01:00"),
        ("%m/%d/%Y %I:%M %p", "03/02/2026 12:00 AM", "2026-03-02T00:00:00+01:00"),
        ("%d-%b-%Y %H:%M:%S", "02-MAR-2026 08:15:30", "2026-03-02T08:15:30+01:00"),
        ("%a, %d %b %Y %H:%M:%S %z", "Mon, 02 Mar 2026 08:15:30 +0000", "2026-03-02T08:15:30+00:00"),
        ("%Y%m%d%H%M", "202603020815", "2026-03-02T08:15:00+01:00"),
        ("%Y%m%dT%H%M%SZ", "20260302T081530Z", "2026-03-02T08:15:30+01:00"),
        ("%d/%m/%Y %H:%M", "2026-03-02T08:15:30Z", "2026-03-02T08:15:30+00:00"),
        ("%d/%m/%Y %H:%M", "1772439330", "2026-03-02T08:15:30+00:00"),
    ],
)
def test_times(pattern: str, text: str, expected: str) -> None:
    """Leading zeros and the case of letters don't matter. ISO 8601 and numbers still count."""
    found = parse_time(text, "f", "seconds", BERLIN, (DatePattern.checked(pattern),))
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("%d/%m/%Y %H:%M", "2026/03/02 08:15"),
        ("%d/%m/%Y %H:%M", "13/13/2026 08:15"),
        ("%d/%m/%Y %H:%M", "31/02/2026 08:15"),
        ("%d/%m/%Y %H:%M", "02/03/26 08:15"),
        ("%d/%m/%Y %H:%M", "02/03/2026 08:15 later"),
        ("%d/%m/%Y %H:%M", "tomorrow"),
        ("%Y%m%d%H%M", "20263020815"),
        ("%Y%m%d%H%M", "202632815"),
        ("%d-%b-%Y %H:%M", "02-März-2026 08:15"),
    ],
)
def test_what_does_not_match_is_named_with_what_would(pattern: str, text: str) -> None:
    """Nothing is guessed, and the message doesn't quote the value."""
    with pytest.raises(FieldError) as error:
        parse_time(text, "f", None, BERLIN, (DatePattern.checked(pattern),))
    digits = "f: a number instead of an ISO 8601 date and time; the format doesn't set numbers_are"
    assert str(error.value) == (digits if text.isdigit() else f"f: not an ISO 8601 date and time, nor {pattern}")


@pytest.mark.parametrize("text", ["00/00/0000", "00/00/0000 00:00", "01/01/0001", "01/01/0001 00:00", "", "0"])
def test_no_date(text: str) -> None:
    """A vendor's zero and .NET's first date aren't dates in this form either."""
    patterns = (DatePattern.checked("%d/%m/%Y %H:%M"), DatePattern.checked("%d/%m/%Y"))
    assert parse_due(text, "f", None, BERLIN, patterns) is None


REFUSED = {
    "a pattern of another language": ("dd/MM/yyyy", "must have a day (%d), one month"),
    "no day": ("%m/%Y", "must have a day (%d), one month"),
    "no month": ("%d %Y", "must have a day (%d), one month"),
    "two months": ("%d/%m/%Y %b", "must have a day (%d), one month"),
    "no year": ("%d/%m", "must have a day (%d), one month"),
    "two digits for a year": ("%d/%m/%y", "a year of two digits could be in any century; ask your LMS for four (%Y)"),
    "an unknown part": ("%d/%m/%Y %Z", "there's no %Z; use %d, %m, "),
    "a part that only some systems know": ("%-d/%m/%Y", "there's no %-; use %d, %m, "),
    "a part twice": ("%d/%m/%Y %d", "has a part twice"),
    "two hours": ("%d/%m/%Y %H %I %p", "has two hours"),
    "minutes alone": ("%d/%m/%Y %M", "%M needs %H or %I"),
    "half a day alone": ("%d/%m/%Y %H:%M %p", "%p needs %I"),
    "an hour of twelve": ("%d/%m/%Y %I:%M", "%I needs %p"),
    "a zone of a day": ("%d/%m/%Y %z", "%z needs %H or %I"),
    "ISO 8601": ("%Y-%m-%d", "dates like 2026-03-02 are always read as ISO 8601"),
    "what looks like ISO 8601": ("%Y-%d-%m %H:%M", "dates like 2026-03-02 are always read as ISO 8601"),
    "adjoining numbers with an offset": ("%Y%m%d %H:%M %z", "numbers with nothing between them can't go with %z"),
    "nothing": ("", "must have a day (%d), one month"),
    "a number": (1, "must be a pattern such as %d/%m/%Y, or a list of patterns"),
    "an empty list": ([], "must be a pattern such as %d/%m/%Y, or a list of patterns"),
    "two that could be mixed up": (
        ["%d/%m/%Y", "%m/%d/%Y"],
        "a date could be both %d/%m/%Y and %m/%d/%Y",
    ),
    "the same twice": (["%d/%m/%Y", "%d/%m/%Y"], "a date could be both"),
}


@pytest.mark.parametrize(("pattern", "said"), REFUSED.values(), ids=REFUSED)
def test_a_pattern_that_leaves_something_open_is_refused(tmp_path: Path, pattern: object, said: str) -> None:
    """It's checked when the file is loaded, and the message says what's wrong."""
    with pytest.raises(FormatError) as error:
        load_formats(folder_with(tmp_path, f"dates_are = {json.dumps(pattern)}\n{ACME}"))
    assert str(error.value).startswith(f"acme.toml: dates_are: {said}")


ASSIGNED = SEVERAL + ACME.replace('"course.completed"', '"course.assigned"') + 'assignment.due_at = "due"'


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ("30/06/2026", "2026-06-30T21:59:59+00:00"),
        ("30/06/2026 12:00", "2026-06-30T10:00:00+00:00"),
        ("2026-06-30", "2026-06-30T21:59:59+00:00"),
        ("06/30/2026", None),
    ],
)
def test_due_dates(tmp_path: Path, due: str, expected: str | None) -> None:
    """A day is due at its end in the source's zone. If no pattern fits, the value is left out and named."""
    formats = load_formats(folder_with(tmp_path, ASSIGNED), '{"acme": {"timeZone": "Europe/Berlin"}}')
    parsed = parse(json.dumps(EVENT | {"due": due}).encode(), formats)
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    found = parsed.event.assignment.due_at
    assert (found and found.isoformat()) == expected
    assert parsed.dropped == (() if expected else ("assignment.dueAt",))


@pytest.mark.parametrize(
    ("at", "detail"),
    [
        ("02/03/2026 08:15", None),
        ("02/03/2026", "occurredAt: a day without a time of day"),
        ("2/3", "occurredAt: not an ISO 8601 date and time, nor %d/%m/%Y %H:%M, nor %d/%m/%Y"),
    ],
)
def test_the_time_of_an_event(tmp_path: Path, at: str, detail: str | None) -> None:
    """It's required. A day isn't enough."""
    parsed = parse(
        json.dumps(EVENT | {"at": at}).encode(),
        load_formats(folder_with(tmp_path, f'time_zone = "UTC"\n{ASSIGNED}')),
    )
    assert (parsed.detail if isinstance(parsed, Refused) else None) == detail
    if isinstance(parsed, Understood):
        assert parsed.event.occurred_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
