"""`lms-sync reconcile`: asks the app to compare many records with Graph, repair them, or set them going."""

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
            "--repair",
            help="Repair what differs, instead of only reporting it. With another --state: have those records tried "
            "again at once.",
        ),
    ] = False,
    pending: Annotated[
        bool,
        typer.Option("--pending", help="Set going records that were held back in shadow, or restored from a backup."),
    ] = False,
    older_than: Annotated[
        datetime | None,
        typer.Option(
            metavar="WHEN",
            parser=moment,
            help="Settled: only what wasn't compared since then (default: a day ago), or differed. Held back or "
            "waiting: only since before then. Parked: only if no event occurred since then. 30m, 2h, 3d, or an "
            "ISO 8601 time.",
        ),
    ] = None,
    rate: Annotated[
        float, typer.Option(metavar="N", min=0.01, help="How many records per second. Each costs a request to Graph.")
    ] = 5.0,
    wait: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="How long to wait for the next result.")] = 60.0,
) -> int:
    """Compare settled activities with Graph, and report what differs.

    You can interrupt it and run it again. It leaves out activities that were compared within the last day
    (--older-than) and didn't differ, and records that aren't in the given state any more.
    """
    state = _state(which, repair=repair, pending=pending)
    before = None if older_than is None else older_than.timestamp()
    if state is State.SETTLED and before is None:
        before = time.time() - _DAY.total_seconds()
    async with session.account() as account:
        chosen = [one async for one in select(account.activities, which, state, before)]
        if state is not State.SETTLED:
            await asking.asked(account, chosen, "check", rate)
            _said(session, {"asked": len(chosen)}, f"asked to continue: {len(chosen)}")
            return Exit.GOOD
        results = await asking.compared(account, chosen, "check" if repair else "compare", rate, wait)
    return _report(session, results, len(chosen), repaired=repair)


def _state(which: Which, *, repair: bool, pending: bool) -> State:
    """Return the state of the records that the options select."""
    if pending and repair:
        raise WrongUsage("--pending doesn't compare anything, so there's nothing to --repair")
    state = which.state or (State.HELD_BACK if pending else State.SETTLED)
    if pending != (state is State.HELD_BACK):
        raise WrongUsage("--pending and --state held_back go together: give --pending, without another --state")
    if state not in (State.SETTLED, State.HELD_BACK) and not repair:
        raise WrongUsage(f"{state} records can't be compared; add --repair to have them tried again at once")
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
        screen.note(f"not compared, because they aren't settled any more: {changing}")
    if unanswered:
        screen.error(
            f"no result yet: {unanswered}. The app is busy or isn't running (see `lms-sync doctor`), or these records "
            "were changing. Run the command again to compare them"
        )
    return Exit.FINDINGS if drifted or unanswered else Exit.GOOD


def _said(session: Session, values: Mapping[str, object], text: str) -> None:
    if session.json:
        screen.line(screen.as_json(values))
    else:
        screen.line(text, style="bold")
