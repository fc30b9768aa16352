"""Asks the app about many records, at a given rate, and waits for the results.

Only a limited number of records may be without an answer, so the queue doesn't fill up if the app is down or busy. If
the command is interrupted and run again, it asks only about records that have no answer yet, or that differed.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient

from activities.domain.sync_state import SETTLED
from tools.operate import control, screen
from tools.operate.account import Account
from tools.operate.each import each
from tools.operate.pauses import pauses
from tools.operate.reconcile.selection import Selected

_PAUSE = 1.0
# How many records may be without an answer at once.
MOST = 300


@dataclass(frozen=True, slots=True)
class Result:
    """What a comparison found: the record's row key, and what differs in Graph, separated by commas.

    `differs` is None if the record wasn't compared because it isn't settled any more. Then another message takes care
    of it.
    """

    record: str
    differs: str | None


async def asked(account: Account, chosen: Sequence[Selected], action: control.Action, rate: float) -> None:
    """Ask about each record, without waiting for answers."""
    with screen.progress() as progress:
        task = progress.add_task("Asking", total=len(chosen))
        due = _Due(rate)
        for one in chosen:
            await due.wait()
            await control.ask(account.retries, action, one.record)
            progress.advance(task)


async def compared(
    account: Account, chosen: Sequence[Selected], action: control.Action, rate: float, wait: float
) -> list[Result]:
    """Ask about all records, and return the results. Give up if none arrives for a while and nothing more can be asked.

    Args:
        account: the app's storage account.
        chosen: the records.
        action: what to ask for.
        rate: how many records to ask about per second.
        wait: how many seconds to wait for the next result.
    """
    with screen.progress() as progress:
        task = progress.add_task("Comparing", total=len(chosen))
        comparing = _Comparing(account, chosen, action, rate, lambda done: progress.update(task, completed=done))
        await comparing.run(wait)
    return comparing.results


class _Due:
    """Says when the next message may be sent. After a pause, it catches up by at most a second's worth."""

    def __init__(self, rate: float) -> None:
        self._between = 1 / rate
        self._next = asyncio.get_running_loop().time()

    @property
    def left(self) -> float:
        """The seconds until then."""
        return max(0.0, self._next - asyncio.get_running_loop().time())

    def sent(self) -> None:
        """Note that a message was sent."""
        self._next = max(self._next, asyncio.get_running_loop().time() - _PAUSE) + self._between

    async def wait(self) -> None:
        """Wait until a message may be sent, and count it as sent."""
        await asyncio.sleep(self.left)
        self.sent()


class _Comparing:
    """Asks, and looks for answers in between.

    Attributes:
        results: the results so far.
        asked_at: for each record without an answer, when it was asked about. Once a record that was asked about later
            has an answer, the app is evidently working. So if the answer still takes too long, it won't come, because
            the record was changing when the app looked.
    """

    def __init__(
        self,
        account: Account,
        chosen: Sequence[Selected],
        action: control.Action,
        rate: float,
        told: Callable[[int], None],
    ) -> None:
        self.results: list[Result] = []
        self.asked_at: dict[Selected, float] = {}
        self._account = account
        self._coming = list(reversed(chosen))
        self._action = action
        self._due = _Due(rate)
        self._told = told
        self._clock = asyncio.get_running_loop().time
        # The latest time at which a record that has an answer was asked about.
        self._answered = -math.inf

    async def run(self, wait: float) -> None:
        """Ask and look until nothing is left, or no answer has come for `wait` seconds."""
        pause = pauses(_PAUSE)
        last, look = self._clock(), self._clock() + next(pause)
        while self._coming or self.asked_at:
            if self._asks and not self._due.left:
                await self._ask()
                last = self._clock()
            if self._clock() >= look:
                last = self._clock() if await self._look(wait) else last
                look = self._clock() + next(pause)
            if not self._asks and self._clock() >= last + wait:
                break
            await asyncio.sleep(min(max(0.0, look - self._clock()), self._due.left if self._asks else _PAUSE))
        await self._look(wait)

    @property
    def _asks(self) -> bool:
        return bool(self._coming) and len(self.asked_at) < MOST

    async def _ask(self) -> None:
        self._due.sent()
        one = self._coming.pop()
        await control.ask(self._account.retries, self._action, one.record)
        self.asked_at[one] = self._clock()

    async def _look(self, wait: float) -> bool:
        """Look for answers, and return whether there were any."""
        before = len(self.results)
        for _, error in await each(list(self.asked_at), self._look_at):
            if error is not None:
                raise error
        self._told(len(self.results))
        late = [one for one, at in self.asked_at.items() if at < min(self._answered, self._clock() - wait)]
        for one in late:
            del self.asked_at[one]
        return len(self.results) > before

    async def _look_at(self, one: Selected) -> None:
        result = await _result(self._account.activities, one)
        if result is not None:
            self._answered = max(self._answered, self.asked_at.pop(one))
            self.results.append(result)


async def _result(table: TableClient, one: Selected) -> Result | None:
    columns = ["state", "check_at", "check_differed"]
    try:
        row = await table.get_entity(one.record[:2], one.record, select=columns)
    except ResourceNotFoundError:
        return Result(one.record, None)
    if float(row.get("check_at") or 0.0) > one.compared:
        return Result(one.record, str(row.get("check_differed") or ""))
    # While an invocation works on it, its state is waiting.
    return Result(one.record, None) if row.get("state") not in (SETTLED, "waiting") else None
