"""Whether a request may be sent to Graph now: throttling and holds, shared by all invocations of the process.

After throttling, nothing is sent for as long as Graph says. Then requests keep an interval that grows with every
further throttling and shrinks with every success. While a fault holds all requests of a kind, one probe after each
hold finds out whether the fault has gone. Waiting belongs to the queue: a request that would have to wait longer than
a moment is refused, with the time after which to try again.
"""

import asyncio
import time

from activities.domain.errors import ConfigurationFault, Throttled
from activities.domain.terms import RequestKind

MOMENT = 1.0
_FIRST_INTERVAL = 0.05
_LONGEST_INTERVAL = 4.0
_RECOVERY = 0.97


class Admission:
    """Admits requests to Graph, or refuses them.

    Args:
        hold: seconds between two probes while a fault holds all requests of a kind.
        probe: seconds that a probe may take before the next is admitted.
    """

    def __init__(self, *, hold: float, probe: float) -> None:
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
        self.check()
        now = time.monotonic()
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

    def hold(self, kind: RequestKind, detail: str) -> None:
        """A fault would fail every request of this kind: hold them."""
        self._holds[kind] = (time.monotonic() + self._hold, detail)

    def succeeded(self, kind: RequestKind) -> None:
        """A request succeeded: lift the hold, and shorten the interval."""
        self._holds.pop(kind, None)
        self._interval = self._interval * _RECOVERY if self._interval > _FIRST_INTERVAL / 10 else 0.0
