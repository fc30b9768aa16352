"""Reads the times that publishers write. One way for all of them, whatever format an event has. Pure."""

import re
from datetime import datetime

NOT_A_TIME = "not an ISO 8601 date and time"
# A bare date would need a time of day, and a bare number could be seconds or milliseconds, so neither is a time.
# Python itself would read any character before an offset. Ruby writes a space there: 2026-03-02 08:15:30 -0800.
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?) ?(Z|[+-]\d{2}(?::?\d{2}){0,2})?", re.ASCII
)


def read_time(text: str) -> datetime:
    """Read a date and a time of day in ISO 8601, with or without an offset.

    The offset may be `Z`, `+09:00`, `+0900` or, as databases write it, `+09`. A space may stand for the `T`, and both
    letters may be small. One space may stand before the offset.

    Raises:
        ValueError: the text is no such time. The message does not quote it.
    """
    text = text.strip().upper()
    try:
        if found := _ISO.fullmatch(text):
            return datetime.fromisoformat("".join(part for part in found.groups() if part))
    except ValueError:
        pass
    raise ValueError(NOT_A_TIME)
