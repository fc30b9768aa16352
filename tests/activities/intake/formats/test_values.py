"""Identifiers, times and percentages as LMSs write them."""

from zoneinfo import ZoneInfo

import pytest

from activities.intake.formats.errors import FieldError
from activities.intake.formats.values import parse_identifier, parse_percentage, parse_time

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", "a"), (" a ", "a"), (7, "7"), (0, "0"), ("", None), ("  ", None), (None, None), (10**30, "1" + "0" * 30)],
)
def test_identifiers(value: object, expected: str | None) -> None:
    """An identifier is the same whether it's written as text or as a number."""
    assert parse_identifier(value, "f") == expected


@pytest.mark.parametrize("value", [True, False, 1.5, [], {}, ["a"], {"id": 1}])
def test_other_values_are_not_identifiers(value: object) -> None:
    """Nothing else is converted into an identifier."""
    with pytest.raises(FieldError, match=r"^f: neither text nor a whole number$"):
        parse_identifier(value, "f")


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("2026-03-02T08:15:30Z", None, "2026-03-02T08:15:30+00:00"),
        ("2026-03-02T08:15:30.1234567+02:00", None, "2026-03-02T08:15:30.123456+02:00"),
        ("2026-03-02 08:15:30", None, "2026-03-02T08:15:30+01:00"),
        ("2026-07-02T08:15", None, "2026-07-02T08:15:00+02:00"),
        (1772439330, "seconds", "2026-03-02T08:15:30+00:00"),
        ("1772439330", "seconds", "2026-03-02T08:15:30+00:00"),
        (1772439330.25, "seconds", "2026-03-02T08:15:30.250000+00:00"),
        (1772439330250, "milliseconds", "2026-03-02T08:15:30.250000+00:00"),
        ("1772439330250", "milliseconds", "2026-03-02T08:15:30.250000+00:00"),
        (1772439330, "magnitude", "2026-03-02T08:15:30+00:00"),
        ("1772439330250", "magnitude", "2026-03-02T08:15:30.250000+00:00"),
        (631152000, "magnitude", "1990-01-01T00:00:00+00:00"),
        (631152000000, "magnitude", "1990-01-01T00:00:00+00:00"),
        (9999999999, "magnitude", "2286-11-20T17:46:39+00:00"),
        (9999999999999, "magnitude", "2286-11-20T17:46:39.999000+00:00"),
        ("2026-03-02T08:15:30Z", "magnitude", "2026-03-02T08:15:30+00:00"),
    ],
)
def test_times(value: object, unit: str | None, expected: str) -> None:
    """Times may have a zone, lack one, or be numbers in the declared unit."""
    found = parse_time(value, "f", unit, BERLIN)  # type: ignore[arg-type]
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize("value", [None, "", " ", 0, 0.0, "0", "0000-00-00 00:00:00", "0000-00-00"])
def test_no_time(value: object) -> None:
    """What databases write in place of a missing time is read as no time."""
    assert parse_time(value, "f", "seconds", BERLIN) is None


@pytest.mark.parametrize(
    ("value", "unit", "message"),
    [
        ("2026-03-02", None, "not an ISO 8601"),
        ("20260302T081530Z", None, "not an ISO 8601"),
        ("2026-02-30T08:15:30Z", None, "not an ISO 8601"),
        ("2026-03-02T08:15:30 somewhere", None, "not an ISO 8601"),
        ("Mon, 2 Mar 2026 08:15:30 GMT", "seconds", "not an ISO 8601"),
        (True, "seconds", "not an ISO 8601"),
        ([], "seconds", "not an ISO 8601"),
        (1772439330, None, "a number instead of"),
        ("1772439330", None, "a number instead of"),
        (1772439330, "milliseconds", "before 1990; expected milliseconds"),
        (1772439330250, "seconds", "out of range; expected seconds"),
        (-5, "seconds", "before 1990"),
        (1e300, "seconds", "out of range; expected seconds"),
        ("9" * 30, "seconds", "out of range; expected seconds"),
        (631151999, "magnitude", "neither seconds nor milliseconds"),
        (10**10, "magnitude", "neither seconds nor milliseconds"),
        (631151999999, "magnitude", "neither seconds nor milliseconds"),
        (10**13, "magnitude", "neither seconds nor milliseconds"),
        (1772439330250000, "magnitude", "neither seconds nor milliseconds"),
        (-1772439330, "magnitude", "neither seconds nor milliseconds"),
    ],
)
def test_other_values_are_not_times(value: object, unit: str | None, message: str) -> None:
    """A time that could be understood in two ways is refused."""
    with pytest.raises(FieldError, match=f"^f: {message}"):
        parse_time(value, "f", unit, BERLIN)  # type: ignore[arg-type]


def test_a_time_without_zone_needs_a_setting() -> None:
    """The error says which setting is missing."""
    with pytest.raises(FieldError, match=r"^f: a time without a zone; set timeZone"):
        parse_time("2026-03-02 08:15:30", "f", None, None)


@pytest.mark.parametrize(
    ("value", "total", "expected"),
    [
        (0, 100, 0), (100, 100, 100), ("45", 100, 45), (99.99, 100, 99), ("33.3", 100, 33), (0.29, 1, 29),
        (1.0, 1, 100), (5, 12, 41), (12, 12, 100), ("3", "4", 75), (0, 0, None), (None, 100, None), (5, None, None),
        ("", 100, None),
        (101, 100, 100),
        (100.5, 100, 100),
        (1.0000000000000002, 1, 100),
        (13, 12, 100),
        (1e308, 1, 100),
        ("50", 100, 50),
        (50.0, 100, 50),
    ],
)  # fmt: skip
def test_percentages(value: object, total: object, expected: int | None) -> None:
    """Shares, percentages and counts are rounded down, so that only the total is 100."""
    assert parse_percentage(value, total, "f") == expected


@pytest.mark.parametrize(
    ("value", "total"),
    [(-1, 100), (1, -1), ("half", 100), (True, 100), ([], 100), (1, True), (float("inf"), 1), ("1e9", 100)],
)
def test_other_values_are_not_percentages(value: object, total: object) -> None:
    """Anything that isn't a number, or is below zero, says nothing about progress."""
    with pytest.raises(FieldError, match=r"^f: (not a number|below zero)"):
        parse_percentage(value, total, "f")
