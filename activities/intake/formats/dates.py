"""Reads dates as vendors write them, such as 31/03/2026 14:05, by the patterns that a format declares. Pure.

A pattern consists of the directives of Python's `strptime`. Nothing is guessed: if dates could be read in two ways, the
pattern is refused when the format is loaded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations, pairwise
from typing import Annotated

from pydantic import BeforeValidator

from activities.domain.instants import read_due

_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_DATE = "dmbBY"
_TIME = "HIMSfpz"
_ALLOWED = f"{_DATE}{_TIME}aA%"
_NUMBERS = frozenset("dmYHIMSf")
# Directives that mean nothing without one of these others.
_NEEDS = {"M": "HI", "S": "M", "f": "S", "I": "p", "p": "I", "z": "HI"}
_TWO_DIGITS = "a year of two digits could be in any century; ask your LMS for four (%Y)"
# Each of its parts could be a day, month, hour or minute, so it shows whether two patterns can be mixed up.
_SAMPLE = datetime(2001, 2, 3, 4, 5, 6, 700_000, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DatePattern:
    """How a date is written, with or without a time of day."""

    text: str

    @classmethod
    def checked(cls, text: str) -> "DatePattern":
        """Return the pattern in `text`, if it's a usable one.

        Raises:
            ValueError: it doesn't name a day, or dates in it could be read in two ways.
        """
        pattern = cls(text.strip())
        found = _DIRECTIVE.findall(text)
        _check_directives(found)
        if pattern.adjoins and "z" in found:
            raise ValueError("numbers with nothing between them can't go with %z")
        if _is_iso(pattern):
            raise ValueError("dates like 2026-03-02 are always read as ISO 8601, month first, and need no pattern")
        return pattern

    @property
    def has_time(self) -> bool:
        """Whether the pattern has a time of day, not only a day."""
        return any(directive in "HI" for directive in _DIRECTIVE.findall(self.text))

    @property
    def adjoins(self) -> bool:
        """Whether two numbers have nothing between them, as in 20260302. Then each needs all its digits."""
        found = list(_DIRECTIVE.finditer(self.text))
        return any({one[1], other[1]} <= _NUMBERS and one.end() == other.start() for one, other in pairwise(found))

    def write(self, time: datetime) -> str:
        """Write a time in this pattern."""
        return time.strftime(self.text)

    def read(self, text: str) -> datetime | None:
        """Return the date in `text`, or None if it isn't in this pattern. Without a time of day, it's at midnight."""
        try:
            found = datetime.strptime(text, self.text)  # noqa: DTZ007 - the zone is the format's
        except ValueError:
            return None
        return None if self.adjoins and len(self.write(found)) != len(text) else found


def as_iso(text: str, patterns: Sequence[DatePattern]) -> str:
    """Return a date in ISO 8601 if it's in one of the patterns. Otherwise return the text unchanged.

    If all digits are zero, as in 00/00/0000, it's how a database writes "no date", and "0" is returned.
    """
    found = next(((time, one.has_time) for one in patterns if (time := one.read(text.strip()))), None)
    if found is None:
        zero = patterns and {character for character in text if character.isalnum()} == {"0"}
        return "0" if zero else text
    time, has_time = found
    return time.isoformat() if has_time else time.date().isoformat()


def _check_directives(found: list[str]) -> None:
    if "y" in found:
        raise ValueError(_TWO_DIGITS)
    unknown = [directive for directive in found if directive not in _ALLOWED or not directive]
    if unknown:
        raise ValueError(f"there's no %{unknown[0]}; use {', '.join(f'%{one}' for one in _ALLOWED)}")
    named = [directive for directive in found if directive != "%"]
    if {"d", "Y"} - set(named) or len({"m", "b", "B"} & set(named)) != 1:
        raise ValueError("must have a day (%d), one month (%m, %b or %B) and a year (%Y), such as %d/%m/%Y")
    if len(named) != len(set(named)):
        raise ValueError("has a part twice")
    if {"H", "I"} <= set(named):
        raise ValueError("has two hours; use %H (0 to 23), or %I (1 to 12) with %p")
    for directive in named:
        needed = _NEEDS.get(directive)
        if needed and not set(needed) & set(named):
            raise ValueError(f"%{directive} needs {' or '.join(f'%{one}' for one in needed)}")


def _is_iso(pattern: DatePattern) -> bool:
    try:
        read_due(pattern.write(_SAMPLE), UTC)
    except ValueError:
        return False
    return True


def _patterns(value: object) -> tuple[DatePattern, ...]:
    texts = value if isinstance(value, list) and value else [value]
    patterns = tuple(map(_pattern, texts))
    for one, other in combinations(patterns, 2):
        if one.read(other.write(_SAMPLE)) or other.read(one.write(_SAMPLE)):
            raise ValueError(f"a date could be both {one.text} and {other.text}")
    return patterns


def _pattern(text: object) -> DatePattern:
    if not isinstance(text, str):
        raise ValueError("must be a pattern such as %d/%m/%Y, or a list of patterns")  # noqa: TRY004  pydantic expects it
    return DatePattern.checked(text)


# One pattern, or several of which no date fits two.
DatePatterns = Annotated[tuple[DatePattern, ...], BeforeValidator(_patterns)]
