"""Reserves slots for this process's requests, in the row that all processes share.

Requests that wait at the same moment have their slots reserved together. None waits longer than a moment for the row.
If the row is lost, unreadable or slow, the process keeps to its own share of the rate for a while.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from activities.domain.errors import Throttled
from activities.domain.pace import Grant, Wanted
from activities.domain.terms import RequestKind

# Seconds between two reservations by one process: more if the last one took long because many wanted the row.
_SHORTEST_PAUSE, _LONGEST_PAUSE, _TIMES = 0.2, 1.0, 4.0
_WRITES = ("create/", "update/", "delete/")

type Reserve = Callable[[Sequence[Wanted]], Awaitable[Sequence[Grant | float]]]


@dataclass(frozen=True, slots=True)
class Wish:
    """A call that wants slots for one request of each kind, one after the other.

    An invocation that goes on after its first request (`goes_on`) gets its slots in any case. The write that completes
    an activity (`completes`) is usually the last one it needs, so it goes first. Lookups go last, because they lead to
    more requests.
    """

    kinds: Sequence[RequestKind]
    goes_on: bool = False
    completes: bool = False

    @property
    def rank(self) -> int:
        """The call's place among those that wait. The lowest goes first."""
        writes = self.kinds[0].startswith(_WRITES)
        return 2 if not writes else 0 if self.completes else 1


@dataclass(eq=False, slots=True)
class _Waiting:
    wish: Wish
    grant: asyncio.Future[Grant] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Slots:
    """Hands out slots. One per process, on one event loop.

    Args:
        reserve: reserves slots for calls, or gives them turns.
    """

    def __init__(self, reserve: Reserve) -> None:
        self._reserve = reserve
        self._waiting: list[_Waiting] = []
        self._reserving: asyncio.Task[None] | None = None
        self._next = 0.0

    async def take(self, wish: Wish) -> Grant:
        """Return when the requests of a call may be sent, one after the other.

        Raises:
            Throttled: not soon; try again after its `after` seconds.
        """
        waiting = _Waiting(wish)
        self._waiting.append(waiting)
        if self._reserving is None or self._reserving.done():
            self._reserving = asyncio.create_task(self._reserve_all())
        return await waiting.grant

    async def close(self) -> None:
        """Wait for a reservation that's under way."""
        if self._reserving is not None:
            await self._reserving

    async def _reserve_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await asyncio.sleep(max(0.0, self._next - loop.time()))
            waiting, self._waiting = sorted(self._waiting, key=lambda one: one.wish.rank), []
            waiting = [one for one in waiting if not one.grant.done()]
            began = loop.time()
            try:
                grants: Sequence[Grant | float] = await self._reserve(
                    [Wanted(len(one.wish.kinds), one.wish.goes_on) for one in waiting]
                )
            except Exception as error:  # noqa: BLE001  whatever it is, the calls that wait must hear of it
                for one in waiting:
                    _end(one.grant, error)
                continue
            finally:
                now = loop.time()
                self._next = now + min(max(_TIMES * (now - began), _SHORTEST_PAUSE), _LONGEST_PAUSE)
            for one, grant in zip(waiting, grants, strict=True):
                if isinstance(grant, tuple):
                    _end(one.grant, grant)
                else:
                    _end(one.grant, Throttled("throttled: the next slot is too far away", after=grant - now))


def _end(future: asyncio.Future[Grant], result: Grant | Exception) -> None:
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
