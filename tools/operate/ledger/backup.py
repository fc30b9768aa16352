"""Backups of the ledger: the files that `lms-sync ledger export --show-personal-data` writes, one row per line."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from activities.domain.errors import NewerVersion
from activities.domain.record import row_key
from activities.storage.rows import record_of, row_of
from tools.operate.troubles import WrongUsage

_NOT_WHOLE = "not a complete row: was it exported with --show-personal-data?"


@dataclass(frozen=True, slots=True)
class Saved:
    """A row of a backup, as it goes into the ledger.

    Attributes:
        record: the row key.
        row: what to write. A record's row says that the app must ask Graph before it sends anything.
        is_tombstone: whether the record was forgotten.
    """

    record: str
    row: dict[str, Any]
    is_tombstone: bool


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line that isn't a row of a ledger, and the reason."""

    file: str
    line: int
    reason: str


def read(files: Sequence[Path]) -> Iterator[Saved | UnreadableLine]:
    """Read backups line by line, in the order of the files.

    Raises:
        WrongUsage: a file can't be opened.
    """
    for path in files:
        try:
            with path.open(encoding="utf-8") as file:
                for number, text in enumerate(file, 1):
                    try:
                        yield _saved(json.loads(text))
                    except (ValueError, TypeError, KeyError, NewerVersion) as error:
                        yield UnreadableLine(path.name, number, _reason(error))
        except OSError as error:
            raise WrongUsage(f"{path}: {error.strerror}") from error


class Restore:
    """The rows in some backups that the ledger doesn't have.

    Args:
        files: the backups, latest first. If a record has several rows, the first one counts.
        there: the row keys that the ledger has.

    Attributes:
        counts: after iterating over all rows, how many `records` and `tombstones` were missing, and how many rows were
            left out: those that are `there`, and those that a file says are `forgotten`.
        unreadable: the lines that aren't rows.
    """

    def __init__(self, files: Sequence[Path], there: Collection[str]) -> None:
        self.counts: Counter[str] = Counter({"records": 0, "tombstones": 0, "there": 0, "forgotten": 0})
        self.unreadable: list[UnreadableLine] = []
        self._files = files
        self._there = there
        # This comes before any writing, so that no file brings back somebody whom another file says is forgotten.
        self._forgotten = {one.record for one in read(files) if isinstance(one, Saved) and one.is_tombstone}

    def rows(self) -> Iterator[Saved]:
        """Yield the missing rows, one per record."""
        seen: set[str] = set()
        for one in read(self._files):
            if isinstance(one, UnreadableLine):
                self.unreadable.append(one)
            elif one.record in self._forgotten and not one.is_tombstone:
                self.counts["forgotten"] += 1
            elif one.record not in seen:
                seen.add(one.record)
                if one.record in self._there:
                    self.counts["there"] += 1
                else:
                    self.counts["tombstones" if one.is_tombstone else "records"] += 1
                    yield one


def _saved(said: dict[str, Any]) -> Saved:
    record = str(said.pop("record"))
    row = {"PartitionKey": record[:2], "RowKey": record} | said
    found = record_of(row)
    if found.is_tombstone:
        # A tombstone doesn't say which enrolment it was, so it's written as is.
        return Saved(record, row, is_tombstone=True)
    if row_key(found.enrollment_id) != record:
        raise ValueError(_NOT_WHOLE)
    return Saved(record, row_of(found.restored()), is_tombstone=False)


def _reason(error: Exception) -> str:
    """Say what's wrong with a line, without quoting any of it."""
    known = isinstance(error, NewerVersion) or str(error) == _NOT_WHOLE
    return str(error) if known else f"it can't be read ({type(error).__name__})"
