"""Selects dead letters by id, by reason, by record or by age."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from activities.storage.letters import LetterFacts

SHOWN = 12  # characters of an id that are shown; the command line accepts any unique beginning of an id
_AGE = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def moment(text: str) -> datetime:
    """Read an age such as "2h" (also m and d), or an ISO 8601 time; a time without an offset is UTC.

    Raises:
        ValueError: the text is neither.
    """
    age = _AGE.fullmatch(text)
    if age:
        try:
            return datetime.now(UTC) - timedelta(**{_UNITS[age[2]]: int(age[1])})
        except OverflowError as error:
            raise ValueError(text) from error
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Selection:
    """The letters that meet all conditions; without conditions, all letters.

    `ids` and `records` are beginnings of ids and of the row keys of records.
    """

    ids: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None

    def __contains__(self, letter: LetterFacts) -> bool:
        """Whether a letter meets the conditions other than its id."""
        return (
            (not self.reasons or letter.reason in self.reasons)
            and (not self.records or (letter.record or "").startswith(self.records))
            and (self.since is None or letter.last_seen >= self.since)
            and (self.before is None or letter.last_seen < self.before)
        )
