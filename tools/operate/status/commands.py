"""`lms-sync status`: shows what's waiting, what has failed, and what Graph allows."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import typer

from activities.domain.shared_state import GraphState
from tools.operate import screen
from tools.operate.command import Session, command
from tools.operate.status.reading import NEEDS, Status, read
from tools.operate.troubles import Exit

app = typer.Typer()
# The pause between two looks is at least this many seconds, and this many times as long as the look took: counting
# records reads the whole table.
_PAUSE, _SHARE = 5.0, 10.0
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@command(app, needs=NEEDS)
async def status(
    session: Session,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every few seconds, until Ctrl-C.")] = False,
) -> int:
    """Show how full the queues are, how many records are waiting, dead letters by reason, holds, and Graph's pace.

    If the app is in shadow, or writes only for a pilot group, that's shown too.

    Settled records aren't counted. Messages on the retry queue are hidden, so the age shown for this queue is how long
    the oldest record has been waiting.
    """
    async with session.account() as account:
        try:
            while True:
                begun = time.monotonic()
                found = await read(account)
                _show(found, session=session, clear=watch)
                if not watch:
                    return max((trouble.code for trouble in found.troubles.values()), default=Exit.GOOD)
                await asyncio.sleep(max(_PAUSE, _SHARE * (time.monotonic() - begun)))
        except asyncio.CancelledError:
            # Ctrl-C is the normal way to stop watching.
            if watch:
                return Exit.GOOD
            raise


def _show(found: Status, *, session: Session, clear: bool) -> None:
    if session.json:
        for fact in facts(found):
            screen.line(screen.as_json(fact))
    else:
        if clear and screen.out.is_terminal:
            screen.out.clear()
        for text, style in lines(found):
            screen.folded(text, indent=8, style=style)
    for name, trouble in found.troubles.items():
        screen.error(f"{name}: {trouble}")


def facts(found: Status) -> Iterator[dict[str, object]]:
    """Yield what was read, as one JSON object per fact."""
    for one in found.queues:
        oldest = None if one.oldest is None else round(one.oldest)
        yield {"queue": one.queue, "depth": one.depth, "oldestSeconds": oldest, "unreadable": one.unreadable}
    if found.records is not None:
        for state, count in sorted(found.records.items()):
            yield {"state": state, "records": count}
        yield {"oldestWaitsSeconds": None if found.oldest_waits is None else round(found.oldest_waits)}
    for reason, count in (found.letters or Counter()).most_common():
        yield {"reason": reason, "deadLetters": count}
    if found.graph is not None:
        for kind, hold in sorted(found.graph.held.items()):
            yield {"hold": kind, "detail": hold.detail, "lastSeenSeconds": round(max(0.0, found.at - hold.at))}
        closed = round(max(0.0, found.graph.closed_until - found.at))
        yield {"closedSeconds": closed, "requestsPerSecond": _rate(found.graph, found.at)}
    if found.mode is not None:
        yield {"syncMode": found.mode.name, "pilotLearners": found.mode.pilot}


def lines(found: Status) -> Iterator[tuple[str, str | None]]:
    """Yield what was read as lines for a screen, each with its style."""
    yield f"{'queue':<34}{'messages':>9}  oldest", "bold"
    for one in found.queues:
        cannot = f"  {one.unreadable} can't be read" if one.unreadable else ""
        yield f"{one.queue:<34}{one.depth:>9}  {_age(one.oldest)}{cannot}", "red" if cannot else None
    yield "", None
    waits = "" if found.oldest_waits is None else f", the oldest for {_age(found.oldest_waits)}"
    yield from _counted("records that are not settled", found.records, waits)
    yield from _counted("dead letters", found.letters)
    if found.graph is not None:
        yield f"Graph: {_pace(found.graph, found.at)}", "bold"
        for kind, hold in sorted(found.graph.held.items()):
            yield f"  on hold: {kind}, last seen {_age(max(0.0, found.at - hold.at))} ago: {hold.detail}", "red"
    if found.mode is not None:
        yield f"the app is {found.mode}", "bold" if found.mode.is_live else "yellow"


def _counted(name: str, counts: Counter[str] | None, more: str = "") -> Iterator[tuple[str, str | None]]:
    yield f"{name}: {'unknown' if counts is None else counts.total()}{more}", "bold"
    for text, count in (counts or Counter()).most_common():
        yield f"{count:6}  {text}", None
    yield "", None


def _pace(graph: GraphState, now: float) -> str:
    closed, rate = graph.closed_until - now, _rate(graph, now)
    if closed > 0:
        return f"throttled, closed for {_age(closed)}"
    return "not throttled lately" if rate is None else f"throttled lately, {rate:g} requests per second"


def _rate(graph: GraphState, now: float) -> float | None:
    return None if graph.pace is None or graph.pace.is_over(now) else round(graph.pace.rate(now), 2)


def _age(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.1f} h" if seconds < _DAY else f"{seconds / _DAY:.1f} d"
