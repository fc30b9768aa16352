"""What a fault rule does to a request that it matches.

An action returns None to let the request go on, or the bytes of a response to send instead. It raises `Cut` to end the
connection without a response.
"""

import os
import signal
from asyncio import Event, sleep
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from inspect import isawaitable
from typing import Protocol

from tests.faults.exchange import Exchange


class Cut(Exception):
    """The connection ends here, without a response."""


class Action(Protocol):
    """Something to do at one point of a request's path."""

    async def act(self, exchange: Exchange) -> bytes | None:
        """Do it. The module's docstring explains the result."""
        ...


@dataclass(frozen=True)
class Kill:
    """Kill a process (SIGKILL), given by its id or by a function that returns the id, and cut the connection."""

    pid: int | Callable[[], int]

    async def act(self, exchange: Exchange) -> bytes | None:
        """Kill the process, and pass nothing on."""
        os.kill(self.pid if isinstance(self.pid, int) else self.pid(), signal.SIGKILL)
        raise Cut(exchange.kind)


@dataclass(frozen=True)
class Reset:
    """Reset the client's connection (RST)."""

    async def act(self, exchange: Exchange) -> bytes | None:
        """Pass nothing on."""
        raise Cut(exchange.kind)


@dataclass(frozen=True)
class Delay:
    """Wait for this many seconds, then go on."""

    seconds: float

    async def act(self, _exchange: Exchange) -> bytes | None:
        """Wait."""
        await sleep(self.seconds)
        return None


_REQUEST_ID = "client-request-id"


@dataclass(frozen=True)
class Status:
    """Respond with a status: "before" instead of forwarding, "after" instead of the server's response.

    The response repeats the request's id, as Graph does.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    async def act(self, exchange: Exchange) -> bytes | None:
        """Return the bytes of the response."""
        exchange.status = self.status
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        echoed = {_REQUEST_ID: exchange.headers[_REQUEST_ID]} if _REQUEST_ID in exchange.headers else {}
        lines += [f"{name}: {value}" for name, value in {**echoed, **self.headers}.items()]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode("latin-1") + (b"" if exchange.method == "HEAD" else self.body)


@dataclass(frozen=True)
class Hold:
    """Hold the request or its response until it is released, even if the client has gone. Then go on."""

    _released: Event = field(default_factory=Event)

    def release(self) -> None:
        """Let every held request go on, and every later one too."""
        self._released.set()

    async def act(self, _exchange: Exchange) -> bytes | None:
        """Wait for the release."""
        await self._released.wait()
        return None


@dataclass(frozen=True)
class Call:
    """Call a function with the exchange, await the result if necessary, then go on."""

    function: Callable[[Exchange], Awaitable[object] | object]

    async def act(self, exchange: Exchange) -> bytes | None:
        """Call the function."""
        result = self.function(exchange)
        if isawaitable(result):
            await result
        return None
