"""Reads the times that publishers write. One way for all of them, whatever format an event has. Pure."""

import re
from datetime import UTC, date, datetime, time, tzinfo

NOT_A_TIME = "not an ISO 8601 date and time"
WITHOUT_ZONE = "a time without a zone; set timeZone for this source in LMS_SOURCES"
# A bare number could be seconds or milliseconds, so it is no time.
# Python itself would read any character before an offset. Ruby writes a space there: 2026-03-02 08:15:30 -0800.
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?) ?(Z|[+-]\d{2}(?::?\d{2}){0,2})?", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# The zero of databases, and the first moment of .NET's calendar, which its programs write for "no date".
_NO_TIME = re.compile(r"|0|0000-00-00.*|0001-01-01.*", re.ASCII | re.DOTALL)
_END_OF_DAY = time(23, 59, 59)


def is_no_time(text: str) -> bool:
    """Tell whether a text stands for "no time", as databases and programs write it."""
    return _NO_TIME.fullmatch(text.strip()) is not None


def read_time(text: str) -> datetime:
    """Read a date and a time of day in ISO 8601, with or without an offset.

    The offset may be `Z`, `+09:00`, `+0900` or, as databases write it, `+09`, also after a space. A space may stand for
    the `T`, and both letters may be small.

    Raises:
        ValueError: the text is no such time. The message does not quote it.
    """
    found = _ISO.fullmatch(text.strip().upper())
    try:
        if found is not None:
            return datetime.fromisoformat(found[1] + (found[2] or ""))
    except ValueError:
        pass
    raise ValueError(NOT_A_TIME)


def read_time_in(text: str, zone: tzinfo | None) -> datetime:
    """Read a time, which is in `zone` if it has no offset.

    Raises:
        ValueError: the text is no time, or has no offset although there is no zone.
    """
    time = read_time(text)
    if time.tzinfo is not None:
        return time
    if zone is None:
        raise ValueError(WITHOUT_ZONE)
    return time.replace(tzinfo=zone)


def read_due(text: str, zone: tzinfo | None) -> datetime:
    """Read a due date: a time, or a day, which ends at 23:59:59 in `zone`, or in UTC if there is none.

    Raises:
        ValueError: the text is neither, or a time without an offset although there is no zone.
    """
    day = text.strip()
    if _DAY.fullmatch(day):
        try:
            return datetime.combine(date.fromisoformat(day), _END_OF_DAY, zone or UTC)
        except ValueError:
            raise ValueError(NOT_A_TIME) from None
    return read_time_in(text, zone)
