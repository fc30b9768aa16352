"""A mapping turns an export's rows into native events. A mapping that makes no sense is refused."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from activities.intake.parse import parse
from activities.intake.result import Understood
from tools.operate.publish.export import Export
from tools.operate.publish.mapping import PROPERTIES, ColumnMapping, WrongMapping, read_mapping

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
MAPPING = """
delimiter = ";"
timeZone = "Europe/Berlin"
timeFormat = "%d.%m.%Y %H:%M"

[columns]
enrollmentId = ["User", "Course"]
learner.employeeId = "User"
"course.externalId" = "Course"
progress.status = "State"
progress.completedAt = "Done"
assignment.dueAt = "Due"

[constants]
assignment.type = "required"

[values.progress.status]
Finished = "completed"
Running = "inProgress"
"""
ROWS = [
    "User;Course;State;Done;Due;Score",
    "471;SAFE;Finished;01.02.2026 09:30;30.06.2026 12:00;88",
    "472;SAFE;Running;;;",
]


def mapping(folder: Path, text: str) -> ColumnMapping:
    """Return the mapping that a text describes."""
    file = folder / "columns.toml"
    file.write_text(text, encoding="utf-8")
    return read_mapping(file)


def events(mapped: ColumnMapping, rows: Sequence[str], as_of: datetime | None = AS_OF) -> list[dict[str, Any]]:
    """Return the events made from rows. Make sure that the app understands each one without dropping a value."""
    items = list(Export(mapped, as_of).items(rows))
    for item in items:
        parsed = parse(item.text.encode())
        assert isinstance(parsed, Understood), parsed
        assert parsed.dropped == ()
    return [json.loads(item.text) for item in items]


def test_columns_values_and_times_are_mapped(tmp_path: Path) -> None:
    """Each row becomes one event that says where the enrolment stood. Columns that aren't mapped are ignored."""
    first, second = events(mapping(tmp_path, MAPPING), ROWS)
    assert first.pop("eventId") != second.pop("eventId")
    common = {"specVersion": "1.0", "activity": "assignment", "occurredAt": "2026-03-01T00:00:00+00:00"}
    assert first == common | {
        "enrollmentId": "471:SAFE",
        "eventType": "course.completed",
        "learner": {"employeeId": "471"},
        "course": {"externalId": "SAFE"},
        "assignment": {
            "type": "required",
            "dueAt": {"dateTime": "2026-06-30T12:00:00", "timeZone": "Europe/Berlin"},
        },
        "progress": {"status": "completed", "completedAt": "2026-02-01T09:30:00+01:00"},
    }
    assert second == common | {
        "enrollmentId": "472:SAFE",
        "eventType": "course.progressed",
        "learner": {"employeeId": "472"},
        "course": {"externalId": "SAFE"},
        "assignment": {"type": "required"},
        "progress": {"status": "inProgress"},
    }


def test_columns_may_have_the_names_of_properties() -> None:
    """If the columns are named after properties, no mapping is needed."""
    [event] = events(
        ColumnMapping(),
        [
            "eventId,eventType,occurredAt,enrollmentId,learner.lmsAccount.source,learner.lmsAccount.id,course.externalId",
            "e,course.started,2026-01-01T00:00:00Z,1,lms,42,C",
        ],
        None,
    )
    assert event == {
        "specVersion": "1.0",
        "eventId": "e",
        "eventType": "course.started",
        "occurredAt": "2026-01-01T00:00:00Z",
        "enrollmentId": "1",
        "learner": {"lmsAccount": {"source": "lms", "id": "42"}},
        "course": {"externalId": "C"},
    }


def test_the_same_row_has_the_same_id(tmp_path: Path) -> None:
    """A row gets the same id however often the file is read. Different content gets a different id."""
    mapped = mapping(tmp_path, MAPPING)
    ids = [event["eventId"] for _ in range(2) for event in events(mapped, ROWS)]
    later = [event["eventId"] for event in events(mapped, ROWS, datetime(2026, 3, 2, tzinfo=UTC))]
    assert ids[:2] == ids[2:]
    assert not set(ids) & set(later)


def test_a_system_among_several_is_named(tmp_path: Path) -> None:
    """If the mapping names a source, the events are wrapped in CloudEvents that name it."""
    mapped = mapping(tmp_path, f'source = "hr"\n{MAPPING}')
    [event, _] = events(mapped, ROWS)
    assert (event["specversion"], event["source"], event["id"]) == ("1.0", "hr", event["data"]["eventId"])


TIMES = {
    "2026-03-02T08:00:00Z": "2026-03-02T08:00:00Z",
    "2026-03-02 08:00": "2026-03-02T08:00:00+01:00",
    "2026-07-02": "2026-07-02T00:00:00+02:00",
    "yesterday": "yesterday",
}


@pytest.mark.parametrize(("cell", "time"), TIMES.items())
def test_times_without_an_offset_are_in_the_zone(cell: str, time: str) -> None:
    """Times with an offset keep it. Text that isn't a time is passed on, and the app reports it."""
    mapped = ColumnMapping(timeZone="Europe/Berlin")  # type: ignore[call-arg]  by its alias
    [item] = Export(mapped, None).items(["occurredAt,enrollmentId", f"{cell},1"])
    assert json.loads(item.text)["occurredAt"] == time


def test_a_day_in_its_own_form_is_due_at_its_end(tmp_path: Path) -> None:
    """If `timeFormat` has no time of day, the value becomes a day."""
    mapped = mapping(tmp_path, MAPPING.replace(" %H:%M", ""))
    event, _ = events(mapped, [ROWS[0], "471;SAFE;Running;;30.06.2026;", ROWS[2]])
    assert event["assignment"]["dueAt"] == {"dateTime": "2026-06-30", "timeZone": "Europe/Berlin"}


@pytest.mark.parametrize("row", ["471;SAFE;Finished", f"{ROWS[1]};more"], ids=["too few", "too many"])
def test_a_row_whose_cells_may_be_shifted_is_a_fault(tmp_path: Path, row: str) -> None:
    """A row with too few or too many cells is a fault at its line. Empty lines don't count as rows."""
    items = list(Export(mapping(tmp_path, MAPPING), AS_OF).items([ROWS[0], "", ";;;;;", row, ROWS[2]]))
    assert [(item.place, item.fault is None) for item in items] == [("4", False), ("5", True)]


WRONG = {
    "lerner.email = 'Mail'": "the native event has no property lerner.email",
    "specVersion = 'Version'": "no property specVersion",
    "learner = 'Mail'": "no property learner",
    "enrollmentId = 1": "columns",
    "assignment.type = 'Type'": "assignment.type is in columns and in constants",
}


@pytest.mark.parametrize(("line", "problem"), WRONG.items())
def test_a_mapping_that_cannot_be_meant_is_refused(tmp_path: Path, line: str, problem: str) -> None:
    """If a mapping makes no sense, the error names the key."""
    with pytest.raises(WrongMapping, match=problem):
        mapping(tmp_path, f"[columns]\n{line}\n[constants]\nassignment.type = 'required'\n")


@pytest.mark.parametrize("text", ["color = 'red'", "timeZone = 'Mars/Olympus'", "delimiter = ';;'", "columns = 3", "="])
def test_unknown_keys_and_values_are_refused(tmp_path: Path, text: str) -> None:
    """A typo in a mapping is always reported."""
    with pytest.raises(WrongMapping, match=r"^columns\.toml: "):
        mapping(tmp_path, text)


HEADERS = {
    "User,Course,State,Done,Due,Score": "there is no column 'User'",
    "User;User;Course;State;Done;Due": "more than one column 'User'",
}


@pytest.mark.parametrize(("header", "problem"), HEADERS.items())
def test_a_header_without_a_column_is_refused(tmp_path: Path, header: str, problem: str) -> None:
    """The error names the missing or repeated column. The usual cause is a wrong delimiter."""
    with pytest.raises(WrongMapping, match=problem):
        list(Export(mapping(tmp_path, MAPPING), AS_OF).items([header, ROWS[1]]))


@pytest.mark.parametrize(("header", "problem"), [("a,b", "give --mapping"), ("enrollmentId", "give --as-of")])
def test_what_is_missing_is_named(header: str, problem: str) -> None:
    """If a mapping or the time of the export is needed, the error says so before any row is read."""
    with pytest.raises(WrongMapping, match=problem):
        list(Export(ColumnMapping(), None).items([header, "1"]))


def test_the_properties_are_those_of_the_contract() -> None:
    """Properties at every depth can be mapped, except those that only group others."""
    assert {"eventId", "startsOver", "learner.email", "assignment.assigner.lmsAccount.id"} <= PROPERTIES
    assert not {"specVersion", "learner", "assignment.assigner", "progress"} & PROPERTIES
