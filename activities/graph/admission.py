"""Whether a request may be sent to Graph now: throttling and holds, shared by all invocations of the process.

Processes tell each other through the shared state that Graph is closed, and what has succeeded.

After throttling, nothing is sent for as long as Graph says. Then requests keep an interval that grows with every
further throttling, and shrinks with every success and with time. Waiting belongs to the queue: a request that would
have to wait longer than a moment and an interval is refused, with the time after which to try again. (An interval is
what the second request of one message has to wait after the first.) `holds` says when a kind of request is held.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from activities import telemetry
from activities.domain.errors import EverybodysFault, Throttled
from activities.domain.shared_state import GraphState
from activities.domain.terms import RequestKind
from activities.graph.holds import Holds
from activities.graph.responses import DEFAULT_WAIT, LONGEST_WAIT

MOMENT = 1.0
# One 503 that names no time is the trouble of one server. As many as this in a row are Graph's.
UNAVAILABLE = 3
# If the clocks of two processes differ by more than this, one does not believe the other's instants.
_SKEW = 60.0
_FIRST_INTERVAL = 0.05
_LONGEST_INTERVAL = 4.0
_RECOVERY = 0.97
# Requests that wait for each other's slots may keep all from being sent, so the interval shrinks without successes too.
_HALF_LIFE = 120.0


class Shared(Protocol):
    """What the processes of the app tell each other."""

    async def exchange(self, news: GraphState, latest: float) -> GraphState | None:
        """Add what this process has seen. Return what all have seen, or None if it could not be stored.

        A stored instant after `latest` until which Graph is closed is ignored.
        """
        ...


class Admission:
    """Admits requests to Graph, or refuses them. One per process, on one event loop, whose clock it uses.

    Args:
        hold: seconds between two probes at most, while a fault holds all requests of a kind.
        probe: seconds that a probe may take before the next is admitted.
        shared: what processes tell each other; None if there is only one.
        share: seconds between two exchanges with it.
        share_deadline: seconds after which an exchange is given up.
        clock: gives seconds since 1970, by which processes tell each other instants.
    """

    def __init__(  # noqa: PLR0913  times and parts, each with its own name
        self,
        *,
        hold: float,
        probe: float,
        shared: Shared | None = None,
        share: float = 30.0,
        share_deadline: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._shared = shared
        self._share_seconds = share
        self._share_deadline = share_deadline
        self._clock = clock
        self._known = GraphState()
        self._telling = GraphState()
        self._news = GraphState()
        self._share_at = 0.0
        self._exchange = asyncio.Lock()
        self._sharing: asyncio.Task[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._holds = Holds(hold=hold, probe=probe)
        self._closed_until = 0.0
        self._interval = 0.0
        self._shrunk_at = 0.0
        self._next_slot = 0.0
        self._unavailable = 0

    def check(self) -> None:
        """Refuse while Graph is closed to us.

        Raises:
            Throttled: try again after its `after` seconds.
        """
        now = _now()
        if now < self._closed_until:
            raise Throttled("closed: Graph throttled a request", after=self._closed_until - now)

    async def admit(self, *kinds: RequestKind) -> None:
        """Take the next slots for one request of each kind, and wait a moment for the first if necessary.

        Raises:
            Throttled: Graph is closed to us, or the next slot is too far away.
            EverybodysFault: the fault that holds one of the kinds.
        """
        now = _now()
        if now >= self._share_at:
            # In the background: a request does not wait for the table while Graph does not throttle.
            self._share_in_background()
        self.check()
        self._shrink(now)
        for kind in kinds:
            self._holds.check(kind, now)
        wait = self._next_slot - now
        if wait > MOMENT + self._interval:
            raise Throttled("throttled: the next slot is too far away", after=wait)
        for kind in kinds:
            self._holds.admitted(kind, now)
        self._next_slot = max(now, self._next_slot) + len(kinds) * self._interval
        if wait > 0:
            await asyncio.sleep(wait)

    def throttled(self, after: float) -> None:
        """Graph throttled a request: send nothing for `after` seconds, and keep a longer interval from then on."""
        now = _now()
        if now >= self._closed_until:
            # Requests that were under way at the same time are throttled at the same time: they count as one.
            self._interval = min(max(2 * self._interval, _FIRST_INTERVAL), _LONGEST_INTERVAL)
            self._shrunk_at = now + after
        self._closed_until = max(self._closed_until, now + after)
        self._news = self._news.plus(GraphState(closed_until=self._clock() + after))

    def unavailable(self) -> bool:
        """Graph responded with 503 and named no time. Return whether that happened so often that Graph is closed."""
        self._unavailable += 1
        if self._unavailable < UNAVAILABLE:
            return False
        self.throttled(DEFAULT_WAIT)
        return True

    def unthrottled(self) -> None:
        """Graph responded without throttling: shorten the interval."""
        self._interval = self._interval * _RECOVERY if self._interval > _FIRST_INTERVAL / 10 else 0.0

    def succeeded(self, kind: RequestKind) -> None:
        """A request succeeded: count it, lift the hold of its kind, and shorten the interval."""
        self._unavailable = 0
        self._holds.lift(kind)
        self.unthrottled()
        self.count(kind)

    def count(self, kind: RequestKind) -> None:
        """Count a success of this kind, and tell the other processes before long."""
        self._news = self._news.plus(GraphState(successes={kind: 1}, last_success={kind: self._clock()}))
        if self._shared is not None and self._alarm is None:
            # Others judge by what succeeds here, even if this process sends nothing any more.
            delay = max(0.0, self._share_at - _now())
            self._alarm = asyncio.get_running_loop().call_later(delay, self._share_in_background)

    def successes(self, kind: RequestKind) -> int:
        """Return how many requests of a kind have succeeded: in all processes when last read, and here since then."""
        return sum(state.successes.get(kind, 0) for state in (self._known, self._telling, self._news))

    def echoes(self, answer: str | None = None) -> bool:
        """Whether Graph echoes the id of the request in such an answer ("POST 201"), or in any, as far as is known."""
        known = self._known.echoes | self._telling.echoes | self._news.echoes
        return bool(known) if answer is None else answer in known

    def echoed(self, answer: str) -> None:
        """Graph has echoed the id of the request in such an answer."""
        if not self.echoes(answer):
            self._news = self._news.plus(GraphState(echoes=frozenset({answer})))

    async def suspect(self, fault: EverybodysFault, record: str) -> None:
        """Note that a record met a fault that everybody would meet, as far as can be told.

        Three different records in a row hold the kind of request, if the other processes have seen no success since
        the first of them. If the probe of a hold fails, operators are told.
        """
        kind = fault.kind
        if fault.held:
            return
        if kind in self._holds:
            if self._holds.extend(kind, fault.detail, _now()):
                telemetry.held(kind, fault.detail, record)
            return
        streak = self._holds.failed(kind, record, self.successes(kind))
        if streak is not None:
            streak.considered = True
            try:
                await self.share()
            finally:
                streak.considered = False
            self._holds.begin(kind, streak, fault.detail, self.successes(kind), _now())

    async def share(self) -> None:
        """Tell the other processes what this one has seen, and learn what they have seen, unless it takes too long."""
        if self._shared is None:
            return
        async with self._exchange:
            self._telling, self._news = self._news, GraphState()
            self._share_at = _now() + self._share_seconds
            state = None
            try:
                # Whatever storage raises, the others are told again with the next news.
                with suppress(Exception):
                    async with asyncio.timeout(self._share_deadline):
                        state = await self._shared.exchange(self._telling, self._clock() + LONGEST_WAIT + _SKEW)
            finally:
                told, self._telling = self._telling, GraphState()
                if state is None:
                    self._news = told.plus(self._news)
            if state is not None:
                self._learn(state)

    async def listen(self) -> None:
        """Learn what the other processes have seen, unless that was done lately."""
        if _now() >= self._share_at:
            await self.share()

    async def close(self) -> None:
        """End an exchange that is under way."""
        if self._alarm is not None:
            self._alarm.cancel()
        if self._sharing is not None:
            await self._sharing

    def _learn(self, state: GraphState) -> None:
        """Draw the conclusions from what all processes have seen."""
        self._known = state
        closed_for = min(state.closed_until - self._clock(), LONGEST_WAIT)
        self._closed_until = max(self._closed_until, _now() + closed_for)
        self._holds.compare(self.successes)

    def _shrink(self, now: float) -> None:
        self._interval *= 0.5 ** (max(0.0, now - self._shrunk_at) / _HALF_LIFE)
        self._shrunk_at = max(self._shrunk_at, now)

    def _share_in_background(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._shared is not None and (self._sharing is None or self._sharing.done()):
            self._sharing = asyncio.create_task(self.share())


def _now() -> float:
    return asyncio.get_running_loop().time()
