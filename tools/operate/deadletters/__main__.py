"""Operators' command for dead letters: `python -m tools.operate.deadletters list | show | redrive | purge`."""

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from azure.core.exceptions import AzureError

from activities.domain.outcomes import Reason
from tools.operate import screen
from tools.operate.account import Account, add_options, default, explain
from tools.operate.deadletters import show
from tools.operate.deadletters.letters import (
    ACT_SECONDS,
    LOOK_SECONDS,
    NO_ENVELOPE,
    DeadLetters,
    Letter,
    OriginalMissing,
)
from tools.operate.deadletters.selection import Selection, moment
from tools.operate.each import each

_COMMANDS = {
    "list": "list the dead letters with their reasons",
    "show": "show one dead letter with the original message",
    "redrive": "put original messages back on the inbound queue",
    "purge": "delete dead letters",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.operate.deadletters", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True)
    commands = {name: subparsers.add_parser(name, help=text, description=text) for name, text in _COMMANDS.items()}
    for name, command in commands.items():
        add_options(command)
        names = command.add_argument_group("names in the account (default: those of the app)")
        names.add_argument("--queue", default=default("dead_letter_queue"), help="dead-letter queue (%(default)s)")
        names.add_argument(
            "--container", default=default("dead_letter_container"), help="container for large bodies (%(default)s)"
        )
        names.add_argument("--events-queue", default=default("events_queue"), help="inbound queue (%(default)s)")
        if name == "show":
            command.add_argument("ids", metavar="ID", nargs=1, help="id, or its beginning")
            continue
        if name != "list":
            command.add_argument("ids", metavar="ID", nargs="*", help="only these; the beginning of an id is enough")
        command.add_argument(
            "--reason", action="append", default=[], choices=[*Reason, NO_ENVELOPE], help="only this reason; repeatable"
        )
        command.add_argument("--since", type=moment, metavar="WHEN", help="not older: 30m, 2h, 3d or an ISO 8601 time")
        command.add_argument("--older-than", type=moment, metavar="WHEN", help="older: 30m, 2h, 3d or an ISO 8601 time")
    commands["list"].add_argument("--json", action="store_true", help="print JSON")
    commands["redrive"].add_argument("--dry-run", action="store_true", help="only list the letters to redrive")
    commands["purge"].add_argument("--yes", action="store_true", help="delete; without it, only list the letters")
    return parser


def _selection(options: argparse.Namespace) -> Selection:
    given = vars(options)
    return Selection(
        ids=tuple(given.get("ids", ())),
        reasons=tuple(given.get("reason", ())),
        since=given.get("since"),
        before=given.get("older_than"),
    )


def _changes_letters(options: argparse.Namespace) -> bool:
    """Whether the command redrives or deletes letters, instead of only reading them."""
    given = vars(options)
    return not given["dry_run"] if "dry_run" in given else bool(given.get("yes"))


async def run(options: argparse.Namespace) -> int:
    """Run one command; the exit code is 0 only if it did everything that it was told to do."""
    async with Account.of(options) as account:
        queue = DeadLetters(
            queue=account.queue(options.queue),
            bodies=account.container(options.container),
            events=account.queue(options.events_queue),
        )
        screen.err.print(f"Reading {account.name}/{options.queue}: its letters are hidden from others.", style="dim")
        seconds = ACT_SECONDS if _changes_letters(options) else LOOK_SECONDS
        letters = await queue.receive(seconds)
        kept = letters
        try:
            selection = _selection(options)
            errors = selection.errors(letters)
            for error in errors:
                screen.err.print(error, style="red", markup=False)
            if errors:
                return 1
            selected = [letter for letter in letters if letter in selection]
            code, removed = await _execute(options, queue, selected)
            kept = [letter for letter in letters if letter not in removed]
            return code
        finally:
            if not await _give_back(queue, kept):
                screen.err.print(f"You may not give letters back: they are visible again in {seconds} s.", style="dim")


async def _execute(options: argparse.Namespace, queue: DeadLetters, letters: list[Letter]) -> tuple[int, set[Letter]]:
    """Run the command on the selected letters; return the exit code, and the letters that it removed."""
    if options.command == "list":
        if options.json:
            print(json.dumps([show.facts(letter) for letter in letters], indent=2))
        else:
            show.table(letters, screen.out)
        return 0, set()
    if options.command == "show":
        for letter in letters:
            show.in_full(letter, await _body(queue, letter), screen.out)
        return 0, set()
    redrive = options.command == "redrive"
    verb = "redriven" if redrive else "purged"
    if not _changes_letters(options):
        show.table(letters, screen.out)
        screen.out.print(f"Nothing was {verb}." + ("" if redrive else " Add --yes to purge these."), style="bold")
        return (0 if redrive else 2), set()
    failed = await _all(letters, queue.redrive if redrive else queue.purge, verb)
    return (1 if failed else 0), set(letters) - failed


async def _give_back(queue: DeadLetters, letters: list[Letter]) -> bool:
    with screen.progress() as progress:
        task = progress.add_task("giving back", total=sum(len(letter.messages) for letter in letters))
        return await queue.give_back(letters, lambda: progress.advance(task))


async def _body(queue: DeadLetters, letter: Letter) -> bytes | None:
    try:
        return await queue.body(letter)
    except OriginalMissing:
        return None


async def _all(letters: Sequence[Letter], act: Callable[[Letter], Awaitable[None]], verb: str) -> set[Letter]:
    """Redrive or purge letters, show the progress and print a summary; return the letters that failed."""
    with screen.progress() as progress:
        task = progress.add_task(verb, total=len(letters))
        results = await each(letters, act, lambda: progress.advance(task), expected=(AzureError, OriginalMissing))
    failed = {letter for letter, error in results if error}
    for reason, count in Counter(letter.reason for letter, error in results if not error).most_common():
        screen.out.print(f"{count:6}  {reason}")
    screen.out.print(f"{len(letters) - len(failed):6}  {verb}, {len(failed)} failed", style="bold")
    for why, count in Counter(_explain(error) for _, error in results if error).most_common():
        screen.err.print(f"{count:6}  {why}", style="red", markup=False)
    return failed


def _explain(error: Exception) -> str:
    return explain(error) if isinstance(error, AzureError) else str(error.__doc__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. 0: done; 1: something failed; 2: wrong usage, or `--yes` is missing."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command == "purge" and _selection(options) == Selection():
        parser.error("select the letters to purge: give ids, --reason, --since or --older-than")
    try:
        return asyncio.run(run(options))
    except AzureError as error:
        screen.err.print(explain(error), style="red", markup=False)
    except ValueError as error:
        screen.err.print(str(error), style="red", markup=False)
        return 2
    return 1


if __name__ == "__main__":
    sys.exit(main())
