"""Whether a request may be sent to Graph now: throttling and holds, shared by all invocations of the process.

Processes tell each other through the shared state that Graph is closed, and what has succeeded.

After throttling, nothing is sent for as long as Graph says. Then requests keep an interval that grows with every
further throttling and shrinks with every success. While a fault holds all requests of a kind, one probe after each
hold finds out whether the fault has gone. Waiting belongs to the queue: a request that would have to wait longer than
a moment is refused, with the time after which to try again.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from activities.domain.errors import ConfigurationFault, Throttled
from activities.domain.shared_state import GraphState
from activities.domain.terms import RequestKind
from activities.graph.responses import LONGEST_WAIT

MOMENT = 1.0
# If the clocks of two processes differ by more than this, one does not believe the other's instants.
_SKEW = 60.0
_FIRST_INTERVAL = 0.05
_LONGEST_INTERVAL = 4.0
_RECOVERY = 0.97


class Shared(Protocol):
    """What the processes of the app tell each other."""

    async def exchange(self, news: GraphState, latest: float) -> GraphState | None:
        """Add what this process has seen. Return what all have seen, or None if it could not be stored.

        A stored instant after `latest` until which Graph is closed is ignored.
        """
        ...


class Admission:
    """Admits requests to Graph, or refuses them.

    Args:
        hold: seconds between two probes while a fault holds all requests of a kind.
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
        self._news = GraphState()
        self._share_at = 0.0
        self._sharing: asyncio.Task[None] | None = None
        self._hold = hold
        self._probe = probe
        self._closed_until = 0.0
        self._interval = 0.0
        self._next_slot = 0.0
        self._holds: dict[RequestKind, tuple[float, str]] = {}

    def check(self) -> None:
        """Refuse while Graph is closed to us.

        Raises:
            Throttled: try again after its `after` seconds.
        """
        now = time.monotonic()
        if now < self._closed_until:
            raise Throttled("closed: Graph throttled a request", after=self._closed_until - now)

    async def admit(self, kind: RequestKind) -> None:
        """Take the next slot for a request, and wait a moment for it if necessary.

        Raises:
            Throttled: Graph is closed to us, or the next slot is too far away.
            ConfigurationFault: the fault that holds this kind.
        """
        now = time.monotonic()
        if self._shared is not None and now >= self._share_at and (self._sharing is None or self._sharing.done()):
            # In the background: a request does not wait for the table while Graph does not throttle.
            self._sharing = asyncio.create_task(self.share())
        self.check()
        held_until, detail = self._holds.get(kind, (0.0, ""))
        if now < held_until:
            raise ConfigurationFault(f"held: {detail}")
        if kind in self._holds:
            # This request is the probe. The others stay held until it has succeeded.
            self._holds[kind] = (now + self._probe, detail)
        wait = self._next_slot - now
        if wait > MOMENT:
            raise Throttled("throttled: the next slot is too far away", after=wait)
        self._next_slot = max(now, self._next_slot) + self._interval
        if wait > 0:
            await asyncio.sleep(wait)

    def throttled(self, after: float) -> None:
        """Graph throttled a request: send nothing for `after` seconds, and keep a longer interval from then on."""
        now = time.monotonic()
        if now >= self._closed_until:
            # Requests that were under way at the same time are throttled at the same time: they count as one.
            self._interval = min(max(2 * self._interval, _FIRST_INTERVAL), _LONGEST_INTERVAL)
        self._closed_until = max(self._closed_until, now + after)
        self._news = self._news.plus(GraphState(closed_until=self._clock() + after))

    def hold(self, kind: RequestKind, detail: str) -> None:
        """A fault would make every request of this kind fail: hold them."""
        self._holds[kind] = (time.monotonic() + self._hold, detail)

    async def share(self) -> None:
        """Tell the other processes what this one has seen, and learn what they have seen, unless it takes too long."""
        if self._shared is None:
            return
        news, self._news = self._news, GraphState()
        self._share_at = time.monotonic() + self._share_seconds
        state = None
        with suppress(TimeoutError):
            async with asyncio.timeout(self._share_deadline):
                state = await self._shared.exchange(news, self._clock() + LONGEST_WAIT + _SKEW)
        if state is None:
            self._news = news.plus(self._news)
            return
        closed_for = min(state.closed_until - self._clock(), LONGEST_WAIT)
        self._closed_until = max(self._closed_until, time.monotonic() + closed_for)

    async def close(self) -> None:
        """End an exchange that is under way."""
        if self._sharing is not None:
            await self._sharing

    def succeeded(self, kind: RequestKind, operation: str = "") -> None:
        """A request succeeded: lift the hold, and shorten the interval."""
        if operation:
            name = f"{operation}/{kind}"
            self._news = self._news.plus(GraphState(successes={name: 1}, last_success={name: self._clock()}))
        self._holds.pop(kind, None)
        self._interval = self._interval * _RECOVERY if self._interval > _FIRST_INTERVAL / 10 else 0.0
