"""Converts an LMS's values into those of the native event: identifiers, times, percentages.

Nothing is guessed. A value that isn't what its format declares is a `FieldError`. If the event can do without the
value, the value is dropped. Otherwise the event is refused.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import partial
from typing import Annotated, Literal

from pydantic import BeforeValidator

from activities.domain.instants import NOT_A_TIME, is_no_time, read_due, read_time_in
from activities.domain.numbers import read_number, read_percentage
from activities.domain.zones import zone_of
from activities.intake.formats.dates import DatePattern, as_iso
from activities.intake.formats.errors import FieldError

# "magnitude" is for an LMS that sends both. A time in seconds and one in milliseconds are a factor of 1,000 apart.
NumbersAre = Literal["seconds", "milliseconds", "magnitude"]

_ONLY_A_DAY = "a day without a time of day"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Seconds that are read as milliseconds give a time in January 1970. No LMS event is that old.
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# A double holds every whole number up to here.
_EXACT = 2**53
# The smallest numbers of seconds and milliseconds (in the year 2286) that are too large to be a time of an LMS. Numbers
# between these seconds and the milliseconds of `_EARLIEST` are neither.
_TOO_MANY = {"seconds": 10**10, "milliseconds": 10**13}


def _zone(value: object) -> object:
    """Return the zone with this name.

    Raises:
        ValueError: there is no such zone.
    """
    if not isinstance(value, str):
        raise ValueError("not the name of a time zone")  # noqa: TRY004  pydantic expects it
    try:
        return zone_of(value)
    except ValueError as error:
        raise ValueError(f"{error}: {value}") from None


Zone = Annotated[tzinfo, BeforeValidator(_zone)]


def parse_identifier(value: object, field: str) -> str | None:
    """Return an identifier as text. An LMS may write the same one as a number in one event, and as text in another.

    Raises:
        FieldError: `value` is neither text nor a whole number.
    """
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return value.strip() or None
    raise FieldError(f"{field}: neither text nor a whole number")


def parse_time(
    value: object,
    field: str,
    numbers_are: NumbersAre | None,
    zone: tzinfo | None,
    dates_are: Sequence[DatePattern] = (),
) -> datetime | None:
    """Return a time in the zone that it was written in, or None for zero and for what programs write for "no time".

    `dates_are` are other ways to write it, apart from ISO 8601.

    Raises:
        FieldError: `value` isn't a time, is a number while the format declares no unit, or has no zone while none is
            configured.
    """
    return _parse(value, field, numbers_are, dates_are, partial(read_time_in, zone=zone))


def parse_due(
    value: object,
    field: str,
    numbers_are: NumbersAre | None,
    zone: tzinfo | None,
    dates_are: Sequence[DatePattern] = (),
) -> datetime | None:
    """Return a due date: a time as in `parse_time`, or for a day, its last second in its zone.

    Raises:
        FieldError: as in `parse_time`.
    """
    return _parse(value, field, numbers_are, dates_are, partial(read_due, zone=zone))


def _parse(
    value: object,
    field: str,
    numbers_are: NumbersAre | None,
    dates_are: Sequence[DatePattern],
    read: Callable[[str], datetime],
) -> datetime | None:
    written = value
    if isinstance(value, str):
        value = as_iso(value, dates_are)
    if value is None or (is_no_time(value) if isinstance(value, str) else value == 0):
        return None
    number = read_number(value)
    if number is not None:
        return _since_1970(number, field, numbers_are)
    if not isinstance(value, str):
        raise FieldError(f"{field}: {NOT_A_TIME}")
    try:
        return read(value)
    except ValueError as error:
        problem = str(error)
        if problem == NOT_A_TIME:
            ways = "".join(f", nor {pattern.text}" for pattern in dates_are)
            problem = f"{NOT_A_TIME}{ways}" if value == written else _ONLY_A_DAY
        raise FieldError(f"{field}: {problem}") from None


def _since_1970(number: Decimal, field: str, numbers_are: NumbersAre | None) -> datetime:
    if numbers_are is None:
        raise FieldError(f"{field}: a number instead of an ISO 8601 date and time; the format doesn't set numbers_are")
    if numbers_are == "magnitude":
        numbers_are = _unit_of(number, field)
    unit = timedelta(seconds=1) if numbers_are == "seconds" else timedelta(milliseconds=1)
    try:
        found = _EPOCH + timedelta(microseconds=int(number * (unit // timedelta(microseconds=1))))
    except OverflowError:
        raise FieldError(f"{field}: out of range; expected {numbers_are} since 1970") from None
    if found < _EARLIEST:
        raise FieldError(f"{field}: before 1990; expected {numbers_are} since 1970")
    return found


def _unit_of(number: Decimal, field: str) -> NumbersAre:
    """Return the unit in which a number is a plausible time. No number is one in both units.

    Raises:
        FieldError: it's a plausible time in neither.
    """
    earliest = (_EARLIEST - _EPOCH) // timedelta(seconds=1)
    if earliest <= number < _TOO_MANY["seconds"]:
        return "seconds"
    if earliest * 1_000 <= number < _TOO_MANY["milliseconds"]:
        return "milliseconds"
    raise FieldError(f"{field}: neither seconds nor milliseconds since 1970")


def parse_percentage(value: object, total: object, field: str) -> int | None:
    """Return `value` as a whole percentage of `total`, or None if one is missing.

    A total of zero also gives None: the course has no requirements.

    Raises:
        FieldError: `value` or `total` isn't a number, or is below zero.
    """
    if value is None or total is None or value == "" or read_number(total) == 0:
        return None
    try:
        return read_percentage(value, total)
    except ValueError as error:
        raise FieldError(f"{field}: {error}") from None
