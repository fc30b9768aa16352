"""`lms-sync people`: which Entra user each LMS account belongs to.

Some LMSs identify their users only by their own ids (`lmsAccount` in an event).
"""

import csv
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.table import Table
from rich.text import Text

from tools.operate import screen
from tools.operate.command import PersonalSession, Session, command
from tools.operate.files import STANDARD, private
from tools.operate.people.accounts import COLUMNS, Entry, InvalidLine, read
from tools.operate.people.table import UNREADABLE, listed, load
from tools.operate.troubles import Exit, WrongUsage

app = typer.Typer(help="The table of people: which user each LMS account belongs to.", no_args_is_help=True)

Source = Annotated[str | None, typer.Option(metavar="NAME", help="Only the accounts of this LMS.")]


@command(app, "import", needs="Storage Table Data Contributor on the table of people")
async def import_(
    session: Session,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE.csv", help="In UTF-8, with the column names in the first line; - is standard input."
        ),
    ],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file and change nothing.")] = False,
) -> int:
    """Write the accounts in a CSV file to the table.

    The columns are source, id, and at least one of entraObjectId, userPrincipalName, email, employeeId. If an account
    is already in the table, its row is replaced.
    """
    lines = _read(file)
    invalid = [line for line in lines if isinstance(line, InvalidLine)]
    entries = [line for line in lines if isinstance(line, Entry)]
    for line in invalid:
        screen.error(f"line {line.line}: {line.reason}")
    if not dry_run:
        async with session.account() as account:
            await load(account.people, entries)
    if session.json:
        imported = 0 if dry_run else len(entries)
        screen.line(screen.as_json({"imported": imported, "valid": len(entries), "invalid": len(invalid)}))
    elif dry_run:
        screen.line(f"to import: {len(entries)}, invalid lines: {len(invalid)}; nothing was changed")
    else:
        screen.line(f"imported: {len(entries)}, invalid lines: {len(invalid)}")
    return Exit.FINDINGS if invalid else Exit.GOOD


@command(app, "list", needs="Storage Table Data Reader on the table of people")
async def list_(session: PersonalSession, source: Source = None) -> int:
    """List the accounts in the table. Without --show-personal-data, only say how many each LMS has."""
    async with session.account() as account:
        rows = await listed(account.people, source)
    if not session.show_personal_data:
        counts = Counter(row.get("source", "") for row in rows)
        rows = [{"source": name, "accounts": str(count)} for name, count in sorted(counts.items())]
    if session.json:
        for row in rows:
            screen.line(screen.as_json(row if session.show_personal_data else row | {"accounts": int(row["accounts"])}))
        return Exit.GOOD
    _show(rows, COLUMNS if session.show_personal_data else ("source", "accounts"))
    total = len(rows) if session.show_personal_data else counts.total()
    screen.line(f"accounts: {total}")
    return Exit.GOOD


@command(app, needs="Storage Table Data Reader on the table of people")
async def export(
    session: PersonalSession,
    file: Annotated[str, typer.Argument(metavar="FILE.csv", help="Overwritten if it exists; - is standard output.")],
    source: Source = None,
) -> int:
    """Write the accounts in the table to a CSV file that `import` takes.

    The file contains learners' ids and addresses, so you need to add --show-personal-data. Only you may read the file.
    """
    if not session.show_personal_data:
        raise WrongUsage("an export contains learners' ids and addresses: add --show-personal-data")
    async with session.account() as account:
        rows = await listed(account.people, source)
    readable = [row for row in rows if not any(value.startswith(UNREADABLE) for value in row.values())]
    with private(file) as out:
        _write(readable, out)
    for row in rows:
        if row not in readable:
            screen.error(f"left out, because the app can't read it: {row.get('source')}, {row.get('id')}")
    screen.note(f"exported: {len(readable)}, left out: {len(rows) - len(readable)}")
    return Exit.GOOD if len(readable) == len(rows) else Exit.FINDINGS


def _read(name: str) -> list[Entry | InvalidLine]:
    try:
        if name == STANDARD:
            return list(read(sys.stdin))
        with Path(name).open(encoding="utf-8-sig", newline="") as file:
            return list(read(file))
    except (OSError, ValueError, csv.Error) as error:
        raise WrongUsage(f"{name}: {getattr(error, 'strerror', None) or error}") from error


def _write(rows: Sequence[Mapping[str, str]], file: TextIO) -> None:
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)


def _show(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> None:
    shown = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        shown.add_row(*(Text(screen.visible(row.get(name, ""))) for name in columns))
    if rows:
        screen.out.print(shown)
