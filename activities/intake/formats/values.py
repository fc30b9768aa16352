"""Converts values that LMSs write into those of the native event: identifiers, times, percentages.

Nothing is guessed and nothing is clamped. A value that is not what its format declares is a `FieldError`.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from activities.domain.instants import NOT_A_TIME, read_time
from activities.intake.formats.errors import FieldError

# "magnitude": an LMS that sends both; a time in seconds and one in milliseconds are a factor of 1,000 apart.
NumbersAre = Literal["seconds", "milliseconds", "magnitude"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Seconds that are read as milliseconds give a time in January 1970. No event of an LMS is that old.
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# The first number of seconds (in the year 2286) and of milliseconds that is too large to be a time of an LMS. What lies
# between these seconds and the milliseconds of `_EARLIEST` is neither.
_TOO_MANY = {"seconds": 10**10, "milliseconds": 10**13}
_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?")
_NO_TIME = re.compile(r"0|0000-00-00.*")
_HUNDRED = 100


def _zone(value: object) -> object:
    """The zone of an IANA name.

    Raises:
        ValueError: there is no such zone.
    """
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"no such time zone: {value}") from None


Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]


def parse_identifier(value: object, field: str) -> str | None:
    """An identifier as text, because an LMS may write the same one as a number in one event and as text in another.

    Raises:
        FieldError: `value` is neither text nor a whole number.
    """
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return value.strip() or None
    raise FieldError(f"{field}: neither text nor a whole number")


def parse_time(value: object, field: str, numbers_are: NumbersAre | None, zone: ZoneInfo | None) -> datetime | None:
    """A time in the zone that it was written in. Zero, and what databases write for "no time", is None.

    Raises:
        FieldError: `value` is not a time, or is a number although the format declares no unit, or has no zone although
            none is configured.
    """
    if _is_no_time(value):
        return None
    number = _parse_number(value)
    if number is not None:
        return _since_1970(number, field, numbers_are)
    if not isinstance(value, str):
        raise FieldError(f"{field}: {NOT_A_TIME}")
    try:
        parsed = read_time(value)
    except ValueError as error:
        raise FieldError(f"{field}: {error}") from None
    if parsed.tzinfo is not None:
        return parsed
    if zone is None:
        raise FieldError(f"{field}: a time without a zone; set timeZone for this source in LMS_SOURCES")
    return parsed.replace(tzinfo=zone)


def _is_no_time(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip() or _NO_TIME.fullmatch(value.strip()) is not None
    return value is None or (isinstance(value, int | float) and value == 0)


def _since_1970(number: Decimal, field: str, numbers_are: NumbersAre | None) -> datetime:
    if numbers_are is None:
        raise FieldError(f"{field}: a number instead of an ISO 8601 date and time; the format sets no numbers_are")
    if numbers_are == "magnitude":
        numbers_are = _unit_of(number, field)
    unit = timedelta(seconds=1) if numbers_are == "seconds" else timedelta(milliseconds=1)
    try:
        found = _EPOCH + timedelta(microseconds=int(number * (unit // timedelta(microseconds=1))))
    except OverflowError:
        raise FieldError(f"{field}: out of range; {numbers_are} since 1970 are expected") from None
    if found < _EARLIEST:
        raise FieldError(f"{field}: before 1990; {numbers_are} since 1970 are expected")
    return found


def _unit_of(number: Decimal, field: str) -> NumbersAre:
    """The unit of a number that is a plausible time in only one of them.

    Raises:
        FieldError: it is a plausible time in neither.
    """
    earliest = (_EARLIEST - _EPOCH) // timedelta(seconds=1)
    if earliest <= number < _TOO_MANY["seconds"]:
        return "seconds"
    if earliest * 1_000 <= number < _TOO_MANY["milliseconds"]:
        return "milliseconds"
    raise FieldError(f"{field}: neither seconds nor milliseconds since 1970")


def parse_percentage(value: object, total: object, field: str) -> int | None:
    """`value` as whole per cent of `total`, rounded down so that only the total itself is 100.

    Raises:
        FieldError: `value` or `total` is not a number, or `value` is not between 0 and `total`.
    """
    if value is None or total is None or value == "":
        return None
    part, whole = _parse_number(value), _parse_number(total)
    if part is None or whole is None:
        raise FieldError(f"{field}: not a number")
    if whole == 0:
        # A course without requirements has no percentage.
        return None
    if not 0 <= part <= whole:
        raise FieldError(f"{field}: not between 0 and the total")
    return int(part * _HUNDRED / whole)


def _parse_number(value: object) -> Decimal | None:
    """A number, or text that is one. Infinity, which `1e999` becomes in Python's JSON, is not a number here."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value).strip()
    if isinstance(value, str) and not (text.isascii() and _NUMBER.fullmatch(text)):
        return None
    number = Decimal(text)
    return number if number.is_finite() else None
