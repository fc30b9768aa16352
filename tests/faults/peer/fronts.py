"""App settings with a peer in front of some of the services that they name."""

from collections.abc import Callable, Collection

from tests.faults.fronts import SERVICES, Fronts
from tests.faults.peer.certificates import Authority
from tests.faults.peer.server import Choose, Peer


class Peers(Fronts[Peer]):
    """A peer in front of each of these services.

    Args:
        settings: the app settings.
        services: which services have a peer in front of them.
        authority: has the certificates. Without one, the peers speak plain HTTP.
        choose: returns, for a service, the function that chooses a failure for each request.
    """

    def __init__(
        self,
        settings: dict[str, str],
        services: Collection[str] = SERVICES,
        *,
        authority: Authority | None = None,
        choose: Callable[[str], Choose] = lambda _service: lambda _line: None,
    ) -> None:
        super().__init__(settings, services)
        self._authority = authority
        self._choose = choose

    def front(self, url: str, service: str) -> Peer:
        """Return a peer in front of a service."""
        return Peer(url, self._authority, choose=self._choose(service))
