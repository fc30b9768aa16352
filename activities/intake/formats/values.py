"""From what LMSs write to what the native event says: identifiers, times, percentages.

Nothing is guessed and nothing is clamped: a value that cannot be what it is declared to be is a `FieldError`.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal
from zoneinfo import ZoneInfo

from activities.intake.formats.errors import FieldError

NumbersAre = Literal["seconds", "milliseconds"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Milliseconds that are really seconds end up in January 1970; no LMS event is as old as that.
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*")
_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?")
_NO_TIME = re.compile(r"0|0000-00-00.*")
_HUNDRED = 100


def identifier(value: object, field: str) -> str | None:
    """An identifier as text; LMSs write the same one as a number here and as text there."""
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return value.strip() or None
    raise FieldError(f"{field}: neither text nor a whole number")


def moment(value: object, field: str, numbers_are: NumbersAre | None, zone: ZoneInfo | None) -> datetime | None:
    """A time, with the zone it was written in. Zero and what databases write for "no time" are None.

    Raises:
        FieldError: not a time; a number although the format declares no unit; no zone, and none is configured.
    """
    if _is_no_time(value):
        return None
    number = _number(value)
    if number is not None:
        return _since_1970(number, field, numbers_are)
    if not isinstance(value, str) or not _ISO.fullmatch(value.strip()):
        raise FieldError(f"{field}: not an ISO 8601 date and time")
    try:
        parsed = datetime.fromisoformat(value.strip())
    except ValueError:
        raise FieldError(f"{field}: not an ISO 8601 date and time") from None
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
        raise FieldError(f"{field}: a number where an ISO 8601 date and time is due")
    unit = timedelta(seconds=1) if numbers_are == "seconds" else timedelta(milliseconds=1)
    try:
        found = _EPOCH + timedelta(microseconds=int(number * (unit // timedelta(microseconds=1))))
    except OverflowError:
        raise FieldError(f"{field}: outside of the calendar; {numbers_are} since 1970 are expected") from None
    if found < _EARLIEST:
        raise FieldError(f"{field}: before 1990; {numbers_are} since 1970 are expected")
    return found


def percentage(value: object, full: object, field: str) -> int | None:
    """How much of `full` is done, as whole per cent, rounded down so that only all of it is 100.

    Raises:
        FieldError: not numbers, or less than nothing, or more than all.
    """
    if value is None or full is None or value == "":
        return None
    done, all_of_it = _number(value), _number(full)
    if done is None or all_of_it is None:
        raise FieldError(f"{field}: not a number")
    if all_of_it == 0:
        # A course without requirements: nothing can be said.
        return None
    if not 0 <= done <= all_of_it:
        raise FieldError(f"{field}: not between nothing and all")
    return int(done * _HUNDRED / all_of_it)


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value).strip()
    if isinstance(value, str) and not (text.isascii() and _NUMBER.fullmatch(text)):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
