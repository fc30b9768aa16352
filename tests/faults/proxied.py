"""App settings with a fault proxy before each service that they lead to."""

from collections.abc import Iterable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from tests.faults import kinds
from tests.faults.exchange import Exchange, merged
from tests.faults.proxy import FaultProxy

_SERVICES = {"blob": "BlobEndpoint", "queue": "QueueEndpoint", "table": "TableEndpoint"}
_ADDRESSES = {"graph": "GRAPH_BASE_URL", "token": "IDENTITY_ENDPOINT"}
_CLASSIFY = {
    "blob": kinds.blob,
    "queue": kinds.queue,
    "table": kinds.table,
    "graph": kinds.graph,
    "token": kinds.graph,
}


class Proxied:
    """An async context manager that runs a proxy for each service. `environment` has the settings that lead to them.

    The given settings must have `AzureWebJobsStorage` (a connection string that names endpoints), and may have
    `GRAPH_BASE_URL` and `IDENTITY_ENDPOINT`. To tell two workers apart, give each a `Proxied` of its own.
    `proxied["queue"]` is the proxy of the requests whose kind begins with `queue:`.
    """

    def __init__(self, settings: dict[str, str]) -> None:
        self.environment = dict(settings)
        self._proxies: dict[str, FaultProxy] = {}

    def __getitem__(self, service: str) -> FaultProxy:
        return self._proxies[service]

    def values(self) -> Iterable[FaultProxy]:
        """Return all proxies."""
        return self._proxies.values()

    @property
    def log(self) -> list[Exchange]:
        """All requests, in the order in which they came in."""
        return merged(*(proxy.log for proxy in self._proxies.values()))

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            pairs = self.environment["AzureWebJobsStorage"].strip(";").split(";")
            parts = dict(pair.split("=", 1) for pair in pairs)
            for service, name in _SERVICES.items():
                parts[name] = await self._start(stack, service, parts[name])
            self.environment["AzureWebJobsStorage"] = "".join(f"{k}={v};" for k, v in parts.items())
            for service, name in _ADDRESSES.items():
                if name in self.environment:
                    self.environment[name] = await self._start(stack, service, self.environment[name])
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(kind, error, traceback)

    async def _start(self, stack: AsyncExitStack, service: str, url: str) -> str:
        proxy = await stack.enter_async_context(FaultProxy(url, _CLASSIFY[service]))
        self._proxies[service] = proxy
        return proxy.url
