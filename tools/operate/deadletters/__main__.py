"""Operators' command for dead letters: `python -m tools.operate.deadletters list | show | redrive | purge`.

A command that was interrupted can be run again.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from azure.core.exceptions import AzureError

from activities.domain.outcomes import Reason
from activities.storage.delivery import Delivery
from activities.storage.letters import UNKNOWN, Letters
from tools.operate import screen
from tools.operate.account import Account, add_options, default, explain
from tools.operate.deadletters import commands, poison
from tools.operate.deadletters.letters import DeadLetters, UnknownId
from tools.operate.deadletters.selection import Selection, moment

_COMMANDS = {
    "list": "list the dead letters with their reasons",
    "show": "show one dead letter with the original message",
    "redrive": "put dead letters on the retry queue, to be handled again",
    "purge": "delete dead letters",
}
_WHEN = "30m, 2h, 3d or an ISO 8601 time"
_INTERRUPTED = 130  # as a shell says it


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.operate.deadletters", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True)
    for name, text in _COMMANDS.items():
        command = subparsers.add_parser(name, help=text, description=text)
        add_options(command)
        _add_names(command)
        if name == "show":
            command.add_argument("ids", metavar="ID", nargs=1, help="id, or its beginning")
            continue
        if name != "list":
            command.add_argument("ids", metavar="ID", nargs="*", help="only these; the beginning of an id is enough")
        _add_conditions(command)
        if name == "list":
            command.add_argument("--json", action="store_true", help="print a JSON object on each line")
        elif name == "redrive":
            command.add_argument("--dry-run", action="store_true", help="only list the letters to redrive")
            command.add_argument(
                "--queue", help="instead of letters, put what is stranded on this poison queue back on its queue"
            )
        else:
            command.add_argument("--yes", action="store_true", help="delete; without it, only list the letters")
    return parser


def _add_names(command: argparse.ArgumentParser) -> None:
    names = command.add_argument_group("names in the account (default: those of the app)")
    for option, field, text in (
        ("--container", "dead_letter_container", "container of the dead letters"),
        ("--retry-queue", "retry_queue", "queue that redriven letters go to"),
        ("--body-container", "event_body_container", "container of large bodies of redriven letters"),
    ):
        names.add_argument(option, metavar="NAME", default=default(field), help=f"{text} (%(default)s)")


def _add_conditions(command: argparse.ArgumentParser) -> None:
    known = [*Reason, UNKNOWN]
    command.add_argument("--reason", action="append", default=[], choices=known, help="only this reason; repeatable")
    command.add_argument(
        "--record",
        metavar="KEY",
        action="append",
        default=[],
        help="only letters about the record with this row key, or its beginning; repeatable",
    )
    command.add_argument("--since", type=moment, metavar="WHEN", help=f"not older: {_WHEN}")
    command.add_argument("--older-than", type=moment, metavar="WHEN", help=f"older: {_WHEN}")


async def _run(options: argparse.Namespace) -> int:
    async with Account.of(options) as account:
        if vars(options).get("queue"):
            return await commands.redrive_poison(options, account)
        retries = account.queue(options.retry_queue)
        delivery = Delivery(
            events=account.queue(default("events_queue")),
            retries=retries,
            bodies=account.container(options.body_container),
        )
        return await commands.run(options, DeadLetters(Letters(account.container(options.container)), delivery))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. 0: done; 1: something failed; 2: wrong usage, or `--yes` is missing."""
    parser = _parser()
    options = parser.parse_args(arguments)
    selected = commands.selection(options) != Selection()
    if options.command == "purge" and not selected:
        parser.error("select the letters to purge: give ids, --reason, --record, --since or --older-than")
    queue = vars(options).get("queue")
    if queue and not queue.endswith(poison.SUFFIX):
        parser.error(f"--queue takes a poison queue, whose name ends with {poison.SUFFIX}")
    if queue and selected:
        parser.error("--queue puts back all messages of a poison queue: give no conditions")
    try:
        return asyncio.run(_run(options))
    except AzureError as error:
        screen.error(explain(error, commands.needs(options)))
    except UnknownId as error:
        screen.error(str(error))
    except ValueError as error:
        screen.error(str(error))
        return 2
    except KeyboardInterrupt:
        screen.error("Interrupted. Run the command again to finish it.")
        return _INTERRUPTED
    return 1


if __name__ == "__main__":
    sys.exit(main())
