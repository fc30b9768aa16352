"""What each command does. The exit code is 0 only if it did everything that it was told to do."""

import argparse
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from azure.core.exceptions import AzureError

from activities.domain.errors import NewerVersion
from activities.storage.letters import LetterFacts, NotALetter
from tools.operate import account, screen
from tools.operate.deadletters import poison, show
from tools.operate.deadletters.letters import ChangedMeanwhile, DeadLetters
from tools.operate.deadletters.selection import Selection
from tools.operate.each import each

_READER = "Storage Blob Data Reader"
_CONTRIBUTOR = "Storage Blob Data Contributor"
_EXPECTED = (AzureError, NewerVersion, NotALetter, ChangedMeanwhile)


def selection(options: argparse.Namespace) -> Selection:
    """Return the selection that the options describe."""
    given = vars(options)
    return Selection(
        ids=tuple(given.get("ids", ())),
        reasons=tuple(given.get("reason", ())),
        records=tuple(given.get("record", ())),
        since=given.get("since"),
        before=given.get("older_than"),
    )


def needs(options: argparse.Namespace) -> str:
    """Name the roles that the command needs."""
    if options.command == "redrive" and options.queue:
        target = poison.origin(options.queue)
        return f"Storage Queue Data Contributor on {options.queue}, and Storage Queue Data Message Sender on {target}"
    if not _changes_letters(options):
        return f"{_READER} on {options.container}"
    if options.command == "purge":
        return f"{_CONTRIBUTOR} on {options.container}"
    return (
        f"{_CONTRIBUTOR} on {options.container} and {options.body_container}, "
        f"and Storage Queue Data Message Sender on {options.retry_queue}"
    )


async def run(options: argparse.Namespace, dead_letters: DeadLetters) -> int:
    """Run a command on the selected letters.

    Raises:
        UnknownId: an id leads to no letter, or to several.
    """
    letters = await dead_letters.find(selection(options))
    if options.command == "list" and options.json:
        for letter in letters:
            screen.line(screen.as_json(show.facts(letter)))
        return 0
    if options.command == "list":
        show.table(letters)
        return 0
    if options.command == "show":
        return await _show(dead_letters, letters[0])
    redrive = options.command == "redrive"
    verb = "redriven" if redrive else "purged"
    if not _changes_letters(options):
        show.table(letters)
        screen.line(f"Nothing was {verb}." + ("" if redrive else " Add --yes to purge these."), style="bold")
        return 0 if redrive else 2
    failed = await _all(letters, dead_letters.redrive if redrive else dead_letters.purge, verb, needs(options))
    return 1 if failed else 0


async def redrive_poison(options: argparse.Namespace, storage: account.Account) -> int:
    """Put the messages of a poison queue back, or say how many there are."""
    target = poison.origin(options.queue)
    if options.dry_run:
        screen.line(f"{await poison.count(storage, options.queue):6}  on {options.queue}, for {target}")
        screen.line("Nothing was redriven.", style="bold")
        return 0
    screen.line(f"{await poison.put_back(storage, options.queue):6}  redriven to {target}", style="bold")
    return 0


def _changes_letters(options: argparse.Namespace) -> bool:
    """Whether the command redrives or deletes letters, instead of only reading them."""
    given = vars(options)
    return not given["dry_run"] if "dry_run" in given else bool(given.get("yes"))


async def _show(dead_letters: DeadLetters, letter: LetterFacts) -> int:
    try:
        show.in_full(letter, await dead_letters.text(letter))
    except (NotALetter, ChangedMeanwhile) as why:
        screen.error(f"{letter.id}: {_explain(why)}")
        return 1
    return 0


async def _all(
    letters: Sequence[LetterFacts], act: Callable[[LetterFacts], Awaitable[None]], verb: str, roles: str
) -> int:
    """Redrive or purge letters, show the progress and print a summary. Return how many failed.

    What is not a letter, or has changed since it was listed, is left alone and is not a failure.
    """
    refusals: list[AzureError] = []

    async def unless_refused(letter: LetterFacts) -> None:
        if refusals:
            raise refusals[0]
        try:
            await act(letter)
        except AzureError as error:
            if account.refused(error):
                refusals.append(error)
            raise

    with screen.progress() as progress:
        task = progress.add_task(verb, total=len(letters))
        results = await each(letters, unless_refused, lambda: progress.advance(task), expected=_EXPECTED)
    done = Counter(letter.reason for letter, error in results if error is None)
    failures = Counter(_explain(error, roles) for _, error in results if isinstance(error, AzureError | NewerVersion))
    others = Counter(_explain(error) for _, error in results if isinstance(error, NotALetter | ChangedMeanwhile))
    for reason, count in done.most_common():
        screen.line(f"{count:6}  {reason}")
    screen.line(f"{done.total():6}  {verb}, {failures.total()} failed", style="bold")
    for why, count in others.most_common():
        screen.note(f"{count:6}  left alone: {why}")
    for why, count in failures.most_common():
        screen.error(f"{count:6}  {why}")
    return failures.total()


def _explain(error: Exception, roles: str | None = None) -> str:
    if isinstance(error, AzureError):
        return account.explain(error, roles)
    return show.NEWER if isinstance(error, NewerVersion) else str(error.__doc__)
