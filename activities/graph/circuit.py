"""Whether Graph is in such trouble that nothing should be sent for a while. Trouble is not throttling.

A response of 5xx that names no time delays its record, and nobody else. Several in a row, without a success of this
process in between, open the circuit, like that of a circuit breaker: nothing is sent for a second, then one request is
the probe. If it fails too, the next comes after two seconds, then four, and so on. Any other response closes it.
"""

from activities.domain.errors import Throttled

# With a tenth of all requests failing, so many in a row are a matter of one in a hundred thousand.
IN_A_ROW = 5
FIRST, LONGEST = 1.0, 30.0


class Circuit:
    """The circuit of one process. `now` is in seconds, on any one clock."""

    def __init__(self) -> None:
        self._failures = 0
        self._pause = 0.0
        self._until = 0.0
        self._probing = False

    def check(self, now: float) -> None:
        """Refuse a request while the circuit is open, unless it may be the probe.

        Raises:
            Throttled: try again after its `after` seconds.
        """
        if now < self._until:
            raise Throttled("trouble: Graph answers with errors only", after=self._until - now)

    def admitted(self, now: float) -> None:
        """A request is being sent: if the circuit is open, it is the probe, and the others wait for its answer.

        They do not wait for ever, because there may never be one.
        """
        if self._pause:
            self._until, self._probing = now + min(2 * self._pause, LONGEST), True

    def failed(self, now: float) -> None:
        """Graph responded with 5xx and named no time."""
        if self._pause and not self._probing:
            # It was under way when the circuit opened, and tells nothing new.
            return
        self._failures += 1
        if self._failures >= IN_A_ROW:
            self._pause = min(2 * self._pause, LONGEST) if self._pause else FIRST
            self._until, self._probing = now + self._pause, False

    def succeeded(self) -> None:
        """Graph responded otherwise."""
        self._failures, self._pause, self._until, self._probing = 0, 0.0, 0.0, False
