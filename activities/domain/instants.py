"""Reads the times that publishers write, in the same way for every format. Pure."""

import re
from datetime import UTC, date, datetime, time, tzinfo

NOT_A_TIME = "not an ISO 8601 date and time"
WITHOUT_ZONE = "a time without a zone; set timeZone for this source in LMS_SOURCES"
# A bare number doesn't count as a time, because it could be seconds or milliseconds. Python would accept any character
# before an offset. The pattern allows only a space, which Ruby writes: 2026-03-02 08:15:30 -0800.
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?) ?(Z|[+-]\d{2}(?::?\d{2}){0,2})?", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Zero dates of databases, and the first moment of .NET's calendar, which .NET programs write for "no date".
_NO_TIME = re.compile(r"|0|0000-00-00.*|0001-01-01.*", re.ASCII | re.DOTALL)
_END_OF_DAY = time(23, 59, 59)


def is_no_time(text: str) -> bool:
    """Return whether a text is one that databases and programs write for "no time"."""
    return _NO_TIME.fullmatch(text.strip()) is not None


def read_time(text: str) -> datetime:
    """Read a date and time of day in ISO 8601, with or without an offset.

    The offset may be `Z`, `+09:00`, `+0900` or `+09`, which databases write. There may be a space before it. There may
    also be a space instead of the `T`. Both letters may be in lower case.

    Raises:
        ValueError: the text isn't such a time. The message doesn't quote it.
    """
    found = _ISO.fullmatch(text.strip().upper())
    try:
        if found is not None:
            return datetime.fromisoformat(found[1] + (found[2] or ""))
    except ValueError:
        pass
    raise ValueError(NOT_A_TIME)


def read_time_in(text: str, zone: tzinfo | None) -> datetime:
    """Read a time. If it has no offset, it's in `zone`.

    Raises:
        ValueError: the text isn't a time, or there's neither an offset nor a zone.
    """
    time = read_time(text)
    if time.tzinfo is not None:
        return time
    if zone is None:
        raise ValueError(WITHOUT_ZONE)
    return time.replace(tzinfo=zone)


def read_due(text: str, zone: tzinfo | None) -> datetime:
    """Read a due date: a time, or a day. A day ends at 23:59:59 in `zone`, or in UTC if there's no zone.

    Raises:
        ValueError: the text is neither, or it's a time and there's neither an offset nor a zone.
    """
    day = text.strip()
    if _DAY.fullmatch(day):
        try:
            return datetime.combine(date.fromisoformat(day), _END_OF_DAY, zone or UTC)
        except ValueError:
            raise ValueError(NOT_A_TIME) from None
    return read_time_in(text, zone)
