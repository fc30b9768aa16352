"""The rows of the table of people, and how they are read from a CSV file."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from activities.domain.event_parts import LmsAccount, Person
from activities.domain.events import complaint
from activities.storage.keys import keys

ACCOUNT = ("source", "id")
WAYS = ("entraObjectId", "userPrincipalName", "email", "employeeId")


@dataclass(frozen=True, slots=True)
class Entry:
    """An account of an LMS and the person behind it; `value` is as the app looks it up."""

    source: str
    id: str
    way: str
    value: str

    @property
    def row(self) -> dict[str, str]:
        """The row of the table."""
        partition, row = keys(f"{self.source}\n{self.id}")
        return {"PartitionKey": partition, "RowKey": row, **self.facts}

    @property
    def facts(self) -> dict[str, str]:
        """The columns that mean something to people."""
        return {"source": self.source, "id": self.id, self.way: self.value}


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that cannot be loaded, and why."""

    line: int
    why: str


def read(lines: Iterator[str]) -> Iterator[Entry | Bad]:
    """The rows of a CSV file.

    Raises:
        ValueError: the header is not one of this table.
    """
    rows = csv.DictReader(lines, strict=True)
    columns = [name.strip() for name in rows.fieldnames or ()]
    unknown = set(columns) - {*ACCOUNT, *WAYS}
    if not set(ACCOUNT) <= set(columns) or not set(WAYS) & set(columns) or unknown:
        raise ValueError(f"the first line must name the columns source, id and at least one of {', '.join(WAYS)}")
    rows.fieldnames = columns
    seen: dict[tuple[str, str], tuple[int, Entry]] = {}
    for row in rows:
        line = rows.line_num
        try:
            entry = _entry(row)
        except ValidationError as error:
            yield Bad(line, complaint(error))
            continue
        except ValueError as error:
            yield Bad(line, str(error))
            continue
        before, same = seen.setdefault((entry.source, entry.id), (line, entry))
        if same != entry:
            yield Bad(line, f"line {before} says somebody else for this account")
        elif before == line:
            yield entry


def _entry(row: Mapping[str | None, str | None]) -> Entry:
    if None in row:
        raise ValueError("more cells than columns")
    cells = {str(name): value.strip() for name, value in row.items() if value and value.strip()}
    ways = [way for way in WAYS if way in cells]
    if len(ways) != 1:
        raise ValueError(f"needs exactly one of {', '.join(WAYS)}, has {len(ways)}")
    account = LmsAccount.model_validate({name: cells.get(name) for name in ACCOUNT})
    # The event's own rules: what an event may say about a person, the table may say, and nothing else.
    way, value = Person.model_validate({ways[0]: cells[ways[0]]}).reference
    return Entry(account.source, account.id, way, value)
