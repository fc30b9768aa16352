"""LMS accounts and the people behind them: rows of the table of people, read from a CSV file."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from activities.domain.event_parts import LmsAccount, Person
from activities.domain.event_reading import complaint
from activities.storage import people
from activities.storage.keys import keys

ACCOUNT = ("source", "id")
REFERENCES: tuple[str, ...] = people.COLUMNS
COLUMNS = (*ACCOUNT, *REFERENCES)


@dataclass(frozen=True, slots=True)
class Entry:
    """An LMS account and a reference to the person behind it, in the form in which the app looks it up."""

    source: str
    id: str
    kind: str
    value: str

    @property
    def row(self) -> dict[str, str]:
        """The row in the table."""
        partition, row = keys(f"{self.source}\n{self.id}")
        return {"PartitionKey": partition, "RowKey": row, "source": self.source, "id": self.id, self.kind: self.value}


@dataclass(frozen=True, slots=True)
class InvalidLine:
    """A line that can't be loaded, and the reason."""

    line: int
    reason: str


def read(lines: Iterator[str]) -> Iterator[Entry | InvalidLine]:
    """Read a CSV file. A line that repeats an earlier one is skipped.

    Raises:
        ValueError: the header is wrong.
    """
    rows = csv.DictReader(lines, strict=True)
    columns = [name.strip() for name in rows.fieldnames or ()]
    unknown = set(columns) - set(COLUMNS)
    if not set(ACCOUNT) <= set(columns) or not set(REFERENCES) & set(columns) or unknown:
        raise ValueError(
            f"the first line must name the columns source, id and at least one of {', '.join(REFERENCES)}, "
            "separated by commas, and no others"
        )
    rows.fieldnames = columns
    seen: dict[tuple[str, str], tuple[int, Entry]] = {}
    for row in rows:
        line = rows.line_num
        try:
            entry = _entry(row)
        except ValidationError as error:
            yield InvalidLine(line, complaint(error))
            continue
        except ValueError as error:
            yield InvalidLine(line, str(error))
            continue
        first_line, first = seen.setdefault((entry.source, entry.id), (line, entry))
        if first != entry:
            yield InvalidLine(line, f"line {first_line} names another person for this account")
        elif first_line == line:
            yield entry


def _entry(row: Mapping[str | None, str | None]) -> Entry:
    if None in row:
        raise ValueError("more cells than columns")
    cells = {str(name): value.strip() for name, value in row.items() if value and value.strip()}
    kinds = [kind for kind in REFERENCES if kind in cells]
    if len(kinds) != 1:
        raise ValueError(f"needs exactly one of {', '.join(REFERENCES)}, has {len(kinds)}")
    account = LmsAccount.model_validate({name: cells.get(name) for name in ACCOUNT})
    # The rules for a reference are the same as in an event.
    kind, value = Person.model_validate({kinds[0]: cells[kinds[0]]}).reference
    return Entry(account.source, account.id, kind, value)
