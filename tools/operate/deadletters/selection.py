"""Selects dead letters by id, by reason or by age."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tools.operate.deadletters.letters import Letter

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
        return datetime.now(UTC) - timedelta(**{_UNITS[age[2]]: int(age[1])})
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Selection:
    """The letters that meet all conditions; without conditions, all letters."""

    ids: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None

    def __contains__(self, letter: Letter) -> bool:
        return (
            (not self.ids or any(letter.id.startswith(start) for start in self.ids))
            and (not self.reasons or letter.reason in self.reasons)
            and (self.since is None or letter.when >= self.since)
            and (self.before is None or letter.when < self.before)
        )

    def errors(self, letters: Iterable[Letter]) -> list[str]:
        """Return an error for each selected id that matches no letter, or more than one."""
        known = {letter.id for letter in letters}
        matches = {start: sum(id_.startswith(start) for id_ in known) for start in self.ids}
        return [
            f"no dead letter {start}" if not count else f"{count} dead letters begin with {start}: give more of the id"
            for start, count in matches.items()
            if count != 1
        ]
