"""Finds the time zone that a publisher names: by IANA, as Windows does, or by its offset. Pure.

Graph and many LMSs of Microsoft's world use the names of Windows ("W. Europe Standard Time"). Which zone of IANA each
of them stands for comes from Unicode CLDR ("windowsZones.xml"), through the library tzlocal.
"""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from tzlocal.windows_tz import win_tz

NO_ZONE = "no such time zone"
_OFFSET = re.compile(r"(?:UTC|GMT)? ?([+-])(\d{1,2})(?::?(\d{2}))?", re.ASCII | re.IGNORECASE)
# The usual zone needs no list of all of them.
_UTC = ("utc", "z")
# These depend on the machine, or are no zone.
_NOT_NAMES = ("localtime", "Factory", "posixrules")
_FARTHEST = timedelta(hours=14)


@lru_cache(maxsize=1_000)
def zone_of(name: str) -> tzinfo:
    """Return the zone with this name, whatever its case: IANA's or Windows's, `UTC`, `Z`, or an offset like `+01:00`.

    Raises:
        ValueError: there is no such zone. The message does not quote the name.
    """
    name = name.strip()
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        away = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        if away <= _FARTHEST:
            return timezone(-away if offset[1] == "-" else away)
    if name.casefold() in _UTC:
        return UTC
    known = _names().get(name.casefold())
    if known is None:
        raise ValueError(NO_ZONE)
    return ZoneInfo(known)


@cache
def _names() -> dict[str, str]:
    """The name in IANA's database of each name, in lower case. A name of IANA's comes before one of Windows."""
    windows = {name.casefold(): zone for name, zone in win_tz.items()}
    return windows | {name.casefold(): name for name in available_timezones().difference(_NOT_NAMES)}
