"""Asks the app about many records, at a rate, and waits for what it finds.

No more are asked than the app answers: where it does not run or has much to do, the queue does not fill up, and whoever
interrupts the command and runs it again asks again only for what has no answer yet.
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
# So many records may be without an answer.
MOST = 300


@dataclass(frozen=True, slots=True)
class Result:
    """What a comparison found: the row key of the record, and what differs in Graph, joined by commas.

    None if it is not settled any more, so that it is not compared, and another message leads to it.
    """

    record: str
    differs: str | None


async def asked(account: Account, chosen: Sequence[Selected], action: control.Action, rate: float) -> None:
    """Ask about one record after the other, and wait for nothing."""
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
    """Ask about all, and return the results. Ends when none has come for a while although nothing else is to be asked.

    Args:
        account: where the app is.
        chosen: the records.
        action: what to ask for.
        rate: how many to ask a second.
        wait: for how many seconds to wait for the next result.
    """
    with screen.progress() as progress:
        task = progress.add_task("Comparing", total=len(chosen))
        comparing = _Comparing(account, chosen, action, rate, lambda done: progress.update(task, completed=done))
        await comparing.run(wait)
    return comparing.results


class _Due:
    """When the next message may be sent. After a pause, no more is made up for than a second's worth."""

    def __init__(self, rate: float) -> None:
        self._between = 1 / rate
        self._next = asyncio.get_running_loop().time()

    @property
    def left(self) -> float:
        """In how many seconds that is."""
        return max(0.0, self._next - asyncio.get_running_loop().time())

    def sent(self) -> None:
        """A message was sent."""
        self._next = max(self._next, asyncio.get_running_loop().time() - _PAUSE) + self._between

    async def wait(self) -> None:
        """Wait until a message may be sent, which is then sent."""
        await asyncio.sleep(self.left)
        self.sent()


class _Comparing:
    """Asks and looks for answers in turn.

    Attributes:
        results: what has been found.
        asked_at: when each record was asked about that has no answer yet. What was asked later and has an answer shows
            that the app is at work, so an answer that takes too long will not come: the record was changing just then.
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
        # When that was asked which has an answer: the latest of these times.
        self._answered = -math.inf

    async def run(self, wait: float) -> None:
        """Ask and look, until nothing is left, or nothing has come for so many seconds."""
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
        """Look for answers, and return whether there are any."""
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
    # While somebody works on it, it is waiting.
    return Result(one.record, None) if row.get("state") not in (SETTLED, "waiting") else None
