"""`lms-sync dead-letters`: messages that couldn't be carried out. An interrupted command can be run again."""

from typing import Annotated

import typer

from activities.storage.delivery import Delivery
from activities.storage.letters import Letters
from tools.operate import screen
from tools.operate.account import Account
from tools.operate.command import PersonalSession, Session, command
from tools.operate.dead_letters import bulk, exporting, poison, show
from tools.operate.dead_letters.letters import DeadLetters
from tools.operate.dead_letters.selection import Conditions, Selection
from tools.operate.troubles import Exit, WrongUsage

app = typer.Typer(
    help="Dead letters (messages that couldn't be carried out, each with a reason) and raw poison messages.",
    no_args_is_help=True,
)

_READ = "Storage Blob Data Reader on the container of dead letters"
_PURGE = "Storage Blob Data Contributor on the container of dead letters"
_REDRIVE = (
    "Storage Blob Data Contributor on the containers of dead letters and of event bodies, and Storage Queue Data "
    "Message Sender on the retry queue"
)
_LOOK = "with --poison, Storage Queue Data Reader on the poison queues"
_POISON = "with --poison, Storage Queue Data Contributor on the poison queues"

Id = Annotated[str, typer.Argument(metavar="ID", help="The id, or the beginning of it.")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Only these. The beginning of an id is enough.")]
Poison = Annotated[
    bool,
    typer.Option(
        "--poison",
        help="Instead of dead letters, use the raw messages on the poison queues that the app couldn't collect.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Delete them. Without this, they're only listed.")]


@command(app, "list", needs=f"{_READ}; {_LOOK}")
async def list_(session: Session, conditions: Conditions, *, poisoned: Poison = False) -> int:
    """List the dead letters, oldest first, and count them by reason."""
    async with session.account() as account:
        if poisoned:
            _all_of_them(conditions.selection())
            await poison.listed(account, as_json=session.json)
        else:
            show.letters(await _open(account).find(conditions.selection()), as_json=session.json)
    return Exit.GOOD


@command(app, "show", needs=f"{_READ}; {_LOOK}")
async def show_(session: PersonalSession, letter: Id, *, poisoned: Poison = False) -> int:
    """Show one dead letter. With --show-personal-data, also show the enrolment id and the original message."""
    async with session.account() as account:
        if poisoned:
            await poison.show(account, letter, personal=session.show_personal_data, as_json=session.json)
            return Exit.GOOD
        letters = _open(account)
        [found] = await letters.find(Selection(ids=(letter,)))
        text = await letters.text(found)
    show.in_full(found, text, personal=session.show_personal_data, as_json=session.json)
    return Exit.GOOD


@command(
    app,
    needs=f"{_REDRIVE}; with --dry-run, only {_READ}; {_POISON} and Storage Queue Data "
    "Message Sender on the queues that the messages came from",
)
async def redrive(
    session: Session,
    conditions: Conditions,
    letters: Ids = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be redriven.")] = False,
    poisoned: Poison = False,
) -> int:
    """Put dead letters on the retry queue, where the app takes them at once.

    Without ids or conditions, it takes all dead letters, so look first with --dry-run.
    """
    selection = conditions.selection(letters)
    async with session.account() as account:
        if poisoned:
            _all_of_them(selection)
            if dry_run:
                await poison.listed(account, as_json=session.json)
            else:
                await poison.put_back(account, as_json=session.json)
            return Exit.GOOD
        opened = _open(account)
        found = await opened.find(selection)
        if dry_run:
            show.letters(found, as_json=session.json)
            screen.note("Nothing was redriven.")
            return Exit.GOOD
        return await bulk.act(found, opened.redrive, "redriven", _REDRIVE, as_json=session.json)


@command(app, needs=f"{_PURGE} (without --yes, only Storage Blob Data Reader); {_POISON}")
async def purge(
    session: Session, conditions: Conditions, letters: Ids = None, *, yes: Yes = False, poisoned: Poison = False
) -> int:
    """Delete dead letters. Only the account's soft delete can bring them back."""
    selection = conditions.selection(letters)
    if poisoned:
        _all_of_them(selection)
    elif selection == Selection():
        raise WrongUsage("select the letters to purge: give ids, --reason, --record, --detail, --since or --older-than")
    async with session.account() as account:
        opened = _open(account)
        found = [] if poisoned else await opened.find(selection)
        if yes and poisoned:
            await poison.delete(account, as_json=session.json)
            return Exit.GOOD
        if yes:
            return await bulk.act(found, opened.purge, "purged", _PURGE, as_json=session.json)
        if poisoned:
            await poison.listed(account, as_json=session.json)
        else:
            show.letters(found, as_json=session.json)
    raise WrongUsage("Nothing was purged. Add --yes to purge these.")


@command(app, needs=f"{_READ}; {_POISON}")
async def export(
    session: PersonalSession,
    conditions: Conditions,
    file: Annotated[str, typer.Argument(metavar="FILE.jsonl", help="Overwritten if it exists; - is standard output.")],
    *,
    poisoned: Poison = False,
) -> int:
    """Write dead letters with their original messages to a file, one JSON object per line.

    The file contains learner data, so you need to add --show-personal-data. Only you may read the file. With --poison,
    the raw messages are received and put back.
    """
    if not session.show_personal_data:
        raise WrongUsage("an export contains learner data: add --show-personal-data")
    if poisoned:
        _all_of_them(conditions.selection())
    async with session.account() as account:
        if poisoned:
            return await poison.export(account, file)
        letters = _open(account)
        return await exporting.export(letters, await letters.find(conditions.selection()), file)


def _open(account: Account) -> DeadLetters:
    delivery = Delivery(events=account.events, retries=account.retries, bodies=account.bodies)
    return DeadLetters(Letters(account.letters), delivery)


def _all_of_them(selection: Selection) -> None:
    if selection != Selection():
        raise WrongUsage("--poison takes all raw messages: give no ids or conditions")
