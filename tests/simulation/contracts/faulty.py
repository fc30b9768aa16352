"""Storage of either kind, whose requests go wrong as a test says."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from azure.core.exceptions import HttpResponseError

from activities.service import Service
from tests.faults.actions import Reset, Status
from tests.faults.proxied import Proxied
from tests.simulation.contracts.storage import Storage, in_azurite, in_memory
from tests.simulation.memory.wire import Answered, NoAnswer


class Faulty(Protocol):
    """Storage, and ways to make its requests fail. `tests/faults/kinds.py` lists the values of `operation`."""

    storage: Storage

    def answer(self, operation: str, status: int, times: int = 9) -> None:
        """Answer the next requests with a status, without handling them."""
        ...

    def lose(self, operation: str, *, lands: bool, times: int = 1) -> None:
        """Cut the connection of the next requests, before or after they take effect."""
        ...


class FaultyMemory:
    """Storage in memory."""

    pause = 0.0

    def __init__(self) -> None:
        self.storage = in_memory(self)
        self._coming: defaultdict[str, list[tuple[bool, Exception]]] = defaultdict(list)

    def answer(self, operation: str, status: int, times: int = 9) -> None:
        """Answer the next requests with a status."""
        self._coming[operation] += [(False, Answered(status))] * times

    def lose(self, operation: str, *, lands: bool, times: int = 1) -> None:
        """Cut the connection of the next requests."""
        self._coming[operation] += [(lands, NoAnswer())] * times

    async def call[T](self, operation: str, effect: Callable[[], T], about: str = "") -> T:  # noqa: ARG002
        """Carry a request, as a `Wire`."""
        if not self._coming[operation]:
            return effect()
        lands, error = self._coming[operation].pop(0)
        if lands:
            with suppress(HttpResponseError):
                effect()
        raise error


class FaultyAzurite:
    """Azurite behind fault proxies."""

    def __init__(self, service: Service, proxied: Proxied) -> None:
        self.storage = in_azurite(service)
        self._proxied = proxied

    def answer(self, operation: str, status: int, times: int = 9) -> None:
        """Answer the next requests with a status."""
        self._proxied[operation.partition(":")[0]].rule(f"{operation}*", action=Status(status), times=times)

    def lose(self, operation: str, *, lands: bool, times: int = 1) -> None:
        """Cut the connection of the next requests."""
        point = "after" if lands else "before"
        self._proxied[operation.partition(":")[0]].rule(f"{operation}*", action=Reset(), point=point, times=times)
