"""App settings whose addresses lead to something in front of each service."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import Protocol, Self

_STORAGE = {"blob": "BlobEndpoint", "queue": "QueueEndpoint", "table": "TableEndpoint"}
_ADDRESSES = {"graph": "GRAPH_BASE_URL", "token": "IDENTITY_ENDPOINT"}
SERVICES = frozenset({*_STORAGE, *_ADDRESSES})


class Addressed(Protocol):
    """A server in front of another one, on its own port."""

    url: str


class Fronts[Front: Addressed](ABC):
    """An async context manager that starts something in front of each service.

    `environment` has the settings that lead there. The given settings must have `AzureWebJobsStorage` (a connection
    string that names endpoints), and may have `GRAPH_BASE_URL` and `IDENTITY_ENDPOINT`. To tell two workers apart, give
    each its own fronts. `fronts["queue"]` is the one in front of queues.
    """

    def __init__(self, settings: dict[str, str], services: Collection[str] = SERVICES) -> None:
        self.environment = dict(settings)
        self._services = services
        self._fronts: dict[str, Front] = {}

    @abstractmethod
    def front(self, url: str, service: str) -> AbstractAsyncContextManager[Front]:
        """Return what stands in front of the service with this address."""

    def __getitem__(self, service: str) -> Front:
        return self._fronts[service]

    def values(self) -> Iterable[Front]:
        """Return everything that was started."""
        return self._fronts.values()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            pairs = self.environment["AzureWebJobsStorage"].strip(";").split(";")
            parts = dict(pair.split("=", 1) for pair in pairs)
            for service, name in _STORAGE.items():
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
        if service not in self._services:
            return url
        started = await stack.enter_async_context(self.front(url, service))
        self._fronts[service] = started
        return started.url
