"""The connection from a client to a server, and what can go wrong on it."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol


class NoConnection(Exception):
    """The request was certainly not sent."""


class NoAnswer(Exception):
    """The request was sent. It isn't known whether it has taken effect, or will.

    If `for_good` is true, the client doesn't send it again.
    """

    def __init__(self, *, for_good: bool = False) -> None:
        super().__init__()
        self.for_good = for_good


class Answered(Exception):
    """The server answered with this status instead of handling the request, or after it."""

    def __init__(
        self,
        status: int,
        code: str = "ServerBusy",
        message: str = "Simulated.",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


class Wire(Protocol):
    """Carries the requests of one process.

    Attributes:
        pause: how many seconds the storage SDKs wait before they repeat a request.
    """

    pause: float

    async def call[T](self, operation: str, effect: Callable[[], T], about: str = "") -> T:
        """Let a request take effect at its server, and return the answer.

        Args:
            operation: what's requested, for example `table:get`.
            effect: what happens at the server, all at one instant.
            about: the row, blob or external id that it's about.

        Raises:
            NoConnection, NoAnswer, Answered: something went wrong on the way.
        """
        ...


class Calm:
    """A connection on which nothing goes wrong."""

    pause = 0.0

    async def call[T](self, operation: str, effect: Callable[[], T], about: str = "") -> T:  # noqa: ARG002
        """Let the request take effect at once."""
        await asyncio.sleep(0)
        return effect()
