"""The pace that all processes keep together after Graph has throttled a request. Pure.

Nobody knows Graph's rate, so it is found by trying. The first estimate is what Graph accepted before it throttled, over
the time until it opens again. From then on the rate is a function of time: it begins a little below the rate that
failed, returns to it, stays near it for long, and goes beyond it ever faster. (The curve is that of CUBIC, RFC 9438.)
A throttled request costs as long as Graph is closed, so the longer that is, the more seldom a higher rate is tried.

Requests have slots at equal distances, whoever sends them. Whoever finds no slot soon has a turn: when to ask again.
Instants are seconds since 1970, by the clock of the table service.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf, isfinite

# A rate that failed is followed by one that is lower by this part. If that fails soon as well, by twice as much.
CUT, _DEEPEST = 0.03, 0.5
_SOON = 0.25
# The rate is back where it failed after so many times what the failure cost, and sooner while the pace is young: so
# many seconds, because processes that do not know of it yet spoil the first estimates.
_PATIENCE, _FIRST_PATIENCE = 100.0, 4.0
_YOUNG = 20.0
_SHORTEST_PERIOD, _LONGEST_PERIOD = 4.0, 900.0
# At so many times the rate that failed, there is no pace any more.
_FREE = 10.0
_SHORTEST_BURST = 0.1
_SLOWEST, _FASTEST = 0.25, 1e5
# Seconds for which Graph is closed if it names no time, and twice as long each time that the rate fails again soon
# (Microsoft Graph throttling guidance: "use an exponential backoff").
DEFAULT_WAIT = 10.0
# Seconds from the reservation of a slot to the earliest one, and from an admission to its slot: rows are written
# meanwhile.
LEAD = 0.25
# A slot is waited for if it comes within a moment and a few intervals, so that somebody always waits for the next, and
# if Graph is not closed for longer than this.
_MOMENT, _INTERVALS, LONGEST_MOMENT = 1.0, 4.0, 10.0
_CLOSED = 1.5
# Turns come more often than slots, so that no slot is left over although the rate rises, and none is so late that a
# correction waits.
_OVERBOOKED = 1.5
LATEST_TURN = 900.0

type Grant = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many slots for one call. If its invocation has had one before (`goes_on`), it gets these however late."""

    requests: int = 1
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Burst:
    """What a process sent since it was quiet: when that began, and how many requests Graph has accepted since."""

    began: float = inf
    accepted: int = 0

    def later(self, seconds: float) -> "Burst":
        """Return the same by a clock that is ahead."""
        return Burst(self.began + seconds, self.accepted)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A throttled request: when it was sent, whether it kept the pace, and when Graph will be open again."""

    sent: float
    opens: float
    paced: bool

    def later(self, seconds: float) -> "Refusal":
        """Return the same by a clock that is ahead."""
        return Refusal(self.sent + seconds, self.opens + seconds, self.paced)


@dataclass(frozen=True, slots=True)
class Pace:
    """What processes tell each other about the rate.

    Attributes:
        failed: the rate that Graph throttled, in requests a second.
        since: when Graph opened again after that.
        period: after so many seconds, the rate is the one that failed.
        cut: by which part the rate began lower.
        burst: what led to the estimate, while the rate is no more than that.
        began: when the first pace began that was kept without an end.
        next_slot: when the next request may be sent.
        next_turn: when the next of those who found no slot is to ask again.
        given: how many slots have been given.
    """

    failed: float
    since: float
    period: float
    cut: float = CUT
    burst: Burst | None = None
    began: float = 0.0
    next_slot: float = 0.0
    next_turn: float = 0.0
    given: int = 0

    def later(self, seconds: float) -> "Pace":
        """Return the same by a clock that is ahead."""
        return replace(
            self,
            since=self.since + seconds,
            began=self.began + seconds,
            burst=None if self.burst is None else self.burst.later(seconds),
            next_slot=self.next_slot + seconds,
            next_turn=self.next_turn + seconds,
        )

    def rate(self, now: float) -> float:
        """Return the requests a second that all processes together may send."""
        periods = max(0.0, now - self.since) / self.period
        return max(_SLOWEST, self.failed * (1.0 + self.cut * (periods - 1.0) ** 3))

    def is_over(self, now: float) -> bool:
        """Whether it is so long ago that Graph throttled a request that no pace is kept."""
        return self.rate(now) >= _FREE * self.failed

    def believable(self, latest: float) -> bool:
        """Whether this can be what a process wrote that believes no instant after `latest`."""
        numbers = (self.failed, self.since, self.began, self.period, self.cut, self.next_slot, self.next_turn)
        return (
            all(map(isfinite, numbers))
            and _SLOWEST / 2 <= self.failed <= _FASTEST
            and _SHORTEST_PERIOD <= self.period <= _LONGEST_PERIOD
            and CUT <= self.cut <= _DEEPEST
            and max(self.since, self.next_slot, self.next_turn - LATEST_TURN) <= latest
        )

    def unnamed_wait(self, sent: float) -> float:
        """For how many seconds Graph is closed if it throttled a request that was sent then, and named no time."""
        return DEFAULT_WAIT * (self.cut if sent < self.since else self._next_cut(sent)) / CUT

    def with_burst(self, burst: Burst) -> "Pace":
        """Add what another process had sent when Graph began to throttle, if the rate is still an estimate."""
        if self.burst is None or not burst.accepted or burst.began >= self.since:
            return self
        return _estimated(self, Burst(min(self.burst.began, burst.began), self.burst.accepted + burst.accepted))

    def refused(self, refusal: Refusal) -> "Pace":
        """Conclude what follows from a throttled request.

        Those that were sent before Graph opened again tell nothing new, and one that kept no pace nothing about it.
        """
        if refusal.sent < self.since:
            later = replace(self, since=max(self.since, refusal.opens))
            return later if self.burst is None else _estimated(later, self.burst)
        if not refusal.paced:
            return self
        patience = _FIRST_PATIENCE if refusal.sent < self.began + _YOUNG else _PATIENCE
        return replace(
            self,
            failed=_bounded(self.rate(refusal.sent)),
            since=refusal.opens,
            period=_period(patience * (refusal.opens - refusal.sent)),
            cut=self._next_cut(refusal.sent),
            burst=None,
        )

    def _next_cut(self, sent: float) -> float:
        soon = sent < self.since + _SOON * self.period
        return min(2 * self.cut, _DEEPEST) if soon else CUT

    def reserve(
        self, calls: Iterable[Wanted], now: float, opens: float, share: float = 1.0
    ) -> tuple["Pace", list[Grant | float]]:
        """Reserve slots for calls.

        Args:
            calls: what each call wants.
            now: the present time.
            opens: when Graph is open again, if it is closed.
            share: the part of the rate that may be used.

        Returns:
            The pace afterwards, and for each call its slots, or else its turn.
        """
        interval = 1.0 / max(self.rate(max(now, opens)) * share, _SLOWEST)
        closed = opens > now + _CLOSED
        latest = opens if closed else now + min(_MOMENT + _INTERVALS * interval, LONGEST_MOMENT)
        # The rate may have risen since the latest slot was given.
        following = min(self.next_slot, max(latest, now + LONGEST_MOMENT) + 2 * interval)
        slot, given, grants = max(following, now + LEAD, opens), self.given, list[Grant | float]()
        turn, step = max(self.next_turn, latest), min(interval, 1.0 / (self.failed * share)) / _OVERBOOKED
        for call in calls:
            if (slot <= latest or call.goes_on) and not closed:
                grants.append(tuple(slot + number * interval for number in range(call.requests)))
                slot, given = slot + call.requests * interval, given + call.requests
            else:
                turn = turn if turn <= max(now, opens) + LATEST_TURN else latest
                grants.append(turn)
                turn += call.requests * step
        return replace(self, next_slot=slot, next_turn=turn, given=given), grants


def begun(burst: Burst, refusal: Refusal) -> Pace:
    """Return the first pace: Graph has throttled a request that nobody paced."""
    burst = Burst(min(burst.began, refusal.sent), burst.accepted)
    period = _period(_FIRST_PATIENCE * (refusal.opens - refusal.sent))
    return Pace(_estimate(burst, refusal.opens), refusal.opens, period, burst=burst, began=refusal.opens)


def _estimated(pace: Pace, burst: Burst) -> Pace:
    return replace(pace, burst=burst, failed=_estimate(burst, pace.since))


def _estimate(burst: Burst, opens: float) -> float:
    return _bounded(max(burst.accepted, 1) / max(opens - burst.began, _SHORTEST_BURST))


def _bounded(rate: float) -> float:
    return min(max(rate, _SLOWEST), _FASTEST)


def _period(seconds: float) -> float:
    return min(max(seconds, _SHORTEST_PERIOD), _LONGEST_PERIOD)
