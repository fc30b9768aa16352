"""Which dead letters an operator means: by id, by reason, by age."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tools.operate.deadletters.letters import Letter

SHOWN = 12  # characters of an id; as many, or fewer that are unique, will do on the command line
_AGE = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def moment(text: str) -> datetime:
    """Read "2h" (two hours ago; also m and d) or an ISO 8601 time; one without offset is UTC.

    Raises:
        ValueError: it is neither.
    """
    age = _AGE.fullmatch(text)
    if age:
        return datetime.now(UTC) - timedelta(**{_UNITS[age[2]]: int(age[1])})
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Selection:
    """Letters that fit every condition given; without any, all."""

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

    def complaints(self, letters: Iterable[Letter]) -> list[str]:
        """What is wrong with the ids: none, or several, of the letters begin like one."""
        known = {letter.id for letter in letters}
        fitting = Counter({start: sum(id_.startswith(start) for id_ in known) for start in self.ids})
        return [
            f"no dead letter {start}" if not count else f"{count} dead letters begin with {start}: give more of the id"
            for start, count in fitting.items()
            if count != 1
        ]
