"""What this process tells the others about Graph, and what it has heard from them.

The row that all processes share also sets the clock by which they share slots: each write to it returns the table
service's time. So no machine's clock is compared with another's. Instants in this module are seconds of the event
loop, and those in the row are seconds since 1970.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from activities.domain.pace import DEFAULT_WAIT, Burst, Grant, Refusal, Wanted, begun
from activities.domain.shared_state import GraphState, Told
from activities.graph.responses import LONGEST_WAIT

# If two processes' clocks differ by more than this (seconds), one doesn't believe the other's instants.
_SKEW = 60.0
# Seconds without a request after which a burst is over.
_QUIET = 5.0
# How far clocks may drift apart, in seconds for each second since they were compared.
_DRIFT = 1e-4
# Seconds that an exchange may take under throttling.
_SHORT = 2.0
_SMOOTHED, _SMALLEST_SHARE = 0.9, 0.02


class Shared(Protocol):
    """What the processes of the app tell each other."""

    async def exchange(self, change: Callable[[GraphState], GraphState], latest: float) -> Told | None:
        """Change the shared state. Return what it is then, or None if it couldn't be stored.

        A stored instant after `latest` is ignored.
        """
        ...

    async def time(self) -> float | None:
        """Return the time where the state is stored, or None if it isn't known."""
        ...


class Exchange:
    """What this process and the others know. One per process, on one event loop.

    Args:
        shared: the row; None if there's only one process.
        deadline: seconds after which an exchange is given up.
        clock: gives seconds since 1970, until the row has given the time.

    Attributes:
        known: the shared state as this process last read it, with what follows from the throttling it has met since.
        telling: what the others are being told now.
        news: what the others will be told next.
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
        # Until the row has given the time, the process's own clock has to do.
        self._offset = clock() - _loop_time()
        self._error, self._set_at = float("inf"), 0.0
        # Without the row, this process keeps to its own share of the rate, until a background exchange succeeds.
        self._alone = shared is None
        self._own = self._given = 0.0
        self._given_before: int | None = None

    @property
    def closed_for(self) -> float:
        """How many seconds Graph is still closed to all processes."""
        return min(self.known.closed_until - self._now(), LONGEST_WAIT)

    @property
    def is_paced(self) -> bool:
        """Whether requests need slots."""
        return self.known.pace is not None and not self.known.pace.is_over(self._now())

    def sent(self) -> None:
        """Note that a request is about to be sent without a slot."""
        now = _loop_time()
        if now - self._sent_at > _QUIET:
            self._burst = Burst(now)
        self._sent_at = now

    def accepted(self) -> None:
        """Note that Graph didn't throttle a request that had no slot."""
        self._burst = replace(self._burst, accepted=self._burst.accepted + 1)

    def unnamed_wait(self, sent: float) -> float:
        """Return how long Graph is closed, in seconds, if it throttled a request and named no time."""
        pace = self.known.pace if self.is_paced else None
        return DEFAULT_WAIT if pace is None else pace.unnamed_wait(sent + self._offset)

    def refused(self, refusal: Refusal) -> None:
        """Note that Graph throttled a request. This process knows at once, and the others after the next exchange."""
        self._refusals = (*self._refusals, refusal)
        self.known = self._told(self.known, (refusal,))

    async def share(self) -> bool:
        """Tell the others what this process has seen, and learn what they've seen. Return whether that succeeded."""
        asked = _loop_time()
        async with self._one_at_a_time:
            # If another exchange began after this call did, it has already told and heard everything.
            return self._began_at > asked or await self._exchange(lambda state: state)

    async def reserve(self, calls: Sequence[Wanted]) -> Sequence[Grant | float]:
        """Reserve slots for calls, or give them turns."""
        grants: Sequence[Grant | float] = ()

        def change(state: GraphState, share: float = 1.0) -> GraphState:
            nonlocal grants
            now = self._now()
            if state.pace is None or state.pace.is_over(now):
                # Throttling is over, or the row was lost.
                grants = [(now,) * call.requests for call in calls]
                return state
            pace, grants = state.pace.reserve(calls, now, state.closed_until, share)
            return replace(state, pace=pace)

        if not self._alone:
            async with self._one_at_a_time:
                # In the meantime, another exchange may have found that the row can't be reached.
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
        """Return the shared state after this process has told the others of throttled requests."""
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
        """Tell the others everything, and change the shared state. Return whether that succeeded."""
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
            # Whatever storage raises, the others are told this again with the next news.
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
        """Set the clock by the time of a write, unless the clock is already more exact."""
        now = _loop_time()
        error = (now - asked) / 2
        if at is None or error > self._error + _DRIFT * (now - self._set_at):
            return
        offset = at - (asked + now) / 2
        if self._error == float("inf"):
            self._move_clock(offset)
        self._offset, self._error, self._set_at = offset, error, now

    def _move_clock(self, offset: float) -> None:
        """Set the clock, and adjust the instants that came from the former clock."""
        self.known = self.known.later(offset - self._offset)
        self._offset = offset

    def _learn_share(self, own: int) -> None:
        """Learn what share of all slots this process takes."""
        given = 0 if self.known.pace is None else self.known.pace.given
        if self._given_before is not None and given > self._given_before:
            self._own = _SMOOTHED * self._own + own
            self._given = _SMOOTHED * self._given + given - self._given_before
        self._given_before = given

    def _share(self) -> float:
        return min(max(self._own / self._given, _SMALLEST_SHARE), 1.0) if self._given else 1.0


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
