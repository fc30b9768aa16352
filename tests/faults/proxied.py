"""App settings with a fault proxy in front of each service that they name."""

from tests.faults import kinds
from tests.faults.exchange import Exchange, merged
from tests.faults.fronts import Fronts
from tests.faults.proxy import FaultProxy

_CLASSIFY = {
    "blob": kinds.blob,
    "queue": kinds.queue,
    "table": kinds.table,
    "graph": kinds.graph,
    "token": kinds.graph,
}


class Proxied(Fronts[FaultProxy]):
    """A fault proxy in front of each service. `proxied["queue"]` gets the requests whose kind begins with `queue:`."""

    def front(self, url: str, service: str) -> FaultProxy:
        """Return a fault proxy that knows the service's kinds of requests."""
        return FaultProxy(url, _CLASSIFY[service])

    @property
    def log(self) -> list[Exchange]:
        """All requests, in the order in which they came in."""
        return merged(*(proxy.log for proxy in self.values()))
