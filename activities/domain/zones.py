"""Finds the time zone that a publisher means: by its IANA name, its Windows name, or an offset. Pure.

Graph and many LMSs built on Microsoft's technology use Windows names ("W. Europe Standard Time"). The IANA zone for
each of them comes from Unicode CLDR ("windowsZones.xml"), through the library tzlocal.
"""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from tzlocal.windows_tz import win_tz

NO_ZONE = "no such time zone"
_OFFSET = re.compile(r"(?:UTC|GMT)? ?([+-])(\d{1,2})(?::?(\d{2}))?", re.ASCII | re.IGNORECASE)
# The most common names are recognized without loading the list of all zones.
_UTC = ("utc", "z")
# These depend on the machine, or aren't zones.
_NOT_NAMES = ("localtime", "Factory", "posixrules")
_FARTHEST = timedelta(hours=14)


@lru_cache(maxsize=1_000)
def zone_of(name: str) -> tzinfo:
    """Return the zone with this name, in upper or lower case: an IANA or Windows name, `UTC`, `Z`, or `+01:00`.

    Raises:
        ValueError: there's no such zone. The message doesn't quote the name.
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
    """Return the IANA name for each known name in lower case. If a name is in both lists, the IANA meaning wins."""
    windows = {name.casefold(): zone for name, zone in win_tz.items()}
    return windows | {name.casefold(): name for name in available_timezones().difference(_NOT_NAMES)}
