"""When this process may call Graph: throttling and holds, shared by all invocations of the process.

Throttled: nobody calls for as long as Graph asks, afterwards requests keep a distance that grows with every further
throttling and shrinks with every success. Held (a fault that would fail every event): one request after each hold
finds out whether the fault is lifted. Waiting belongs to the queue: whoever has to wait longer than a moment is
refused with the time after which to come back.
"""

import asyncio
import time

from activities.domain.errors import ConfigurationFault, Throttled

MOMENT = 1.0
_FIRST_INTERVAL = 0.05
_LONGEST_INTERVAL = 4.0
_RECOVERY = 0.97


class Pace:
    """Admits requests to Graph, or refuses them.

    Args:
        hold: seconds between two tries while a fault holds everything of one kind.
        probe: seconds that one such try may take before the next is let through.
    """

    def __init__(self, *, hold: float, probe: float) -> None:
        self._hold = hold
        self._probe = probe
        self._closed_until = 0.0
        self._interval = 0.0
        self._next_slot = 0.0
        self._holds: dict[str, tuple[float, str]] = {}

    def check(self) -> None:
        """Refuse while Graph asks for quiet.

        Raises:
            Throttled: come back after its `after` seconds.
        """
        now = time.monotonic()
        if now < self._closed_until:
            raise Throttled("paused: Graph asked for it", after=self._closed_until - now)

    async def admit(self, scope: str) -> None:
        """Take the next slot for a request, waiting a moment for it if need be.

        Raises:
            Throttled: Graph asks for quiet, or the next slot is too far away.
            ConfigurationFault: the fault that holds, as it was found.
        """
        self.check()
        now = time.monotonic()
        held_until, detail = self._holds.get(scope, (0.0, ""))
        if now < held_until:
            raise ConfigurationFault(f"held: {detail}")
        if scope in self._holds:
            # The hold is over, but unproven: this request is the probe, the others stay held until it is through.
            self._holds[scope] = (now + self._probe, detail)
        wait = self._next_slot - now
        if wait > MOMENT:
            raise Throttled("paced", after=wait)
        self._next_slot = max(now, self._next_slot) + self._interval
        if wait > 0:
            await asyncio.sleep(wait)

    def throttled(self, after: float) -> None:
        """Graph refused a request: stop for `after` seconds, and keep a larger distance from then on."""
        now = time.monotonic()
        if now >= self._closed_until:
            # Requests that were under way together are refused together: they count as one.
            self._interval = min(max(2 * self._interval, _FIRST_INTERVAL), _LONGEST_INTERVAL)
        self._closed_until = max(self._closed_until, now + after)

    def hold(self, scope: str, detail: str) -> None:
        """A fault that would fail every request of `scope`: hold them."""
        self._holds[scope] = (time.monotonic() + self._hold, detail)

    def succeeded(self, scope: str) -> None:
        """A request got through: lift the hold, come closer again."""
        self._holds.pop(scope, None)
        self._interval = self._interval * _RECOVERY if self._interval > _FIRST_INTERVAL / 10 else 0.0
