"""Operators load who an LMS's accounts are in Entra."""

import json
from pathlib import Path
from typing import Any

import pytest

from activities.domain.outcomes import Action, Done
from activities.service import Service
from tests.tools.operate.conftest import Run
from tools.develop.simulator import Simulator, User
from tools.operate.people.__main__ import main
from tools.operate.people.accounts import Entry, InvalidLine, read

OBJECT_ID = "7ba2228a-e020-11ec-9d64-0242ac120002"
HEADER = "source,id,entraObjectId,userPrincipalName,email,employeeId\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of people, as a spreadsheet program writes it: with a byte order mark."""
    path = tmp_path / "people.csv"
    rows = [
        f"moodle,17,{OBJECT_ID.upper()},,,",
        "moodle,18,,Adele.Vance@contoso.example,,",
        'moodle,"a, ""b""",,,,E-0042',
        "canvas,17,,, ALEX@contoso.example ,",
    ]
    path.write_text("\ufeff" + HEADER + "\r\n".join(rows), encoding="utf-8", newline="")
    return path


async def listed(run: Run, *arguments: str) -> list[dict[str, Any]]:
    """What `list --json` says."""
    found: list[dict[str, Any]] = json.loads((await run(main, "list", "--json", *arguments)).out)
    return found


async def test_load_writes_what_the_app_looks_up(run: Run, file: Path) -> None:
    """Every way to name a person is taken, in the form in which the app compares it; loading again changes nothing."""
    for _ in range(2):
        ran = await run(main, "load", str(file))
        assert (ran.code, ran.out) == (0, "loaded: 4, invalid lines: 0\n")
        assert await listed(run) == [
            {"source": "canvas", "id": "17", "email": "alex@contoso.example"},
            {"source": "moodle", "id": "17", "entraObjectId": OBJECT_ID},
            {"source": "moodle", "id": "18", "userPrincipalName": "adele.vance@contoso.example"},
            {"source": "moodle", "id": 'a, "b"', "employeeId": "E-0042"},
        ]


@pytest.mark.parametrize("number", [17, 18])
async def test_a_loaded_account_leads_to_an_activity(
    run: Run, file: Path, service: Service, simulator: Simulator, number: int
) -> None:
    """An event that names a learner by the LMS's own id reaches the person whom the table names."""
    simulator.configure(users=[User(id=OBJECT_ID, user_principal_name="adele.vance@contoso.example")])
    await run(main, "load", str(file))
    event = {
        "specVersion": "1.0",
        "eventId": "1",
        "eventType": "course.started",
        "occurredAt": "2026-01-15T09:00:00+00:00",
        "enrollmentId": "e-1",
        "learner": {"lmsAccount": {"source": "moodle", "id": str(number)}},
        "course": {"learningContentId": "c-1"},
    }
    assert await service.handler.event(json.dumps(event).encode()) == Done(Action.CREATED)
    assert [activity.body["learnerUserId"] for activity in simulator.activities] == [OBJECT_ID]


async def test_another_way_replaces_the_one_before(run: Run, tmp_path: Path) -> None:
    """A person first known by address and then by object id is known by the object id alone."""
    for cells in (",,adele@contoso.example,", f"{OBJECT_ID},,,"):
        (tmp_path / "people.csv").write_text(f"{HEADER}moodle,17,{cells}\n")
        assert (await run(main, "load", str(tmp_path / "people.csv"))).code == 0
    assert await listed(run) == [{"source": "moodle", "id": "17", "entraObjectId": OBJECT_ID}]


async def test_wrong_lines_are_named_and_the_others_loaded(run: Run, tmp_path: Path) -> None:
    """An operator learns which lines to mend; the rest is in the table."""
    rows = ["moodle,1,,,a@contoso.example,", "moodle,2,not an id,,,", "moodle,3,,,,", "moodle,4,,,,E-4"]
    (tmp_path / "people.csv").write_text(HEADER + "\n".join(rows))
    ran = await run(main, "load", str(tmp_path / "people.csv"))
    assert (ran.code, ran.out) == (1, "loaded: 2, invalid lines: 2\n")
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == ["line 3", "line 4"]
    assert [row["id"] for row in await listed(run)] == ["1", "4"]


async def test_dry_run_changes_nothing(run: Run, file: Path) -> None:
    """A rehearsal checks the file only."""
    ran = await run(main, "load", "--dry-run", str(file))
    assert ran.code == 0
    assert "to load: 4" in ran.out
    assert await listed(run) == []


async def test_list_of_one_source(run: Run, file: Path) -> None:
    """The accounts of one LMS, for people."""
    await run(main, "load", str(file))
    ran = await run(main, "list", "--source", "canvas")
    assert "alex@contoso.example" in ran.out
    assert ran.out.endswith("accounts: 1\n")


BAD = {
    "no way": ("m,1,,,,", "exactly one of"),
    "two ways": (f"m,1,{OBJECT_ID},,a@contoso.example,", "exactly one of"),
    "no id": ("m,,,,a@contoso.example,", "id"),
    "no source": (",1,,,a@contoso.example,", "source"),
    "no object id": ("m,1,7ba2228a,,,", "entraObjectId"),
    "too many cells": ("m,1,,,a@contoso.example,,7", "more cells"),
}


@pytest.mark.parametrize(("row", "why"), BAD.values(), ids=BAD)
def test_bad_rows(row: str, why: str) -> None:
    """A row that is not one account and one person is refused with its reason."""
    (found,) = read(iter([HEADER, row]))
    assert isinstance(found, InvalidLine)
    assert found.line == 2
    assert why in found.reason


def test_an_account_of_two_people_is_refused() -> None:
    """The second of two lines that contradict each other is refused; a mere repetition is not."""
    rows = ["m,1,,,a@contoso.example,\n", "m,1,,,A@contoso.example,\n", "m,1,,,b@contoso.example,\n"]
    found = list(read(iter([HEADER, *rows])))
    assert found == [
        Entry("m", "1", "email", "a@contoso.example"),
        InvalidLine(4, "line 2 names another person for this account"),
    ]


@pytest.mark.parametrize("header", ["source;id;email", "id,email", "source,id", "source,id,email,phone", ""])
async def test_wrong_header(run: Run, tmp_path: Path, header: str) -> None:
    """A file that is not this table is refused whole, with the columns that are needed."""
    (tmp_path / "people.csv").write_text(f"{header}\nm,1,a@contoso.example\n")
    ran = await run(main, "load", str(tmp_path / "people.csv"))
    assert ran.code == 2
    assert "source, id" in ran.err


async def test_missing_file_and_table(run: Run, file: Path) -> None:
    """What is not there is named in one line."""
    assert (await run(main, "load", "no-such-file.csv")).code == 2
    ran = await run(main, "load", str(file), "--table", "nosuchtable")
    assert ran.code == 1
    assert "TableNotFound" in ran.err
