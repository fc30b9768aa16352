"""Selects dead letters by id, by reason, by record, by detail or by age."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from activities.domain.outcomes import Reason
from activities.storage.letters import UNKNOWN, LetterFacts

SHOWN = 12  # how many characters of an id are shown; commands accept any unique beginning of an id
_AGE = re.compile(r"(\d+)([mhd])")
_WHEN = "30m, 2h, 3d or an ISO 8601 time"
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def moment(text: str) -> datetime:
    """Read an age such as "2h" (also m and d), or an ISO 8601 time; a time without an offset is UTC.

    Raises:
        typer.BadParameter: the text is neither.
    """
    age = _AGE.fullmatch(text)
    try:
        if age:
            return datetime.now(UTC) - timedelta(**{_UNITS[age[2]]: int(age[1])})
        found = datetime.fromisoformat(text)
    except (OverflowError, ValueError):
        raise typer.BadParameter(f"{text} isn't a time: give {_WHEN}") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Selection:
    """The letters that meet all conditions; without conditions, all letters.

    `ids` and `records` are beginnings of ids and of the row keys of records. `detail` is a part of the detail. The
    times refer to when a letter was last written.
    """

    ids: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    detail: str = ""
    since: datetime | None = None
    before: datetime | None = None

    def __contains__(self, letter: LetterFacts) -> bool:
        """Return whether a letter meets the conditions, apart from its id."""
        return (
            (not self.reasons or letter.reason in self.reasons)
            and (not self.records or (letter.record or "").startswith(self.records))
            and self.detail in letter.detail
            and (self.since is None or letter.last_seen >= self.since)
            and (self.before is None or letter.last_seen < self.before)
        )


def _known(reason: str) -> str:
    if reason not in {*Reason, UNKNOWN}:
        raise typer.BadParameter(f"no such reason: give one of {', '.join([*Reason, UNKNOWN])}")
    return reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The options that select letters."""

    reason: Annotated[
        list[str] | None, typer.Option(metavar="REASON", parser=_known, help="Only with this reason; repeatable.")
    ] = None
    record: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Only of this record (its row key, or the beginning of it); repeatable."),
    ] = None
    detail: Annotated[str, typer.Option(metavar="TEXT", help="Only with this text in the detail.")] = ""
    since: Annotated[
        datetime | None, typer.Option(metavar="WHEN", parser=moment, help=f"Only newer than this: {_WHEN}.")
    ] = None
    older_than: Annotated[
        datetime | None, typer.Option(metavar="WHEN", parser=moment, help=f"Only older than this: {_WHEN}.")
    ] = None

    def selection(self, ids: Sequence[str] | None = None) -> Selection:
        """Return what these options and ids select."""
        return Selection(
            ids=tuple(ids or ()),
            reasons=tuple(self.reason or ()),
            records=tuple(self.record or ()),
            detail=self.detail,
            since=self.since,
            before=self.older_than,
        )
