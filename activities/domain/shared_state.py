"""What the processes of the app tell each other about Graph."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class GraphState:
    """What all processes together know of Graph. Instants are seconds since 1970.

    Attributes:
        closed_until: nothing is sent before this instant, because Graph has throttled a request.
        rate: requests a second that all processes together may send; None means that there is no limit. Kept for
            admission, which does not use it yet.
        successes: how many requests of each kind have succeeded.
        last_success: when the latest request of each kind succeeded.
        echoes: with which methods and statuses ("POST 201") Graph has echoed the id of a request, so that such a
            response without one is not Graph's.
    """

    closed_until: float = 0.0
    rate: float | None = None
    successes: Mapping[str, int] = field(default_factory=dict)
    last_success: Mapping[str, float] = field(default_factory=dict)
    echoes: frozenset[str] = frozenset()

    def believable(self, latest: float) -> "GraphState":
        """Ignore a `closed_until` after `latest`: it comes from a damaged row, or a clock that is far ahead."""
        return self if self.closed_until <= latest else replace(self, closed_until=0.0)

    def plus(self, other: "GraphState") -> "GraphState":
        """Add what another process has seen since it last reported."""
        kinds = self.successes.keys() | other.successes.keys()
        times = self.last_success.keys() | other.last_success.keys()
        return GraphState(
            max(self.closed_until, other.closed_until),
            self.rate if other.rate is None else other.rate,
            {kind: self.successes.get(kind, 0) + other.successes.get(kind, 0) for kind in kinds},
            {kind: max(self.last_success.get(kind, 0.0), other.last_success.get(kind, 0.0)) for kind in times},
            self.echoes | other.echoes,
        )
