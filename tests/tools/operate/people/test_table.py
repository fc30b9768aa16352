"""Operators load and list the table of people."""

import stat
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import EdmType, EntityProperty

from activities.domain.terms import Reference
from activities.settings import Settings
from activities.storage.people import People
from tests.tools.operate.conftest import Run
from tools.operate.account import Account

OBJECT_ID = "7ba2228a-e020-11ec-9d64-0242ac120002"
HEADER = "source,id,entraObjectId,userPrincipalName,email,employeeId\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of people as a spreadsheet program writes it, with a byte order mark."""
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
    """Return the accounts that `list --json --show-personal-data` prints."""
    return (await run("people", "list", "--json", "--show-personal-data", *arguments)).objects


async def test_load_writes_every_kind_of_reference(run: Run, file: Path) -> None:
    """Each kind of reference is stored in the form that the app compares. Loading it twice changes nothing."""
    for _ in range(2):
        ran = await run("people", "import", str(file))
        assert (ran.code, ran.out) == (0, "imported: 4, invalid lines: 0\n")
        assert await listed(run) == [
            {"source": "canvas", "id": "17", "email": "alex@contoso.example"},
            {"source": "moodle", "id": "17", "entraObjectId": OBJECT_ID},
            {"source": "moodle", "id": "18", "userPrincipalName": "adele.vance@contoso.example"},
            {"source": "moodle", "id": 'a, "b"', "employeeId": "E-0042"},
        ]


async def test_the_app_finds_loaded_accounts(run: Run, file: Path, account: Account, settings: Settings) -> None:
    """For each account in the table, the app finds its reference."""
    await run("people", "import", str(file))
    people = People(account.table(settings.people_table))
    assert await people.find("moodle\n17") == Reference("entraObjectId", OBJECT_ID)
    assert await people.find("moodle\n18") == Reference("userPrincipalName", "adele.vance@contoso.example")
    assert await people.find('moodle\na, "b"') == Reference("employeeId", "E-0042")
    assert await people.find("canvas\n17") == Reference("email", "alex@contoso.example")


async def test_another_reference_replaces_the_earlier_one(run: Run, tmp_path: Path) -> None:
    """If a person is loaded by address and later by object id, only the object id is stored."""
    for cells in (",,adele@contoso.example,", f"{OBJECT_ID},,,"):
        (tmp_path / "people.csv").write_text(f"{HEADER}moodle,17,{cells}\n")
        assert (await run("people", "import", str(tmp_path / "people.csv"))).code == 0
    assert await listed(run) == [{"source": "moodle", "id": "17", "entraObjectId": OBJECT_ID}]


async def test_invalid_lines_are_reported_and_the_others_loaded(run: Run, tmp_path: Path) -> None:
    """The operator is told which lines to correct. The other lines are loaded."""
    rows = ["moodle,1,,,a@contoso.example,", "moodle,2,not an id,,,", "moodle,3,,,,", "moodle,4,,,,E-4"]
    (tmp_path / "people.csv").write_text(HEADER + "\n".join(rows))
    ran = await run("people", "import", str(tmp_path / "people.csv"))
    assert (ran.code, ran.out) == (1, "imported: 2, invalid lines: 2\n")
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == ["line 3", "line 4"]
    assert [row["id"] for row in await listed(run)] == ["1", "4"]


async def test_dry_run_changes_nothing(run: Run, file: Path) -> None:
    """With `--dry-run` the file is only checked."""
    ran = await run("people", "import", "--dry-run", str(file))
    assert ran.code == 0
    assert "to import: 4" in ran.out
    assert await listed(run) == []


async def test_the_list_can_be_limited_to_one_source(run: Run, file: Path) -> None:
    """With `--source`, only that LMS's accounts are listed."""
    await run("people", "import", str(file))
    ran = await run("people", "list", "--source", "canvas", "--show-personal-data")
    assert "alex@contoso.example" in ran.out
    assert ran.out.endswith("accounts: 1\n")


async def test_the_list_shows_what_the_app_reads(run: Run, account: Account, settings: Settings) -> None:
    """Other tools may store numbers. A number that the app can't read is marked."""
    table = account.table(settings.people_table)
    for number, value in enumerate((EntityProperty(42, EdmType.INT64), 42.0, 42.5)):
        row = {"PartitionKey": "p", "RowKey": str(number), "source": "moodle", "id": str(number), "employeeId": value}
        await table.upsert_entity(row)
    assert [row["employeeId"] for row in await listed(run)] == ["42", "42", "unreadable: 42.5"]


async def test_what_was_loaded_is_shown_and_not_obeyed(run: Run, tmp_path: Path) -> None:
    """An account with control characters in its id can't clear the operator's screen."""
    account = "[bold]a[/bold] \x9b2J\u202e"
    (tmp_path / "people.csv").write_text(f"{HEADER}moodle,{account},{OBJECT_ID},,,\n")
    assert (await run("people", "import", str(tmp_path / "people.csv"))).code == 0
    assert [row["id"] for row in await listed(run)] == [account]
    for arguments in (["list"], ["list", "--json"]):
        ran = await run("people", *arguments, "--show-personal-data")
        assert "[bold]a[/bold] \\" in ran.out
        assert ran.out.replace("\n", "").isprintable()


@pytest.mark.parametrize("header", ["source;id;email", "id,email", "source,id", "source,id,email,phone", ""])
async def test_a_file_with_a_wrong_header_is_refused(run: Run, tmp_path: Path, header: str) -> None:
    """A file with a wrong header isn't loaded, and the error names the required columns."""
    (tmp_path / "people.csv").write_text(f"{header}\nm,1,a@contoso.example\n")
    ran = await run("people", "import", str(tmp_path / "people.csv"))
    assert ran.code == 2
    assert "source, id" in ran.err


async def test_a_missing_file_or_table_is_reported(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file is wrong usage. If the table is missing, the error says so."""
    assert (await run("people", "import", "no-such-file.csv")).code == 2
    monkeypatch.setenv("PEOPLE_TABLE", "nosuchtable")
    ran = await run("people", "import", str(file))
    assert ran.code == 1
    assert "TableNotFound" in ran.err


async def test_without_being_asked_people_are_only_counted(run: Run, file: Path) -> None:
    """Learners' ids and addresses are listed and exported only with `--show-personal-data`."""
    await run("people", "import", str(file))
    ran = await run("people", "list", "--json")
    assert ran.objects == [{"source": "canvas", "accounts": 1}, {"source": "moodle", "accounts": 3}]
    ran = await run("people", "list")
    assert "contoso" not in ran.out
    assert ran.out.endswith("accounts: 4\n")
    ran = await run("people", "export", "-")
    assert (ran.code, ran.out) == (2, "")


async def test_what_was_exported_can_be_imported(run: Run, file: Path, tmp_path: Path) -> None:
    """The file has all accounts, and only its owner may read it. Importing it changes nothing."""
    await run("people", "import", str(file))
    before, exported = await listed(run), tmp_path / "exported.csv"
    exported.touch(0o644)
    assert (await run("people", "export", str(exported), "--show-personal-data")).code == 0
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600
    assert (await run("people", "import", str(exported))).out == "imported: 4, invalid lines: 0\n"
    assert await listed(run) == before


async def test_an_export_says_what_it_leaves_out(run: Run, account: Account, settings: Settings) -> None:
    """A value that the app can't read is left out, because it couldn't be imported."""
    table = account.table(settings.people_table)
    value = EntityProperty(42.5, EdmType.DOUBLE)
    await table.upsert_entity({"PartitionKey": "p", "RowKey": "1", "source": "moodle", "id": "1", "employeeId": value})
    ran = await run("people", "export", "-", "--show-personal-data")
    assert (ran.code, len(ran.out.splitlines())) == (1, 1)
    assert "moodle, 1" in ran.err
