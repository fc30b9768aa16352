"""Operators' command for the table of people: `python -m tools.operate.people load FILE.csv | list`.

An LMS that knows its users only by its own ids names them so in its events (`lmsAccount`); the table says who they are
in Entra.
"""

import argparse
import asyncio
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from azure.core.exceptions import AzureError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient
from rich.table import Table
from rich.text import Text

from tools.operate import screen
from tools.operate.account import Account, add_options, default, explain
from tools.operate.each import each
from tools.operate.people.rows import ACCOUNT, WAYS, Bad, Entry, read


async def load(table: TableClient, entries: Sequence[Entry]) -> None:
    """Write entries over what the table says; writing them again changes nothing.

    Raises:
        AzureError: storage refused; what was written before that stays.
    """
    with screen.progress() as progress:
        task = progress.add_task("loading", total=len(entries))

        async def write(entry: Entry) -> None:
            await table.upsert_entity(entry.row, mode=UpdateMode.REPLACE)

        for _, error in await each(entries, write, lambda: progress.advance(task)):
            if error:
                raise error


def _read(name: str) -> list[Entry | Bad]:
    if name == "-":
        return list(read(sys.stdin))
    with Path(name).open(encoding="utf-8-sig", newline="") as file:
        return list(read(file))


async def _load(options: argparse.Namespace) -> int:
    found = _read(options.file)
    bad = [row for row in found if isinstance(row, Bad)]
    good = [row for row in found if isinstance(row, Entry)]
    for row in bad:
        screen.err.print(f"line {row.line}: {row.why}", style="red", markup=False)
    if options.dry_run:
        screen.out.print(f"to load: {len(good)}, wrong lines: {len(bad)}; nothing was changed")
        return 1 if bad else 0
    async with Account.of(options) as account:
        await load(account.table(options.table), good)
    screen.out.print(f"loaded: {len(good)}, wrong lines: {len(bad)}")
    return 1 if bad else 0


async def _list(options: argparse.Namespace) -> int:
    async with Account.of(options) as account:
        rows = [
            {name: str(row[name]) for name in (*ACCOUNT, *WAYS) if row.get(name)}
            async for row in account.table(options.table).list_entities(select=[*ACCOUNT, *WAYS])
            if options.source in (None, row.get("source"))
        ]
    rows.sort(key=lambda row: (row.get("source", ""), row.get("id", "")))
    if options.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    shown = Table(*ACCOUNT, *WAYS, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        shown.add_row(*(Text(row.get(name, "")) for name in (*ACCOUNT, *WAYS)))
    if rows:
        screen.out.print(shown)
    screen.out.print(f"accounts: {len(rows)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.operate.people", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    loading = commands.add_parser("load", help="write the rows of a CSV file over the table's")
    loading.add_argument("file", help=f"UTF-8, columns source, id and one or more of {', '.join(WAYS)}; - for stdin")
    loading.add_argument("--dry-run", action="store_true", help="check the file, change nothing")
    loading.set_defaults(run=_load)
    listing = commands.add_parser("list", help="what the table says")
    listing.add_argument("--source", help="of this LMS only")
    listing.add_argument("--json", action="store_true", help="for scripts")
    listing.set_defaults(run=_list)
    for command in (loading, listing):
        add_options(command)
        command.add_argument("--table", default=default("people_table"), help="its name (%(default)s)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. 0: done; 1: some lines are wrong, or storage refused; 2: used wrongly."""
    options = _parser().parse_args(arguments)
    try:
        return int(asyncio.run(options.run(options)))
    except AzureError as error:
        screen.err.print(explain(error), style="red", markup=False)
        return 1
    except (ValueError, OSError, csv.Error) as error:
        screen.err.print(str(error), style="red", markup=False)
        return 2


if __name__ == "__main__":
    sys.exit(main())
