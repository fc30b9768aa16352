"""`lms-sync reconcile`: asks the app to compare many records with Graph, to repair them, or to set them going."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

import typer

from tools.operate import control, screen
from tools.operate.command import Session, command
from tools.operate.dead_letters.selection import moment
from tools.operate.reconcile import asking
from tools.operate.reconcile.asking import Result
from tools.operate.reconcile.selection import Which, select
from tools.operate.records import State
from tools.operate.troubles import Exit, WrongUsage

app = typer.Typer()
NEEDS = f"Storage Table Data Reader on the table activities, and {control.MAY_ASK}"
_DAY = timedelta(days=1)


@command(app, needs=NEEDS)
async def reconcile(  # noqa: PLR0913  the options of the command
    session: Session,
    which: Which,
    *,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Repair what differs, instead of only reporting it; try again at once what is not settled."
        ),
    ] = False,
    pending: Annotated[
        bool, typer.Option("--pending", help="Set going what was held back in shadow, or put back out of a backup.")
    ] = False,
    older_than: Annotated[
        datetime | None,
        typer.Option(
            metavar="WHEN",
            parser=moment,
            help="Only what was not compared since then, a day unless you say so; what is held back or has waited "
            "since before then; what is parked and has no later event: 30m, 2h, 3d or an ISO 8601 time.",
        ),
    ] = None,
    rate: Annotated[
        float, typer.Option(metavar="N", min=0.01, help="How many records a second. Each costs a request to Graph.")
    ] = 5.0,
    wait: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="How long to wait for the next result.")] = 60.0,
) -> int:
    """Compare settled activities with Graph, and report what differs.

    You may interrupt it and run it again: what was compared within the last day (--older-than) and did not differ, or
    is not in that state any more, is left out.
    """
    state = _state(which, repair=repair, pending=pending)
    before = None if older_than is None else older_than.timestamp()
    if state is State.SETTLED and before is None:
        before = time.time() - _DAY.total_seconds()
    async with session.account() as account:
        chosen = [one async for one in select(account.activities, which, state, before)]
        if state is not State.SETTLED:
            await asking.asked(account, chosen, "check", rate)
            _said(session, {"asked": len(chosen)}, f"asked to go on: {len(chosen)}")
            return Exit.GOOD
        results = await asking.compared(account, chosen, "check" if repair else "compare", rate, wait)
    return _report(session, results, len(chosen), repaired=repair)


def _state(which: Which, *, repair: bool, pending: bool) -> State:
    """Return the state of the records that are meant."""
    if pending and repair:
        raise WrongUsage("--pending compares nothing, so it repairs nothing")
    state = which.state or (State.HELD_BACK if pending else State.SETTLED)
    if pending != (state is State.HELD_BACK):
        raise WrongUsage("--pending is about what is held back, and only --pending is")
    if state not in (State.SETTLED, State.HELD_BACK) and not repair:
        raise WrongUsage(f"what is {state} cannot be compared; add --repair to have it tried again at once")
    return state


def _report(session: Session, results: Sequence[Result], asked: int, *, repaired: bool) -> int:
    drifted = [(one.record, one.differs) for one in results if one.differs]
    for record, differs in drifted:
        values = {"record": record, "differs": differs.split(",")}
        screen.line(screen.as_json(values) if session.json else f"{record}  {differs}", cut=True)
    if not session.json:
        for name, count in Counter(name for _, differs in drifted for name in differs.split(",")).most_common():
            screen.line(f"{count:6}  {name}")
    compared = sum(one.differs is not None for one in results)
    changing, unanswered = len(results) - compared, asked - len(results)
    counts = {"compared": compared, "differ": len(drifted), "repaired": repaired, "changing": changing}
    what = "differed and repaired" if repaired else "differ"
    _said(session, counts | {"unanswered": unanswered}, f"compared: {compared}, {what}: {len(drifted)}")
    if changing:
        screen.note(f"not settled any more, and so not compared: {changing}")
    if unanswered:
        screen.error(
            f"without a result yet: {unanswered}; the app has much to do or does not run (`lms-sync doctor`), or "
            "they changed meanwhile; run the command again to compare them"
        )
    return Exit.FINDINGS if drifted or unanswered else Exit.GOOD


def _said(session: Session, values: Mapping[str, object], text: str) -> None:
    if session.json:
        screen.line(screen.as_json(values))
    else:
        screen.line(text, style="bold")
