"""Which kinds of requests are held because, as far as this process can tell, everybody's would fail.

A hold is one process's guess. It takes failures of three different records in a row, and anybody's success ends it.
While it lasts, one request now and then is the probe that finds out whether the fault is fixed. The first is sent
after a few seconds, and another each time the hold has grown a quarter older. So once a fault is over, nobody waits
much longer than a quarter of the time that it lasted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from activities.domain.errors import EverybodysFault
from activities.domain.terms import RequestKind

# One record alone never holds up others, and two may have the same thing wrong with them.
RECORDS = 3
# The first probe is sent after this fraction of the longest time between two, because most guesses soon prove wrong.
_FIRST = 1 / 60
# The next is sent when the hold has grown older by this fraction.
_OLDER = 0.25


@dataclass(eq=False, slots=True)
class Streak:
    """Failures in a row.

    Attributes:
        seen: how many successes of the kind were known at the first failure.
        records: which records failed.
        considered: whether it's just being decided if the streak leads to a hold.
    """

    seen: int
    records: set[str] = field(default_factory=set)
    considered: bool = False


@dataclass(slots=True)
class _Hold:
    """A hold: why, since when, when the next probe may be sent, and how many successes were known when it began."""

    detail: str
    since: float
    until: float
    seen: int
    probing: bool = False


class Holds:
    """The holds of one process, and the failures that may lead to one. `now` is in seconds, on any one clock.

    Args:
        hold: the longest time between two probes, in seconds.
        probe: seconds that a probe may take before the next is admitted.
    """

    def __init__(self, *, hold: float, probe: float) -> None:
        self._hold = hold
        self._probe = probe
        self._holds: dict[RequestKind, _Hold] = {}
        self._streaks: dict[RequestKind, Streak] = {}

    def __contains__(self, kind: RequestKind) -> bool:
        return kind in self._holds

    def check(self, kind: RequestKind, now: float) -> None:
        """Refuse a request of a held kind, unless it may be the probe.

        Raises:
            EverybodysFault: this kind is held because of this fault.
        """
        hold = self._holds.get(kind)
        if hold is not None and now < hold.until:
            fault = EverybodysFault(f"held: {hold.detail}", wait=self._pause(hold, now))
            fault.kind = kind
            raise fault

    def admitted(self, kind: RequestKind, now: float) -> None:
        """Note that a request was admitted. If its kind is held, it's the probe, and the others wait for its result."""
        hold = self._holds.get(kind)
        if hold is not None:
            hold.until, hold.probing = now + self._probe, True

    def failed(self, kind: RequestKind, record: str, seen: int) -> Streak | None:
        """Note that a record met everybody's fault. Return the streak if it's long enough for a hold."""
        streak = self._streaks.setdefault(kind, Streak(seen))
        streak.records.add(record)
        return streak if len(streak.records) >= RECORDS and not streak.considered else None

    def begin(self, kind: RequestKind, streak: Streak, detail: str, seen: int, now: float) -> None:
        """Hold a kind, unless a success has ended the streak in the meantime."""
        if self._streaks.get(kind) is streak:
            del self._streaks[kind]
            self._holds[kind] = _Hold(detail, now, now + _FIRST * self._hold, seen)

    def extend(self, kind: RequestKind, detail: str, now: float) -> bool:
        """Extend the hold after its probe failed. Return False if the failure isn't the probe's.

        Requests that were under way when the hold began may fail after that, but they say nothing new.
        """
        hold = self._holds[kind]
        if not hold.probing:
            return False
        hold.detail, hold.until, hold.probing = detail, now + self._pause(hold, now), False
        return True

    def _pause(self, hold: _Hold, now: float) -> float:
        """Return the seconds between two probes of a hold of this age."""
        return min(max(_OLDER * (now - hold.since), _FIRST * self._hold), self._hold)

    def lift(self, kind: RequestKind) -> None:
        """Note that a request of this kind succeeded: lift its hold, and forget earlier failures."""
        self._holds.pop(kind, None)
        self._streaks.pop(kind, None)

    def compare(self, successes: Callable[[RequestKind], int]) -> None:
        """Lift what somebody's success has proved wrong. `successes` returns how many of a kind are known now."""
        seen = {kind: hold.seen for kind, hold in self._holds.items()}
        seen |= {kind: streak.seen for kind, streak in self._streaks.items()}
        for kind, before in seen.items():
            if successes(kind) > before:
                self.lift(kind)
