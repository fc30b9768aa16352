"""The metadata of a dead letter's blob, which a listing shows without reading the letter.

Metadata is sent in headers, so it's ASCII and short. Somebody else may have put a blob into the container, with any
metadata or none.
"""

import re
from datetime import UTC, datetime
from urllib.parse import quote

from activities.domain.versions import VERSION
from activities.storage.envelope import Envelope

_NUMBER = re.compile("[0-9]{1,9}")
_DETAIL_SAFE = " /:;,()'=+"
_DETAIL_LENGTH = 256


def metadata_of(letter: Envelope, record: str | None) -> dict[str, str]:
    """Return the metadata of a letter. `record` is the row key of the record that it's about."""
    said = {
        "version": str(VERSION),
        "reason": letter.reason,
        "detail": quote(letter.detail[:_DETAIL_LENGTH], safe=_DETAIL_SAFE),
        "attempt": str(letter.attempt),
        "number": str(letter.number or 0),
        "first_seen": letter.first_seen.isoformat(),
        "last_seen": letter.last_seen.isoformat(),
        "record": record or "",
    }
    return {name: text for name, text in said.items() if text}


def number_in(text: str | None) -> int:
    """Read a number. If the text isn't a number, return 0."""
    return int(text) if text is not None and _NUMBER.fullmatch(text) else 0


def time_in(text: str | None, otherwise: datetime) -> datetime:
    """Read a time. If the text isn't a time, return `otherwise`."""
    try:
        time = otherwise if text is None else datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return otherwise
