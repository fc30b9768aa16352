"""`lms-sync queues`: finds or removes messages that nobody can read.

If a message has a character that XML can't represent, every attempt to receive it fails. This command finds and removes
such messages without parsing what storage sends.
"""

from pathlib import Path
from typing import Annotated

import typer

from tools.operate.command import Session, command
from tools.operate.queues import unreadable
from tools.operate.queues.raw import HIDDEN_SECONDS, NoMessages, RawQueue
from tools.operate.troubles import Exit, NotReachable, WrongUsage

app = typer.Typer(help="Find or remove queue messages that nobody can read.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Make this a group although it has only one command."""


@command(
    app,
    "unreadable",
    needs="Storage Queue Data Reader on the queue; with --remove --yes, Storage Queue Data Contributor",
    interrupted=f"Messages that were received are visible again within {HIDDEN_SECONDS} seconds.",
)
async def unreadable_(
    session: Session,
    queue: Annotated[str, typer.Option(metavar="NAME", help="The queue to look at.")],
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Save each such message to a file, then delete it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Really remove them. Without it, they're only listed.")] = False,
    save_to: Annotated[
        Path,
        typer.Option(metavar="FOLDER", help="Where to save removed messages. They may hold learner data."),
    ] = Path(),
) -> int:
    """List the messages on a queue that nobody can read, or remove them."""
    if yes and not remove:
        raise WrongUsage("--yes is for --remove")
    async with session.account() as account:
        raw = RawQueue(account.queue(queue))
        try:
            if remove and yes:
                removal = await unreadable.remove(raw, save_to)
                unreadable.show_removal(removal, raw, as_json=session.json)
                return Exit.FINDINGS if removal.left else Exit.GOOD
            await unreadable.look(raw, as_json=session.json)
        except NoMessages as error:
            raise NotReachable(str(error.__doc__)) from error
    if remove:
        raise WrongUsage("Nothing was removed. Add --yes to remove these messages.")
    return Exit.GOOD
