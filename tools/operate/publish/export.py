"""Turns the rows of an export into native events. Each event says how things stood with one enrolment."""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from activities.domain.events import SPEC_VERSION
from activities.domain.instants import read_time
from activities.domain.zones import zone_of
from activities.intake.json_body import dumps
from tools.operate.publish.items import Item, as_item, in_ascii
from tools.operate.publish.mapping import PROPERTIES, ColumnMapping, WrongMapping

_DUE = "assignment.dueAt"
_INSTANTS = ("occurredAt", "assignment.assignedAt", "progress.startedAt", "progress.completedAt")
_TIME_OF_DAY = ("%H", "%I", "%X", "%c", "%T")
_BETWEEN = ":"


class Export:
    """Turns the rows of a CSV file into native events. The same file always gives the same events.

    Args:
        mapping: what the columns mean.
        as_of: when the export was made, with an offset. It's the `occurredAt` of rows that don't have one.
    """

    def __init__(self, mapping: ColumnMapping, as_of: datetime | None) -> None:
        self._mapping = mapping
        self._as_of = as_of
        self._zone = None if mapping.time_zone is None else zone_of(mapping.time_zone)

    def items(self, lines: Iterable[str]) -> Iterator[Item]:
        """Yield the event of each row. Empty rows are skipped. A row with too many or too few cells gets a fault.

        Raises:
            WrongMapping: the header lacks a column of the mapping, or nothing says when the rows occurred.
            csv.Error: the file isn't CSV.
        """
        reader = csv.reader(lines, delimiter=self._mapping.delimiter)
        header = [name.strip() for name in next(reader, [])]
        columns = self._columns(header)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            place = str(reader.line_num)
            if len(cells) != len(header):
                yield Item(place, "", f"{len(cells)} cells, but {len(header)} columns")
                continue
            yield as_item(place, in_ascii(dumps(self._event([cell.strip() for cell in cells], columns))))

    def _columns(self, header: Sequence[str]) -> dict[str, list[int]]:
        """Return the positions of each property's columns."""
        mapping = self._mapping
        named = {name: [name] for name in header if name in PROPERTIES - mapping.constants.keys()} | mapping.columns
        for name in dict.fromkeys(column for several in named.values() for column in several):
            if header.count(name) != 1:
                problem = "no column" if name not in header else "more than one column"
                raise WrongMapping(f"there is {problem} {name!r}; is the delimiter {mapping.delimiter!r}?")
        if not named:
            raise WrongMapping("no column is named after a property of the native event: give --mapping")
        if self._as_of is None and not {"occurredAt"} & (named.keys() | mapping.constants.keys()):
            raise WrongMapping("no column says when a row occurred: give --as-of, the time of the export")
        return {name: [header.index(column) for column in several] for name, several in named.items()}

    def _event(self, cells: Sequence[str], columns: dict[str, list[int]]) -> dict[str, Any]:
        values: dict[str, Any] = dict(self._mapping.constants)
        for name, positions in columns.items():
            found = [cells[position] for position in positions]
            if all(found):
                values[name] = self._value(name, _BETWEEN.join(found))
        if self._as_of is not None:
            values.setdefault("occurredAt", self._as_of.isoformat())
        return self._wrapped(_completed(_nested(values)))

    def _value(self, name: str, text: str) -> object:
        known = self._mapping.values.get(name, {})
        if text in known:
            return known[text]
        return self._time(name, text) if name == _DUE or name in _INSTANTS else text

    def _time(self, name: str, text: str) -> object:
        """Return a time as the contract wants it. Text that can't be read stays as it is, for the app to judge."""
        pattern, zone = self._mapping.time_format, self._mapping.time_zone
        try:
            if pattern is not None:
                time = datetime.strptime(text, pattern)  # noqa: DTZ007  its zone is added below
                is_day = not any(code in pattern for code in _TIME_OF_DAY)
                text = time.date().isoformat() if is_day else time.isoformat()
            if name == _DUE:
                return text if zone is None or _has_offset(text) else {"dateTime": text, "timeZone": zone}
            time = datetime.fromisoformat(text) if _is_day(text) else read_time(text)
        except ValueError:
            return text
        return text if time.tzinfo is not None or self._zone is None else time.replace(tzinfo=self._zone).isoformat()

    def _wrapped(self, event: dict[str, Any]) -> dict[str, Any]:
        """Wrap the event in a CloudEvent that names its source, if the mapping has one."""
        source = self._mapping.source
        if source is None:
            return event
        attributes = {"specversion": "1.0", "id": event["eventId"], "source": source, "type": event["eventType"]}
        return attributes | {"data": event}


def _nested(values: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = {"specVersion": SPEC_VERSION}
    for path, value in values.items():
        *outer, name = path.split(".")
        part = event
        for one in outer:
            part = part.setdefault(one, {})
        part[name] = value
    return event


def _completed(event: dict[str, Any]) -> dict[str, Any]:
    """Add what follows from the rest: the event's type, the activity's kind, and an id made from the content.

    A row says how things stand, not that something happened. So the type isn't `course.assigned` unless the row says
    so: it would change the date of an assignment if the row doesn't give one.
    """
    progress = event.get("progress", {})
    status = progress.get("status", "completed" if "completedAt" in progress else None)
    event.setdefault("eventType", "course.completed" if status == "completed" else "course.progressed")
    if "assignment" in event:
        event.setdefault("activity", "assignment")
    if "eventId" not in event:
        text = json.dumps(event, sort_keys=True)
        event["eventId"] = f"export-{hashlib.sha256(text.encode()).hexdigest()[:32]}"
    return event


def _is_day(text: str) -> bool:
    return len(text) == len("2026-03-02") and text.count("-") == len("--")


def _has_offset(text: str) -> bool:
    try:
        return read_time(text).tzinfo is not None
    except ValueError:
        return False
