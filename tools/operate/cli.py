"""`lms-sync`: the operator's command line, for Azure (with the operator's own sign-in) and for the local stack alike.

Each group of commands is a module with a typer `app`, and has one line here.
"""

from collections.abc import Sequence
from typing import Annotated

import typer

from activities import __version__
from tools.operate import ledger, schema
from tools.operate.activity import commands as activity
from tools.operate.dead_letters import commands as dead_letters
from tools.operate.deploy import commands as deploy
from tools.operate.doctor import commands as doctor
from tools.operate.formats import commands as formats
from tools.operate.people import commands as people
from tools.operate.privacy import commands as privacy
from tools.operate.publish import commands as publish
from tools.operate.queues import commands as queues
from tools.operate.reconcile import commands as reconcile
from tools.operate.status import commands as status
from tools.operate.webhook import commands as webhook

app = typer.Typer(
    name="lms-sync",
    help="See, understand and repair what LMS Activity Sync does. Exit codes: 0 good, 1 findings or failures, "
    "2 used wrongly, 3 not signed in or not allowed, 4 not reachable.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001  typer passes it so
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Stand before every command."""


app.add_typer(deploy.app)
app.add_typer(doctor.app)
app.add_typer(status.app)
app.add_typer(activity.app)
app.add_typer(reconcile.app)
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(formats.app, name="formats")
app.add_typer(people.app, name="people")
app.add_typer(publish.app)
app.add_typer(queues.app, name="queues")
app.add_typer(webhook.app, name="webhook")
app.add_typer(ledger.app, name="ledger")
app.add_typer(privacy.app)
app.add_typer(schema.app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, and exit with its code."""
    app(args=arguments, prog_name="lms-sync")


if __name__ == "__main__":
    main()
