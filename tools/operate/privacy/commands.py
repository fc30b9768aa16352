"""`lms-sync export-person` and `lms-sync forget`: export or forget what's kept about a learner."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from activities.domain.record import row_key
from activities.intake.formats import FormatError, Formats, load_formats
from activities.storage.letters import Letters
from activities.storage.shared import SharedState
from tools.operate import screen
from tools.operate.account import Account
from tools.operate.command import Session, command
from tools.operate.files import STANDARD
from tools.operate.privacy import export
from tools.operate.privacy.checks import compared
from tools.operate.privacy.forget import Gone, forget
from tools.operate.privacy.person import learner_named
from tools.operate.privacy.search import Found, Places, search
from tools.operate.status.mode import Mode
from tools.operate.troubles import Exit, Trouble, WrongUsage

app = typer.Typer()

_READS = (
    "Storage Table Data Reader on the tables activities and people, and Storage Blob Data Reader on the containers of "
    "dead letters and event bodies"
)
_SENDS = "Storage Queue Data Message Sender on the queue lms-events-retry"
_DELETES = (
    "Storage Table Data Reader on the table activities, Storage Table Data Contributor on the table people, Storage "
    f"Blob Data Contributor on the containers of dead letters and event bodies, and {_SENDS}"
)
_WORDS = {
    "records": "records (one per enrolment)",
    "tombstones": "tombstones (records that were forgotten before)",
    "people": "rows in the table of people",
    "deadLetters": "dead letters",
    "bodies": "bodies of large events",
    "shared": "dead letters and bodies that are also about others: left alone",
    "assignerOf": "other people's records with the learner as the assigner: left alone",
    "unread": "rows and dead letters of a later version of the app: couldn't be read",
}
_NAMES = "Entra object id, user principal name, mail address, employee id, or SOURCE:ID for an LMS account."

Who = Annotated[str, typer.Option("--learner", metavar="WHO", help=_NAMES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The options that say how to read events."""

    formats: Annotated[
        Path | None, typer.Option("--formats", envvar="LMS_FORMATS_DIR", help="A folder with formats of your own.")
    ] = None
    sources: Annotated[
        str | None,
        typer.Option("--sources", envvar="LMS_SOURCES", metavar="JSON", help="What's special about each LMS."),
    ] = None

    def known(self) -> Formats:
        """Return the formats that the app knows.

        Raises:
            WrongUsage: a format file or the sources are wrong.
        """
        try:
            return load_formats(self.formats, self.sources, None)
        except FormatError as error:
            raise WrongUsage(str(error)) from error


@command(app, "export-person", needs=f"{_READS}; with --activities, also {_SENDS}")
async def export_person(  # noqa: PLR0913  options
    session: Session,
    reading: Reading,
    learner: Who,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write. It mustn't exist yet.")],
    *,
    activities: Annotated[
        bool, typer.Option("--activities", help="First have the app compare each activity with Graph.")
    ] = False,
    seconds: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="With --activities: how long to wait for the app.")
    ] = 120,
) -> int:
    """Write everything that's kept about a learner to a file, and print a receipt without personal data.

    Messages on the queues can't be searched.
    """
    if out.name == STANDARD or out.exists():
        raise WrongUsage(f"--out {out}: give a file that doesn't exist yet")
    async with session.account() as account:
        found = await _search(account, reading, learner)
        left = await compared(_places(account), account.retries, found, seconds) if activities else 0
    if not any(found.counts().values()):
        return _nothing(session)
    receipt = export.write(found, out)
    if session.json:
        screen.line(screen.as_json(receipt | ({"notCompared": left} if activities else {})))
    else:
        _show(found)
        screen.folded(f"Written to {out}, SHA-256 {receipt['sha256']}.", style="bold")
    if left:
        screen.note(
            f"{left} activities were not compared with Graph: their records aren't settled, or the app isn't running."
        )
    return Exit.FINDINGS if left or found.unread else Exit.GOOD


@command(app, "forget", needs=f"{_DELETES}; without --yes, only {_READS}")
async def forget_(  # noqa: PLR0913  options
    session: Session,
    reading: Reading,
    learner: Who,
    *,
    activities: Annotated[
        bool, typer.Option("--activities", help="Also delete the activities in Viva Learning. Otherwise they stay.")
    ] = False,
    enrolments: Annotated[
        list[str] | None,
        typer.Option(
            "--enrolment",
            metavar="ID",
            help="With --activities: an enrolment that was forgotten before and whose activity is to be deleted now. "
            "Repeatable.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Really forget. Without it, only say what's there.")] = False,
    seconds: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait for the app.")
    ] = 600,
) -> int:
    """Forget a learner: their records, dead letters, event bodies, and rows in the table of people.

    The app has to be running. First stop the LMS from sending events about the learner, because a later event brings
    the learner back. If the learner is in shadow, --activities can't delete anything yet: the records are held back.
    Once the learner is live, `lms-sync reconcile --pending` has them forgotten.
    """
    if enrolments and not activities:
        raise WrongUsage("--enrolment needs --activities")
    async with session.account() as account:
        found = await _search(account, reading, learner)
        if not any(found.counts().values()):
            return _nothing(session)
        if enrolments:
            await _check(account, found, enrolments)
        if not (yes and (found.can_go or enrolments)):
            if session.json:
                screen.line(screen.as_json(found.counts()))
            else:
                _show(found)
                more = " Add --yes to forget this." if found.can_go else " There's nothing left to forget."
                screen.line(f"Nothing was forgotten.{more}", style="bold")
            return Exit.WRONG_USAGE if found.can_go else _remains(found)
        with screen.progress() as progress:
            task = progress.add_task("", total=None)
            gone = await forget(
                _places(account),
                account.retries,
                found,
                activities=activities,
                enrolments=enrolments or (),
                seconds=seconds,
                step=lambda what: progress.update(task, description=what),
            )
    _say(session, found, gone)
    return Exit.FINDINGS if gone.waiting or gone.in_shadow else _remains(found)


async def _check(account: Account, found: Found, enrolments: Sequence[str]) -> None:
    """Make sure that the activities of these forgotten enrolments can be deleted.

    Raises:
        WrongUsage: an enrolment has no such activity, or isn't the learner's.
        Trouble: the app is in shadow.
    """
    for enrolment in enrolments:
        if "left_id" not in found.tombstones.get(row_key(enrolment), {}):
            raise WrongUsage(
                f"{enrolment} isn't a forgotten enrolment of this learner whose activity stayed; such enrolments are "
                "found only by the learner's object id"
            )
    mode = Mode.told_by(await SharedState(account.activities).heartbeat())
    if mode is not None and not mode.is_live:
        raise Trouble(
            f"the app is {mode}, and forgotten enrolments don't say whether their learner is live: their activities "
            "can't be deleted until everybody is"
        )


def _remains(found: Found) -> int:
    """Return the exit code: FINDINGS if somebody has to look at something."""
    return Exit.FINDINGS if found.shared or found.unread else Exit.GOOD


def _places(account: Account) -> Places:
    return Places(account.activities, account.people, Letters(account.letters), account.bodies)


async def _search(account: Account, reading: Reading, learner: str) -> Found:
    with screen.progress() as progress:
        task = progress.add_task("", total=None)
        return await search(
            _places(account),
            reading.known(),
            learner_named(learner),
            lambda what: progress.update(task, description=what),
        )


def _nothing(session: Session) -> int:
    if session.json:
        screen.line(screen.as_json(dict.fromkeys(_WORDS, 0)))
    screen.note("Found nothing about this learner. (Messages on the queues can't be searched.)")
    return Exit.FINDINGS


def _show(found: Found) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, count in found.counts().items():
        if count:
            table.add_row(f"{count:6}", _WORDS[name])
    screen.out.print(table)


def _say(session: Session, found: Found, gone: Gone) -> None:
    """Print the receipt: what was forgotten, and what is left."""
    if session.json:
        said = {"records": gone.records, "deadLetters": gone.letters, "bodies": gone.bodies, "people": gone.people}
        said |= {"activitiesOfForgotten": gone.activities}
        left: dict[str, object] = {"waiting": list(gone.waiting), "inShadow": list(gone.in_shadow)}
        left |= {"shared": found.shared, "unread": found.unread}
        screen.line(screen.as_json({**said, **left, "tombstones": len(found.tombstones) + gone.records}))
        return
    _show(found)
    screen.line(
        f"Forgotten: {gone.records} records, {gone.letters} dead letters, {gone.bodies} bodies, {gone.people} rows in "
        "the table of people.",
        style="bold",
    )
    if gone.activities:
        screen.line(f"Deleted: {gone.activities} activities of enrolments that were forgotten before.", style="bold")
    if gone.in_shadow:
        screen.error(
            f"{len(gone.in_shadow)} records are not forgotten yet: the learner is in shadow, so nothing is deleted in "
            "Viva Learning. Once the learner is live, `lms-sync reconcile --pending` has them forgotten. If their "
            "activities may stay, forget them now, without --activities."
        )
    if gone.waiting:
        screen.error(
            f"{len(gone.waiting)} records are not forgotten yet: their messages are on the retry queue. Is the app "
            "running? Run the command again later."
        )
    screen.note(
        "Hidden messages on the queues may still hold events about the learner, until they're due. Run the command "
        "again when the queues are empty. Deleted blobs can be restored until the account's soft delete ends."
    )
