"""What a fault rule does to a request that it picks.

An action returns nothing to let the request go on, or the bytes to answer with instead; it raises Cut
to end the connection without an answer.
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
    """The connection ends here, without an answer."""


class Action(Protocol):
    """Something to do at a point of a request's way."""

    async def act(self, exchange: Exchange) -> bytes | None:
        """Do it; see the module for what the result means."""
        ...


@dataclass(frozen=True)
class Kill:
    """SIGKILL a process, given by its id or by what returns it; then the connection is cut."""

    pid: int | Callable[[], int]

    async def act(self, exchange: Exchange) -> bytes | None:
        """Kill, and pass nothing on."""
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
    """Wait for some seconds, then go on."""

    seconds: float

    async def act(self, _exchange: Exchange) -> bytes | None:
        """Wait."""
        await sleep(self.seconds)
        return None


@dataclass(frozen=True)
class Status:
    """Answer with a status: instead of forwarding (before) or instead of the answer (after)."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    async def act(self, exchange: Exchange) -> bytes | None:
        """Give the answer's bytes."""
        exchange.status = self.status
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode("latin-1") + (b"" if exchange.method == "HEAD" else self.body)


@dataclass(frozen=True)
class Hold:
    """Hold the request (or its answer) until released, also if the client has gone; then go on."""

    _released: Event = field(default_factory=Event)

    def release(self) -> None:
        """Let everything go on that is held, and whatever comes later."""
        self._released.set()

    async def act(self, _exchange: Exchange) -> bytes | None:
        """Wait for the release."""
        await self._released.wait()
        return None


@dataclass(frozen=True)
class Call:
    """Call a function, or await it if it is a coroutine function, then go on."""

    function: Callable[[Exchange], Awaitable[object] | object]

    async def act(self, exchange: Exchange) -> bytes | None:
        """Call."""
        result = self.function(exchange)
        if isawaitable(result):
            await result
        return None
