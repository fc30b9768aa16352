"""What the processes of the app tell each other about Graph."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from activities.domain.pace import Pace


@dataclass(frozen=True, slots=True)
class HoldSeen:
    """A hold of a kind of request: why, and when a process last began it or extended it after its probe failed."""

    detail: str
    at: float


@dataclass(frozen=True, slots=True)
class GraphState:
    """What all processes together know of Graph. Instants are seconds since 1970, by the clock of the table service.

    Attributes:
        closed_until: nothing is sent before this instant, because Graph has throttled a request.
        pace: what all processes keep to since Graph throttled a request; None if it has not done that lately.
        successes: how many requests of each kind have succeeded.
        last_success: when the latest request of each kind succeeded.
        holds: the latest hold of each kind, which a later success has ended: for operators, because each process holds
            by what it has seen itself.
        echoes: with which methods and statuses ("POST 201") Graph has echoed the id of a request, so that such a
            response without one is not Graph's.
    """

    closed_until: float = 0.0
    pace: Pace | None = None
    successes: Mapping[str, int] = field(default_factory=dict)
    last_success: Mapping[str, float] = field(default_factory=dict)
    holds: Mapping[str, HoldSeen] = field(default_factory=dict)
    echoes: frozenset[str] = frozenset()

    def believable(self, latest: float) -> "GraphState":
        """Ignore instants after `latest`: they come from a damaged row, or a clock that is far ahead."""
        closed_until = self.closed_until if self.closed_until <= latest else 0.0
        pace = self.pace if self.pace is not None and self.pace.believable(latest) else None
        holds = {kind: hold for kind, hold in self.holds.items() if hold.at <= latest}
        return replace(self, closed_until=closed_until, pace=pace, holds=holds)

    @property
    def held(self) -> Mapping[str, HoldSeen]:
        """The holds after which no request of their kind has succeeded."""
        return {kind: hold for kind, hold in self.holds.items() if hold.at > self.last_success.get(kind, 0.0)}

    def later(self, seconds: float) -> "GraphState":
        """Return the same by a clock that is ahead."""
        pace = None if self.pace is None else self.pace.later(seconds)
        return replace(self, closed_until=self.closed_until + seconds, pace=pace)

    def plus(self, other: "GraphState") -> "GraphState":
        """Add what another process has seen since it last reported."""
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
    """What all processes know after an exchange, and when the table service stored it, if it had to and said so."""

    state: GraphState
    at: float | None = None
