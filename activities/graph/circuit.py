"""Whether Graph is in such trouble that nothing should be sent for a while. Trouble isn't throttling.

A 5xx response that names no time delays only its own record. Several in a row in one process open the circuit, as in a
circuit breaker. Nothing is sent for a second, then one request is the probe. If it fails too, the next comes after two
seconds, then four, and so on. A success, or a refusal that's about one record, ends the streak and closes the circuit.
"""

from activities.domain.errors import Throttled

# If a tenth of all requests fail, the chance of this many failures in a row is one in a hundred thousand.
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
            raise Throttled("trouble: Graph only answers with errors", after=self._until - now)

    def admitted(self, now: float) -> None:
        """Note that a request is being sent. If the circuit is open, it's the probe, and others wait for its result.

        They don't wait forever, because there may never be an answer.
        """
        if self._pause:
            self._until, self._probing = now + min(2 * self._pause, LONGEST), True

    def failed(self, now: float) -> None:
        """Note that Graph responded with 5xx and named no time."""
        if self._pause and not self._probing:
            # This request was already under way when the circuit opened, so it says nothing new.
            return
        self._failures += 1
        if self._failures >= IN_A_ROW:
            self._pause = min(2 * self._pause, LONGEST) if self._pause else FIRST
            self._until, self._probing = now + self._pause, False

    def succeeded(self) -> None:
        """Note that Graph responded without trouble."""
        self._failures, self._pause, self._until, self._probing = 0, 0.0, 0.0, False
