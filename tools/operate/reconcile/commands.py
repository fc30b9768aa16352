"""`lms-sync reconcile`: asks the app to compare many records with Graph, to repair them, or to set them going."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated

import typer

from tools.operate import control, screen
from tools.operate.account import Account
from tools.operate.command import Session, command
from tools.operate.dead_letters.selection import moment
from tools.operate.reconcile import selection
from tools.operate.reconcile.selection import Result, Selected
from tools.operate.troubles import Exit, WrongUsage

app = typer.Typer()
NEEDS = f"Storage Table Data Reader on the table activities, and {control.MAY_ASK}"
_PAUSE = 1.0
# So far the clock of this machine may be ahead of the app's.
_SKEW = 3600.0
_DAY = timedelta(days=1)


@command(app, needs=NEEDS)
async def reconcile(  # noqa: PLR0913  the options of the command
    session: Session,
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Repair what differs, instead of only reporting it.")
    ] = False,
    pending: Annotated[
        bool, typer.Option("--pending", help="Set going what was held back in shadow, or put back out of a backup.")
    ] = False,
    older_than: Annotated[
        datetime | None,
        typer.Option(
            metavar="WHEN",
            parser=moment,
            help="Only what was not compared since then: 30m, 2h, 3d or an ISO 8601 time; a day unless you say so.",
        ),
    ] = None,
    rate: Annotated[
        float, typer.Option(metavar="N", min=0.01, help="How many records a second. Each costs a request to Graph.")
    ] = 5.0,
    wait: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="How long to wait for the next result.")] = 60.0,
) -> int:
    """Compare settled activities with Graph, and report what differs.

    You may interrupt it and run it again: what was compared within the last day (--older-than) and did not differ, or
    is not held back any more, is left out.
    """
    if pending and (repair or older_than is not None):
        raise WrongUsage("--pending stands alone: nothing is compared")
    async with session.account() as account:
        if pending:
            chosen = [one async for one in selection.pending(account.activities)]
            await _ask(account, chosen, "check", rate)
            _said(session, {"asked": len(chosen)}, f"set going: {len(chosen)}")
            return Exit.GOOD
        began = selection.now()
        before = began - _DAY.total_seconds() if older_than is None else older_than.timestamp()
        chosen = [one async for one in selection.settled(account.activities, before)]
        await _ask(account, chosen, "check" if repair else "compare", rate)
        found = await _results(account, chosen, began - _SKEW, wait)
    return _report(session, found, len(chosen) - len(found), repaired=repair)


async def _ask(account: Account, chosen: Sequence[Selected], action: control.Action, rate: float) -> None:
    """Ask the app about one record after the other, at a rate."""
    with screen.progress() as progress:
        task = progress.add_task("Asking", total=len(chosen))
        async for one in _paced(chosen, rate):
            await control.ask(account.retries, "rebind" if one.rebinds else action, one.record)
            progress.advance(task)


async def _paced(chosen: Sequence[Selected], rate: float) -> AsyncIterator[Selected]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number, one in enumerate(chosen):
        await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
        yield one


async def _results(account: Account, chosen: Sequence[Selected], since: float, wait: float) -> dict[str, Result]:
    """Wait until all have been compared, or no result has come for a while."""
    loop, before = asyncio.get_running_loop(), {one.record: one.compared for one in chosen}
    found: dict[str, Result] = {}
    last = loop.time()
    with screen.progress() as progress:
        task = progress.add_task("Comparing", total=len(before))
        while len(found) < len(before) and loop.time() < last + wait:
            results = await selection.results(account.activities, since)
            new = {key: one for key, one in results.items() if key in before and one.at > before[key]}
            if len(new) > len(found):
                last = loop.time()
            found = new
            progress.update(task, completed=len(found))
            await asyncio.sleep(_PAUSE if len(found) < len(before) else 0.0)
    return found


def _report(session: Session, found: dict[str, Result], unanswered: int, *, repaired: bool) -> int:
    drifted = [result for result in found.values() if result.differs]
    for result in drifted:
        values = {"record": result.record, "differs": result.differs.split(",")}
        screen.line(screen.as_json(values) if session.json else f"{result.record}  {result.differs}", cut=True)
    if not session.json:
        for name, count in Counter(name for result in drifted for name in result.differs.split(",")).most_common():
            screen.line(f"{count:6}  {name}")
    what = "differed and repaired" if repaired else "differ"
    _said(
        session,
        {"compared": len(found), "differ": len(drifted), "repaired": repaired, "unanswered": unanswered},
        f"compared: {len(found)}, {what}: {len(drifted)}",
    )
    if unanswered:
        screen.error(
            f"without a result yet: {unanswered}; the app has much to do or does not run (`lms-sync doctor`), or "
            "they changed meanwhile; run the command again to compare them"
        )
    return Exit.FINDINGS if drifted or unanswered else Exit.GOOD


def _said(session: Session, values: dict[str, object], text: str) -> None:
    if session.json:
        screen.line(screen.as_json(values))
    else:
        screen.line(text, style="bold")
