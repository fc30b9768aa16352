"""What this process tells the others about Graph, and what it has heard from them.

The row of all processes also sets the clock by which they share slots: each write of it says when that was, at the
table service. So no clock of any machine is compared with another's. Instants in here are seconds of the event loop,
those in the row are seconds since 1970.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from activities.domain.pace import DEFAULT_WAIT, Burst, Grant, Refusal, Wanted, begun
from activities.domain.shared_state import GraphState, Told
from activities.graph.responses import LONGEST_WAIT

# If the clocks of two processes differ by more than this, one does not believe the other's instants.
_SKEW = 60.0
# Seconds without a request after which a burst is over.
_QUIET = 5.0
# Clocks may differ by so many seconds for each second since they were compared.
_DRIFT = 1e-4
# Seconds that an exchange may take under throttling.
_SHORT = 2.0
_SMOOTHED, _SMALLEST_SHARE = 0.9, 0.02


class Shared(Protocol):
    """What the processes of the app tell each other."""

    async def exchange(self, change: Callable[[GraphState], GraphState], latest: float) -> Told | None:
        """Change what all know. Return what all know then, or None if it could not be stored.

        A stored instant after `latest` is ignored.
        """
        ...

    async def time(self) -> float | None:
        """Return what time it is where this is stored, if that can be told."""
        ...


class Exchange:
    """What this process and the others know. One per process, on one event loop.

    Args:
        shared: the row; None if there is only one process.
        deadline: seconds after which an exchange is given up.
        clock: gives seconds since 1970, until the row has told the time.

    Attributes:
        known: what all processes knew when this one last heard of it, and how it has closed Graph since.
        telling: what they are being told.
        news: what they will be told.
    """

    def __init__(self, shared: Shared | None, deadline: float, clock: Callable[[], float]) -> None:
        self.known, self.telling, self.news = GraphState(), GraphState(), GraphState()
        self._shared = shared
        self._deadline = deadline
        self._clock = clock
        self._refusals: tuple[Refusal, ...] = ()
        self._burst, self._sent_at = Burst(), float("-inf")
        self._one_at_a_time = asyncio.Lock()
        self._began_at = float("-inf")
        # Until the row has told the time, the clock of the process has to do.
        self._offset = clock() - _loop_time()
        self._error, self._set_at = float("inf"), 0.0
        # Without the row, this process keeps to its own part, until an exchange succeeds for which nobody waits.
        self._alone = shared is None
        self._own = self._given = 0.0
        self._given_before: int | None = None

    @property
    def closed_for(self) -> float:
        """For how many seconds Graph is closed to all processes."""
        return min(self.known.closed_until - self._now(), LONGEST_WAIT)

    @property
    def is_paced(self) -> bool:
        """Whether requests need slots."""
        return self.known.pace is not None and not self.known.pace.is_over(self._now())

    def sent(self) -> None:
        """A request is about to be sent without a slot."""
        now = _loop_time()
        if now - self._sent_at > _QUIET:
            self._burst = Burst(now)
        self._sent_at = now

    def accepted(self) -> None:
        """Graph has not throttled a request that had no slot."""
        self._burst = replace(self._burst, accepted=self._burst.accepted + 1)

    def unnamed_wait(self, sent: float) -> float:
        """For how many seconds Graph is closed if it throttled a request and named no time."""
        pace = self.known.pace if self.is_paced else None
        return DEFAULT_WAIT if pace is None else pace.unnamed_wait(sent + self._offset)

    def refused(self, refusal: Refusal) -> None:
        """Graph has throttled a request. This process knows it at once, and all with the next exchange."""
        self._refusals = (*self._refusals, refusal)
        self.known = self._told(self.known, (refusal,))

    async def share(self) -> bool:
        """Tell the others what this process has seen, and learn what they have seen. Return whether that succeeded."""
        asked = _loop_time()
        async with self._one_at_a_time:
            # What another began after this was asked for has told and heard everything already.
            return self._began_at > asked or await self._exchange(lambda state: state)

    async def reserve(self, calls: Sequence[Wanted]) -> Sequence[Grant | float]:
        """Reserve slots for calls, or give them turns."""
        grants: Sequence[Grant | float] = ()

        def change(state: GraphState, share: float = 1.0) -> GraphState:
            nonlocal grants
            now = self._now()
            if state.pace is None or state.pace.is_over(now):
                # Nobody is throttled any more, or the row was lost.
                grants = [(now,) * call.requests for call in calls]
                return state
            pace, grants = state.pace.reserve(calls, now, state.closed_until, share)
            return replace(state, pace=pace)

        if not self._alone:
            async with self._one_at_a_time:
                # It may have become known meanwhile that the row cannot be reached.
                if not self._alone and await self._exchange(change):
                    self._learn_share(sum(len(one) for one in grants if isinstance(one, tuple)))
        if self._alone:
            self.known = change(self.known, self._share())
        return [
            tuple(slot - self._offset for slot in grant) if isinstance(grant, tuple) else grant - self._offset
            for grant in grants
        ]

    def _now(self) -> float:
        return _loop_time() + self._offset

    def _told(self, state: GraphState, refusals: Iterable[Refusal], *, burst: bool = False) -> GraphState:
        """Return what all know after this process has told of throttled requests."""
        pace, closed_until, own = state.pace, state.closed_until, self._burst.later(self._offset)
        for refusal in (refusal.later(self._offset) for refusal in refusals):
            closed_until = max(closed_until, refusal.opens)
            if pace is None or pace.is_over(refusal.sent):
                pace, burst = begun(own, refusal), False
            else:
                pace = pace.refused(refusal)
        if burst and pace is not None:
            pace = pace.with_burst(own)
        return replace(state, pace=pace, closed_until=closed_until)

    async def _exchange(self, change: Callable[[GraphState], GraphState]) -> bool:
        """Tell the others everything, and change what all know. Return whether that succeeded."""
        if self._shared is None:
            return False
        self.telling, self.news = self.news, GraphState()
        self._began_at = asked = _loop_time()
        refusals, accepted, told = self._refusals, self._burst.accepted, None

        def tell(state: GraphState) -> GraphState:
            nonlocal asked
            asked = _loop_time()
            return change(self._told(state.plus(self.telling), refusals, burst=True))

        latest = self._now() + LONGEST_WAIT + _SKEW
        try:
            # Whatever storage raises, the others are told again with the next news.
            with suppress(Exception):
                async with asyncio.timeout(min(self._deadline, _SHORT) if self.is_paced else self._deadline):
                    if self._error == float("inf"):
                        self._move_clock(self._clock() - _loop_time())
                        self._set_clock(await self._shared.time(), asked)
                    told = await self._shared.exchange(tell, latest)
        finally:
            telling, self.telling = self.telling, GraphState()
            if told is None:
                self.news = telling.plus(self.news)
        if told is None:
            self._alone = True
            return False
        self._alone = False
        self._set_clock(told.at, asked)
        if told.state.pace is not None:
            self._burst = replace(self._burst, accepted=self._burst.accepted - accepted)
        self._refusals = self._refusals[len(refusals) :]
        self.known = self._told(told.state, self._refusals)
        return True

    def _set_clock(self, at: float | None, asked: float) -> None:
        """Set the clock by a write, unless it is more exact already."""
        now = _loop_time()
        error = (now - asked) / 2
        if at is None or error > self._error + _DRIFT * (now - self._set_at):
            return
        offset = at - (asked + now) / 2
        if self._error == float("inf"):
            self._move_clock(offset)
        self._offset, self._error, self._set_at = offset, error, now

    def _move_clock(self, offset: float) -> None:
        """Set the clock, and what this process has concluded by the former one."""
        self.known = self.known.later(offset - self._offset)
        self._offset = offset

    def _learn_share(self, own: int) -> None:
        """Learn which part of all slots this process takes."""
        given = 0 if self.known.pace is None else self.known.pace.given
        if self._given_before is not None and given > self._given_before:
            self._own = _SMOOTHED * self._own + own
            self._given = _SMOOTHED * self._given + given - self._given_before
        self._given_before = given

    def _share(self) -> float:
        return min(max(self._own / self._given, _SMALLEST_SHARE), 1.0) if self._given else 1.0


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
