"""Operators' command for the table of people: `python -m tools.operate.people load FILE.csv | list`.

Some LMSs identify their users only by ids of their own (`lmsAccount` in an event). The table of people says which user
in Entra each of these accounts belongs to.
"""

import argparse
import asyncio
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from azure.core.exceptions import AzureError
from rich.table import Table
from rich.text import Text

from tools.operate import screen
from tools.operate.account import Account, add_options, default, explain
from tools.operate.people.accounts import COLUMNS, REFERENCES, Entry, InvalidLine, read
from tools.operate.people.table import listed, load


def _read(name: str) -> list[Entry | InvalidLine]:
    if name == "-":
        return list(read(sys.stdin))
    with Path(name).open(encoding="utf-8-sig", newline="") as file:
        return list(read(file))


async def _load(options: argparse.Namespace) -> int:
    lines = _read(options.file)
    invalid = [line for line in lines if isinstance(line, InvalidLine)]
    entries = [line for line in lines if isinstance(line, Entry)]
    for line in invalid:
        screen.error(f"line {line.line}: {line.reason}")
    if options.dry_run:
        screen.line(f"to load: {len(entries)}, invalid lines: {len(invalid)}; nothing was changed")
        return 1 if invalid else 0
    async with Account.of(options) as account:
        await load(account.table(options.table), entries)
    screen.line(f"loaded: {len(entries)}, invalid lines: {len(invalid)}")
    return 1 if invalid else 0


async def _list(options: argparse.Namespace) -> int:
    async with Account.of(options) as account:
        rows = await listed(account.table(options.table), options.source)
    if options.json:
        print(screen.as_json(rows, indent=2))
        return 0
    shown = Table(*COLUMNS, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        shown.add_row(*(Text(screen.visible(row.get(name, ""))) for name in COLUMNS))
    if rows:
        screen.out.print(shown)
    screen.line(f"accounts: {len(rows)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.operate.people", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    loading = commands.add_parser("load", help="write the accounts in a CSV file to the table")
    loading.add_argument(
        "file",
        help=f"UTF-8, with columns source, id and at least one of {', '.join(REFERENCES)}; - reads standard input",
    )
    loading.add_argument("--dry-run", action="store_true", help="check the file and change nothing")
    loading.set_defaults(run=_load)
    listing = commands.add_parser("list", help="list the accounts in the table")
    listing.add_argument("--source", help="only the accounts of this LMS")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run=_list)
    for command in (loading, listing):
        add_options(command)
        command.add_argument("--table", default=default("people_table"), help="name of the table (%(default)s)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. 0: done; 1: some lines are invalid, or storage refused; 2: wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        return int(asyncio.run(options.run(options)))
    except AzureError as error:
        screen.error(explain(error))
        return 1
    except (ValueError, OSError, csv.Error) as error:
        screen.error(str(error))
        return 2


if __name__ == "__main__":
    sys.exit(main())
