"""Operators' command for queues: `python -m tools.operate.queues unreadable --queue NAME [--remove --yes]`.

A message with a character that XML cannot hold stops whoever receives it. This command finds and removes such messages
without reading their texts.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from azure.core.exceptions import AzureError

from tools.operate import screen
from tools.operate.account import Account, add_options, explain
from tools.operate.queues import unreadable
from tools.operate.queues.raw import HIDDEN_SECONDS, NoMessages, RawQueue

_INTERRUPTED = 130  # as a shell says it


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.operate.queues", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    text = "list the messages that nobody can read; with --remove, keep each in a file and delete it"
    command = commands.add_parser("unreadable", help=text, description=text)
    add_options(command)
    command.add_argument("--queue", required=True, metavar="NAME", help="the queue to look at")
    command.add_argument("--remove", action="store_true", help="remove these messages from the queue")
    command.add_argument("--yes", action="store_true", help="really remove; without it, only list the messages")
    command.add_argument(
        "--save-to",
        metavar="FOLDER",
        type=Path,
        default=Path(),
        help="folder for the files with what was removed, which may hold learner data (default: this one)",
    )
    command.add_argument("--json", action="store_true", help="print a JSON object on each line")
    return parser


async def _run(options: argparse.Namespace) -> int:
    async with Account.of(options) as account:
        return await unreadable.run(options, RawQueue(account.queue(options.queue)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. 0: done; 1: something failed; 2: wrong usage, or `--yes` is missing."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.yes and not options.remove:
        parser.error("--yes is for --remove")
    role = "Contributor" if options.remove else "Reader"
    try:
        return asyncio.run(_run(options))
    except AzureError as error:
        screen.error(explain(error, f"Storage Queue Data {role} on {options.queue}"))
    except (NoMessages, OSError) as error:
        screen.error(str(error) or str(error.__doc__))
    except KeyboardInterrupt:
        screen.error(
            f"Interrupted. What was received comes back within {HIDDEN_SECONDS} seconds. Run the command again."
        )
        return _INTERRUPTED
    except ValueError as error:
        screen.error(str(error))
        return 2
    return 1


if __name__ == "__main__":
    sys.exit(main())
