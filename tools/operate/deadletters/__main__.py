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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.operate.deadletters", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {
        "list": "what lies there, and why",
        "show": "everything about one letter, with the original message",
        "redrive": "put originals back on the inbound queue",
        "purge": "remove letters for good",
    }
    made = {name: commands.add_parser(name, help=text, description=text) for name, text in texts.items()}
    for name, command in made.items():
        add_options(command)
        names = command.add_argument_group("names in the account (default: the app's)")
        names.add_argument("--queue", default=default("dead_letter_queue"), help="of dead letters (%(default)s)")
        names.add_argument("--container", default=default("dead_letter_container"), help="of bodies (%(default)s)")
        names.add_argument("--events-queue", default=default("events_queue"), help="inbound (%(default)s)")
        if name == "show":
            command.add_argument("ids", metavar="ID", nargs=1, help="its id, or how it begins")
            continue
        if name != "list":
            command.add_argument("ids", metavar="ID", nargs="*", help="these only; the beginning of an id will do")
        command.add_argument("--reason", action="append", default=[], choices=[*Reason, NO_ENVELOPE], help="repeatable")
        command.add_argument("--since", type=moment, metavar="WHEN", help="30m, 2h, 3d or an ISO 8601 time")
        command.add_argument("--older-than", type=moment, metavar="WHEN", help="the same, the other way round")
    made["list"].add_argument("--json", action="store_true", help="for scripts")
    made["redrive"].add_argument("--dry-run", action="store_true", help="say what would be done")
    made["purge"].add_argument("--yes", action="store_true", help="do it; without, say what would be done")
    return parser


def _selection(options: argparse.Namespace) -> Selection:
    found = vars(options)
    return Selection(
        ids=tuple(found.get("ids", ())),
        reasons=tuple(found.get("reason", ())),
        since=found.get("since"),
        before=found.get("older_than"),
    )


def _acts(options: argparse.Namespace) -> bool:
    """Whether the command is to change anything."""
    found = vars(options)
    return not found["dry_run"] if "dry_run" in found else bool(found.get("yes"))


async def run(options: argparse.Namespace) -> int:
    """Carry out one command; the exit code is 0 only if everything that was asked for was done."""
    async with Account.of(options) as account:
        queue = DeadLetters(
            queue=account.queue(options.queue),
            bodies=account.container(options.container),
            events=account.queue(options.events_queue),
        )
        screen.err.print(f"{account.name}/{options.queue}: hidden from other readers while we read.", style="dim")
        seconds = ACT_SECONDS if _acts(options) else LOOK_SECONDS
        letters = await queue.receive(seconds)
        held = letters
        try:
            selection = _selection(options)
            chosen = [letter for letter in letters if letter in selection]
            complaints = selection.complaints(letters)
            for complaint in complaints:
                screen.err.print(complaint, style="red", markup=False)
            if complaints:
                return 1
            code, held = await _carry_out(options, queue, chosen, letters)
            return code
        finally:
            if not await _give_back(queue, held):
                screen.err.print(f"You may not give letters back: they show again in {seconds} s.", style="dim")


async def _carry_out(
    options: argparse.Namespace, queue: DeadLetters, chosen: list[Letter], letters: list[Letter]
) -> tuple[int, list[Letter]]:
    """Do it; the exit code, and the letters that are still ours to give back."""
    if options.command == "list":
        if options.json:
            print(json.dumps([show.facts(letter) for letter in chosen], indent=2))
        else:
            show.table(chosen, screen.out)
        return 0, letters
    if options.command == "show":
        for letter in chosen:
            show.whole(letter, await _body(queue, letter), screen.out)
        return 0, letters
    redrive = options.command == "redrive"
    verb = "redriven" if redrive else "purged"
    if not _acts(options):
        show.table(chosen, screen.out)
        screen.out.print(f"Nothing was {verb}." + ("" if redrive else " With --yes these would be."), style="bold")
        return (0 if redrive else 2), letters
    failed = await _all(chosen, queue.redrive if redrive else queue.purge, verb)
    gone = {id(letter) for letter in chosen} - {id(letter) for letter in failed}
    return (1 if failed else 0), [letter for letter in letters if id(letter) not in gone]


async def _give_back(queue: DeadLetters, letters: list[Letter]) -> bool:
    with screen.progress() as progress:
        task = progress.add_task("giving back", total=sum(len(letter.messages) for letter in letters))
        return await queue.give_back(letters, lambda: progress.advance(task))


async def _body(queue: DeadLetters, letter: Letter) -> bytes | None:
    try:
        return await queue.body(letter)
    except OriginalMissing:
        return None


async def _all(letters: Sequence[Letter], act: Callable[[Letter], Awaitable[None]], verb: str) -> list[Letter]:
    """Act on all, show how far it is, and say at the end what became of them; return those that failed."""
    with screen.progress() as progress:
        task = progress.add_task(verb, total=len(letters))
        results = await each(letters, act, lambda: progress.advance(task), expected=(AzureError, OriginalMissing))
    failed = [letter for letter, error in results if error]
    for reason, count in Counter(letter.reason for letter, error in results if not error).most_common():
        screen.out.print(f"{count:6}  {reason}")
    screen.out.print(f"{len(letters) - len(failed):6}  {verb}, {len(failed)} failed", style="bold")
    for why, count in Counter(_why(error) for _, error in results if error).most_common():
        screen.err.print(f"{count:6}  {why}", style="red", markup=False)
    return failed


def _why(error: Exception) -> str:
    return explain(error) if isinstance(error, AzureError) else str(error.__doc__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. 0: done; 1: something failed; 2: used wrongly, or `--yes` is missing."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command == "purge" and _selection(options) == Selection():
        parser.error("purge what? Give ids, --reason, --since or --older-than")
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
