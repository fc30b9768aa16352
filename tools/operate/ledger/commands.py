"""`lms-sync ledger`: show the rows of the ledger, back them up, and restore them."""

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableClient

from activities.domain.record import FORGOTTEN
from activities.storage.keys import RECORDS
from tools.operate import screen
from tools.operate.command import PersonalSession, Session, command
from tools.operate.each import each
from tools.operate.files import STANDARD, whole
from tools.operate.ledger.backup import Restore, Saved
from tools.operate.records import Condition, State
from tools.operate.troubles import Exit

_STATES = (*State, FORGOTTEN)

app = typer.Typer(help="The rows of the ledger, one per enrolment.", no_args_is_help=True)

# Columns that say nothing about a person: keys, states, times, counts.
_IMPERSONAL = (
    ["RowKey", "version", "state", "latest_event", "waiting_since", "parked", "letter", "sweep"]
    + ["activity_since", "activity_acknowledged", "activity_completed", "attempt_conclusive_from", "known_confirmed"]
    + ["replacing_former", "replacing_wanted", "replacing_restores"]
    + ["refused_wanted", "refused_former", "refused_until", "refused_seen"]
    + ["lease_until", "retry_until", "retry_awaits_kind", "check_at", "check_differed", "forgotten_until"]
    + [f"failing_{name}" for name in ("tries", "kind", "seen", "at", "missing", "refusals", "unclear", "absent")]
)


def _known(state: str) -> str:
    if state not in _STATES:
        raise typer.BadParameter(f"no such state: give one of {', '.join(_STATES)}")
    return state


@command(app, needs="Storage Table Data Reader on the ledger")
async def export(
    session: PersonalSession,
    state: Annotated[
        str | None,
        typer.Option(
            "--state", metavar="STATE", parser=_known, help=f"Only records in this state: {', '.join(_STATES)}."
        ),
    ] = None,
    out: Annotated[
        str,
        typer.Option(
            "--out", metavar="FILE", help="Write to this file. It appears once it's complete, and only you may read it."
        ),
    ] = STANDARD,
) -> int:
    """Print the rows, one JSON object per line. Personal data is left out by default.

    With --show-personal-data and --out, the file is a backup that `import` takes.
    """
    which = Condition()
    if state is not None:
        which = which.and_one_of([Condition.equal("state", state)])
    columns = None if session.show_personal_data else _IMPERSONAL
    rows = 0
    async with session.account() as account:
        with whole(out) as file:
            async for row in account.activities.query_entities(which.text, parameters=which.values, select=columns):
                said = {name: value for name, value in row.items() if name not in ("PartitionKey", "RowKey")}
                file.write(screen.as_json({"record": row["RowKey"]} | said) + "\n")
                rows += 1
    if out != STANDARD:
        screen.note(f"exported: {rows}")
    return Exit.GOOD


@command(app, "import", needs="Storage Table Data Contributor on the ledger")
async def import_(
    session: Session,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Backups, latest first.")],
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Write the rows. Without this, the command only says what it would write.")
    ] = False,
) -> int:
    """Put back the rows of a backup that the ledger doesn't have.

    What the ledger has stays as it is. A record that's forgotten in the ledger or in one of the files stays forgotten.
    Before the app sends anything about a restored record, it looks in Graph for the activity. It does so at the next
    event, or when `reconcile --pending` sets the record going.
    """
    async with session.account() as account:
        table = account.activities
        restore = Restore(files, {str(row["RowKey"]) async for row in table.query_entities(RECORDS, select=["RowKey"])})
        if yes:
            await _insert(table, restore.rows())
        else:
            deque(restore.rows(), maxlen=0)
    return _report(session, restore, written=yes)


async def _insert(table: TableClient, rows: Iterator[Saved]) -> None:
    """Insert rows.

    Raises:
        AzureError: storage refused. Some rows may have been written. They're left out the next time.
    """

    async def insert(one: Saved) -> None:
        # If the row exists now, the app was faster.
        with suppress(ResourceExistsError):
            await table.create_entity(one.row)

    for _, error in await each(rows, insert):
        if error is not None:
            raise error


def _report(session: Session, restore: Restore, *, written: bool) -> int:
    counts = restore.counts
    for line in restore.unreadable:
        screen.error(f"{line.file}, line {line.line}: {line.reason}")
    if session.json:
        screen.line(screen.as_json({"written": written, **counts, "unreadable": len(restore.unreadable)}))
    else:
        verb = "written" if written else "would be written with --yes"
        screen.line(f"{verb}: {counts['records']} records, {counts['tombstones']} tombstones")
        screen.line(f"left out: {counts['there']} that the ledger has, {counts['forgotten']} that were forgotten since")
    return Exit.FINDINGS if restore.unreadable else Exit.GOOD
