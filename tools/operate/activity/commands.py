"""`lms-sync activity`: why a learner sees what they see, and what happens next."""

import asyncio
import time
from enum import StrEnum
from typing import Annotated

import typer
from azure.core.exceptions import HttpResponseError

from activities.domain.record import ActivityRecord, StoredRecord
from activities.domain.sync_state import SETTLED
from activities.storage.ledger import Ledger
from activities.storage.letters import LetterFacts, Letters
from activities.storage.shared import SharedState
from tools.operate import control, screen
from tools.operate.account import Account
from tools.operate.activity import finding, show
from tools.operate.activity.finding import key_of
from tools.operate.activity.show import Around
from tools.operate.command import PersonalSession, command
from tools.operate.pauses import pauses
from tools.operate.records import Named
from tools.operate.troubles import Exit, Trouble, WrongUsage, refused

app = typer.Typer()
NEEDS = f"Storage Table Data Reader on the table activities, and {control.MAY_ASK} to ask the app"
_PAUSE = 0.5
_NO_RECORD = (
    "there is no such record: either the LMS has published no event about it that the app could read, or it has "
    "another id (SENDER:ID if it came as a native event by webhook). "
    "Look for the record with --learner or --course, for events that are still on a queue with `lms-sync status`, and "
    "for refused events with `lms-sync dead-letters list`. If none of these finds it, have the LMS send the event again"
)


class Act(StrEnum):
    """What the app can be asked to do about one record."""

    CHECK = "check"
    REBIND = "rebind"


@command(app, needs=NEEDS)
async def activity(  # noqa: PLR0913  the options of the command
    session: PersonalSession,
    named: Named,
    enrolment: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="An enrolment id, or its record's row key. The key's first 6 characters are enough."
        ),
    ] = None,
    act: Annotated[
        Act | None,
        typer.Argument(
            metavar="check|rebind",
            help="check: try again at once, compare with Graph, and repair. "
            "rebind: find out again whose activity it is.",
        ),
    ] = None,
    *,
    stored: Annotated[
        bool, typer.Option("--stored", help="Only show what the record says, and don't ask the app to look in Graph.")
    ] = False,
    wait: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="How long to wait for the app.")] = 60.0,
) -> int:
    """Show what an activity should be, what Graph has, why, and what happens next.

    Give an ID, or use --learner and --course (or one of them) to find records. If the record is settled, the app is
    asked to compare the activity with Graph, which changes nothing.
    """
    if (enrolment is None) == (named == Named()):
        raise WrongUsage("give an ID, or --learner and --course (or one of them)")
    async with session.account() as account:
        table = account.activities
        if enrolment is None:
            records = [record async for record in finding.by_names(table, named)]
        else:
            records = await finding.by_id(table, enrolment)
        if not records:
            raise Trouble(_NO_RECORD)
        if len(records) > 1:
            if act is not None:
                raise WrongUsage(f"{len(records)} records match: give the ID of one")
            show.listed(records, await _around(account), as_json=session.json)
            return Exit.GOOD
        [record] = records
        answered, ended = True, record
        if act is not None or not stored:
            answered, ended = await _ask(account, record, act, wait)
        around = await _around(account, ended)
    show.in_full(ended, around, personal=session.show_personal_data, as_json=session.json)
    check = ended.sync.check
    drifted = act is None and check is not None and check != record.sync.check and bool(check.differed)
    failed = ended.sync.parked or around.letters
    return Exit.FINDINGS if not answered or drifted or failed else Exit.GOOD


async def _around(account: Account, record: ActivityRecord | None = None) -> Around:
    """Read what else explains a record. If the operator isn't allowed to read dead letters, return none."""
    known = await SharedState(account.activities).known()
    letters: list[LetterFacts] = []
    if record is not None:
        try:
            key = key_of(record)
            letters = [one async for one in Letters(account.letters).list() if key in (one.id, one.record)]
        except HttpResponseError as error:
            if not refused(error):
                raise
            screen.note("You aren't allowed to read dead letters, so this record's dead letters aren't shown.")
    return Around(known, time.time(), letters)


async def _ask(account: Account, record: ActivityRecord, act: Act | None, wait: float) -> tuple[bool, ActivityRecord]:
    """Ask the app to do something about a record. Return whether it did, and what the record is then."""
    settled = record.sync.state == SETTLED and record.sync.activity is not None
    if act is None and not settled:
        return True, record
    ledger = Ledger(account.activities)
    before = await ledger.load(record.enrollment_id)
    await control.ask(account.retries, "compare" if act is None else act.value, key_of(record))
    with screen.err.status("Waiting for the app"):
        after = await _changed(ledger, before, wait)
    if after is None:
        screen.error(
            f"The record hasn't changed within {wait:.0f} s: the app isn't running, is busy, or had nothing to do; see "
            "`lms-sync doctor`"
        )
        return False, before.record
    return True, after.record


async def _changed(ledger: Ledger, before: StoredRecord, wait: float) -> StoredRecord | None:
    """Return the record once it has changed and nobody is working on it, or None if that takes too long."""
    loop = asyncio.get_running_loop()
    until, pause = loop.time() + wait, pauses(_PAUSE)
    while loop.time() < until:
        found = await ledger.load(before.record.enrollment_id)
        if found.etag != before.etag and found.record.sync.lease is None:
            return found
        await asyncio.sleep(next(pause))
    return None
