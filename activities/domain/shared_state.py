"""What the app's processes tell each other about Graph."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from activities.domain.pace import Pace


@dataclass(frozen=True, slots=True)
class HoldSeen:
    """A hold on a kind of request: why, and when a process last began it, or extended it after a failed probe."""

    detail: str
    at: float


@dataclass(frozen=True, slots=True)
class GraphState:
    """What all processes together know about Graph. Instants are seconds since 1970, by the table service's clock.

    Attributes:
        closed_until: nothing is sent before this instant, because Graph has throttled a request.
        pace: the pace that all processes keep since Graph throttled a request, or None if that was long ago.
        successes: how many requests of each kind have succeeded.
        last_success: when the latest request of each kind succeeded.
        holds: the latest hold of each kind. If a request of that kind has succeeded since, the hold is over. This is
            for operators. Each process bases its own holds on what it has seen itself.
        echoes: the methods and statuses ("POST 201") with which Graph has echoed a request's id. A response of that
            sort without the id isn't Graph's.
    """

    closed_until: float = 0.0
    pace: Pace | None = None
    successes: Mapping[str, int] = field(default_factory=dict)
    last_success: Mapping[str, float] = field(default_factory=dict)
    holds: Mapping[str, HoldSeen] = field(default_factory=dict)
    echoes: frozenset[str] = frozenset()

    def believable(self, latest: float) -> "GraphState":
        """Return the state without instants after `latest`: the row is damaged, or a clock was far ahead."""
        closed_until = self.closed_until if self.closed_until <= latest else 0.0
        pace = self.pace if self.pace is not None and self.pace.believable(latest) else None
        holds = {kind: hold for kind, hold in self.holds.items() if hold.at <= latest}
        return replace(self, closed_until=closed_until, pace=pace, holds=holds)

    @property
    def held(self) -> Mapping[str, HoldSeen]:
        """The holds that haven't ended: no request of their kind has succeeded since."""
        return {kind: hold for kind, hold in self.holds.items() if hold.at > self.last_success.get(kind, 0.0)}

    def later(self, seconds: float) -> "GraphState":
        """Return the same by a clock that's ahead by `seconds`."""
        pace = None if self.pace is None else self.pace.later(seconds)
        return replace(self, closed_until=self.closed_until + seconds, pace=pace)

    def plus(self, other: "GraphState") -> "GraphState":
        """Return the state with what another process has seen since its last report."""
        kinds = self.successes.keys() | other.successes.keys()
        times = self.last_success.keys() | other.last_success.keys()
        holds = [*self.holds.items(), *other.holds.items()]
        return GraphState(
            max(self.closed_until, other.closed_until),
            self.pace if other.pace is None else other.pace,
            {kind: self.successes.get(kind, 0) + other.successes.get(kind, 0) for kind in kinds},
            {kind: max(self.last_success.get(kind, 0.0), other.last_success.get(kind, 0.0)) for kind in times},
            dict(sorted(holds, key=lambda hold: hold[1].at)),
            self.echoes | other.echoes,
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What all processes know after an exchange.

    `at` is when the table service stored it, or None if nothing had to be stored or the service didn't say.
    """

    state: GraphState
    at: float | None = None
