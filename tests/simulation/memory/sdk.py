"""What all storage SDKs' clients have in common: they send a request up to three times."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from azure.core.exceptions import HttpResponseError

from activities.storage.clock import StorageClock
from tests.simulation.memory.refusals import is_sent_again, storage_error
from tests.simulation.memory.wire import Answered, NoAnswer, NoConnection, Wire

TRIES = 3


@dataclass(slots=True)
class _Exchange:
    """A request and its response, as the SDK passes them to its hooks."""

    context: dict[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def http_response(self) -> "_Exchange":
        return self


class Client:
    """Sends requests to one server.

    Args:
        wire: carries requests to the server.
        told: the process's clock, which the responses set.
        now: returns the server's time.
    """

    def __init__(self, wire: Wire, told: StorageClock | None = None, now: Callable[[], float] = lambda: 0.0) -> None:
        self._wire = wire
        self._told = told
        self._now = now

    async def _send[T](self, operation: str, effect: Callable[[], T], about: str = "", *, tries: int = TRIES) -> T:
        """Send a request the way the storage SDKs do.

        If an answer is lost, most requests are repeated, although they may have taken effect.
        """
        for left in reversed(range(tries)):
            try:
                return await self._exchange(operation, effect, about)
            except (NoConnection, NoAnswer, Answered) as error:
                if not left or not is_sent_again(operation, error):
                    raise storage_error(error) from error
            await asyncio.sleep(self._wire.pause)
        raise AssertionError

    async def _exchange[T](self, operation: str, effect: Callable[[], T], about: str) -> T:
        """Send a request once. Each response gives the server's time."""
        clock = self._told
        if clock is None:
            return await self._wire.call(operation, effect, about)
        exchange, at = _Exchange(), 0.0

        def stamped() -> T:
            nonlocal at
            at = self._now()
            return effect()

        clock.ask(exchange)
        try:
            return await self._wire.call(operation, stamped, about)
        except (HttpResponseError, Answered):
            at = at or self._now()
            raise
        except (NoAnswer, NoConnection):
            at = 0.0
            raise
        finally:
            if at:
                exchange.headers = {"Date": formatdate(at, usegmt=True)}
                clock.hear(exchange)
