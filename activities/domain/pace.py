"""The pace that all processes keep together after Graph has throttled a request. Pure.

Nobody knows the rate that Graph allows, so the app finds it by trying. The first estimate is the number of requests
that Graph accepted before it throttled, divided by the time until it opens again. After that, the rate is a function of
time: it begins a little below the rate that failed, returns to it, stays near it for a long time, and then rises beyond
it faster and faster. (The curve is that of CUBIC, RFC 9438.) After a throttled request, everybody waits until Graph
opens again. So the longer Graph stays closed, the less often a higher rate is tried.

Requests have slots at equal intervals, whichever process sends them. A caller that finds no slot soon gets a turn: a
time to ask again. Instants are seconds since 1970, by the table service's clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf, isfinite

# After a rate has failed, the next one begins lower by this fraction. Each time that it fails again soon, the fraction
# doubles, up to the deepest. "Soon" is within this part of a period.
CUT, _DEEPEST = 0.03, 0.5
_SOON = 0.25
# A period is how long the rate takes to return to the one that failed: this many times as long as the failure cost.
# It's shorter while the pace is young (for this many seconds), because processes that don't know the pace yet distort
# the first estimates.
_PATIENCE, _FIRST_PATIENCE = 100.0, 4.0
_YOUNG = 20.0
_SHORTEST_PERIOD, _LONGEST_PERIOD = 4.0, 900.0
# Once the rate is this many times the one that failed, the pace ends.
_FREE = 10.0
_SHORTEST_BURST = 0.1
_SLOWEST, _FASTEST = 0.25, 1e5
# How many seconds Graph counts as closed if it names no time. It's twice as long each time that the rate fails again
# soon (Microsoft Graph throttling guidance: "use an exponential backoff").
DEFAULT_WAIT = 10.0
# Seconds from reserving slots to the earliest slot, and from an admission to its slot. Rows are written in that time.
LEAD = 0.25
# A caller waits for a slot if it comes within a moment plus a few intervals, so that there's always somebody waiting
# for the next one. It doesn't wait if Graph is closed for more than `_CLOSED` seconds.
_MOMENT, _INTERVALS, LONGEST_MOMENT = 1.0, 4.0, 10.0
_CLOSED = 1.5
# There are more turns than slots, so that no slot stays unused while the rate rises. No turn is later than
# `LATEST_TURN`, so that a correction doesn't have to wait longer.
_OVERBOOKED = 1.5
LATEST_TURN = 900.0

type Grant = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The number of slots that one call needs.

    With `goes_on`, the call's invocation has had a slot before. Then it gets these slots even if they're late.
    """

    requests: int = 1
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Burst:
    """The requests of a process since it was last quiet: when they began, and how many of them Graph has accepted."""

    began: float = inf
    accepted: int = 0

    def later(self, seconds: float) -> "Burst":
        """Return the same by a clock that's ahead by `seconds`."""
        return Burst(self.began + seconds, self.accepted)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A throttled request: when it was sent, whether it kept the pace, and when Graph will be open again."""

    sent: float
    opens: float
    paced: bool

    def later(self, seconds: float) -> "Refusal":
        """Return the same by a clock that's ahead by `seconds`."""
        return Refusal(self.sent + seconds, self.opens + seconds, self.paced)


@dataclass(frozen=True, slots=True)
class Pace:
    """What processes tell each other about the rate.

    Attributes:
        failed: the rate that Graph throttled, in requests per second.
        since: when Graph opened again after that.
        period: after this many seconds, the rate is back at the one that failed.
        cut: the fraction by which the rate began lower.
        burst: what the estimate is based on, as long as the rate is only an estimate.
        began: when the pace began. Later throttling doesn't change this.
        next_slot: when the next request may be sent.
        next_turn: when the next caller that found no slot should ask again.
        given: how many slots have been given out.
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
        """Return the same by a clock that's ahead by `seconds`."""
        return replace(
            self,
            since=self.since + seconds,
            began=self.began + seconds,
            burst=None if self.burst is None else self.burst.later(seconds),
            next_slot=self.next_slot + seconds,
            next_turn=self.next_turn + seconds,
        )

    def rate(self, now: float) -> float:
        """Return how many requests per second all processes together may send."""
        periods = max(0.0, now - self.since) / self.period
        return max(_SLOWEST, self.failed * (1.0 + self.cut * (periods - 1.0) ** 3))

    def is_over(self, now: float) -> bool:
        """Return whether the last throttling was so long ago that there's no need for a pace."""
        return self.rate(now) >= _FREE * self.failed

    def believable(self, latest: float) -> bool:
        """Return whether all values are plausible. Except for the turn, no instant may be after `latest`."""
        numbers = (self.failed, self.since, self.began, self.period, self.cut, self.next_slot, self.next_turn)
        return (
            all(map(isfinite, numbers))
            and _SLOWEST / 2 <= self.failed <= _FASTEST
            and _SHORTEST_PERIOD <= self.period <= _LONGEST_PERIOD
            and CUT <= self.cut <= _DEEPEST
            and max(self.since, self.next_slot, self.next_turn - LATEST_TURN) <= latest
        )

    def unnamed_wait(self, sent: float) -> float:
        """Return for how many seconds Graph counts as closed if it throttled a request and named no time.

        `sent` is when that request was sent.
        """
        return DEFAULT_WAIT * (self.cut if sent < self.since else self._next_cut(sent)) / CUT

    def with_burst(self, burst: Burst) -> "Pace":
        """Add the requests that another process had sent before the throttling, if the rate is still an estimate."""
        if self.burst is None or not burst.accepted or burst.began >= self.since:
            return self
        return _estimated(self, Burst(min(self.burst.began, burst.began), self.burst.accepted + burst.accepted))

    def refused(self, refusal: Refusal) -> "Pace":
        """Return the pace after a throttled request.

        If the request was sent before Graph opened again, it says nothing new about the rate. If the request didn't
        keep the pace, it says nothing about the pace.
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
            calls: what each call needs.
            now: the current time.
            opens: when Graph opens again, if it's closed.
            share: the fraction of the rate that may be used.

        Returns:
            The pace afterwards, and for each call either its slots or its turn.
        """
        interval = 1.0 / max(self.rate(max(now, opens)) * share, _SLOWEST)
        closed = opens > now + _CLOSED
        latest = opens if closed else now + min(_MOMENT + _INTERVALS * interval, LONGEST_MOMENT)
        # The rate may have risen since the last slot was given out.
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
    """Return the first pace, after Graph has throttled a request and there was no pace yet."""
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
