"""`lms-sync`: the operator's command line. It works with Azure (with the operator's own sign-in) and the local stack.

Each command or group of commands has one line here. Its module, which has a typer `app`, is loaded only when the
command is called. So the list of commands appears at once.
"""

import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Annotated, NamedTuple

import typer

from activities import __version__


class Listed(NamedTuple):
    """A command, or a group of commands: its name, its module in `tools/operate`, and its line in the list."""

    name: str
    module: str
    said: str
    is_group: bool = False


COMMANDS = (
    Listed("deploy", "deploy.commands", "Put a package in place, check it, and go back if it doesn't work."),
    Listed("doctor", "doctor.commands", "Check storage, your rights, the clocks and the app, and say what to fix."),
    Listed("status", "status.commands", "Show what's waiting, what has failed, and what Graph allows."),
    Listed("activity", "activity.commands", "Show one activity: what it should be, what Graph has, and why."),
    Listed("reconcile", "reconcile.commands", "Compare many activities with Graph, repair them, or set them going."),
    Listed("dead-letters", "dead_letters.commands", "List, redrive, purge or export dead letters.", is_group=True),
    Listed("formats", "formats.commands", "Try formats on captured messages.", is_group=True),
    Listed("people", "people.commands", "Import, list or export the table of people (LMS accounts).", is_group=True),
    Listed("validate", "publish.commands", "Say what the app would make of each message in a file."),
    Listed("publish", "publish.commands", "Put the messages in a file on the inbound queue."),
    Listed("backfill", "publish.commands", "Publish the rows of an LMS's export as native events."),
    Listed("queues", "queues.commands", "Find or remove queue messages that nobody can read.", is_group=True),
    Listed("webhook", "webhook.commands", "Send webhooks as the LMS would.", is_group=True),
    Listed("ledger", "ledger.commands", "Back up the ledger, or restore it from a backup.", is_group=True),
    Listed("export-person", "privacy.commands", "Write everything that's kept about a learner to a file."),
    Listed("forget", "privacy.commands", "Forget a learner."),
    Listed("schema", "schema", "Print the JSON Schema of the native event."),
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001  typer passes it by position
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Define the options that come before a command."""


def _empty() -> typer.Typer:
    app = typer.Typer(
        name="lms-sync",
        help="See, understand and repair what LMS Activity Sync does. Exit codes: 0 good, 1 findings or failures, "
        "2 wrong usage, 3 not signed in or not allowed, 4 not reachable, 130 interrupted.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    return app


def command_line(commands: Iterable[Listed] = COMMANDS) -> typer.Typer:
    """Load the modules of these commands, and return a command line with them."""
    app = _empty()
    for module, name in dict.fromkeys((one.module, one.name if one.is_group else None) for one in commands):
        app.add_typer(import_module(f"tools.operate.{module}").app, name=name)
    return app


def _only_listed() -> typer.Typer:
    """Return a command line that can only list the commands, and reject any other name."""
    app = _empty()
    for one in COMMANDS:
        app.command(one.name, help=one.said)(lambda: None)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, and exit with its code."""
    words = sys.argv[1:] if arguments is None else [*arguments]
    called = [one for one in COMMANDS if one.name in words[:1]]
    app = command_line(called) if called else _only_listed()
    app(args=words, prog_name="lms-sync")
