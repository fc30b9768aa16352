"""Watches the requests of a worker, and kills the process of a function at chosen ones."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from tests.faults.actions import Call, Kill
from tests.faults.exchange import Exchange
from tests.faults.rig import Rig
from tests.faults.rules import Point

ANY = "any"


@dataclass(frozen=True)
class At:
    """The nth request of a kind, and a point of its path (see `FaultProxy`). Each kill restarts the count."""

    kind: str
    nth: int
    point: Point

    def __str__(self) -> str:
        return f"{self.point} {self.kind} #{self.nth}"


class Watch:
    """A context manager that notes the requests of a rig's workers, and kills the process that sends a chosen one.

    The worker starts a new process. The processes of other functions keep running.

    Enter it before adding rules that respond instead of the server, because they hide a request from later rules.
    """

    def __init__(self, rig: Rig) -> None:
        self.steps: list[At] = []
        self.left: list[At] = []
        self._rig = rig
        self._counts: Counter[tuple[str, Point]] = Counter()

    def __enter__(self) -> Self:
        for proxy in self._rig.proxied.values():
            proxy.rule("*", point="before", action=Call(self._before), times=math.inf)
            proxy.rule("*", point="after", action=Call(self._after), times=math.inf)
        return self

    def __exit__(self, *_: object) -> None:
        for proxy in self._rig.proxied.values():
            proxy.clear()

    def begin(self, kills: Sequence[At] = ()) -> None:
        """Note requests from now on, and kill a process at each of these steps."""
        self.steps.clear()
        self._counts.clear()
        self.left = list(kills)

    async def _before(self, exchange: Exchange) -> None:
        if concerns(exchange):
            await self._pass(exchange, "before")

    async def _after(self, exchange: Exchange) -> None:
        if concerns(exchange):
            await self._pass(exchange, "after")

    async def _pass(self, exchange: Exchange, point: Point) -> None:
        for kind in (exchange.kind, ANY):
            self._counts[kind, point] += 1
        here = [At(kind, self._counts[kind, point], point) for kind in (exchange.kind, ANY)]
        self.steps.append(here[0])
        if self.left and self.left[0] in here and (pid := self._rig.sender(exchange)) is not None:
            del self.left[0]
            self._counts.clear()
            await Kill(pid).act(exchange)


def concerns(exchange: Exchange) -> bool:
    """Return whether a request belongs to the processing of a message.

    A poll does only if its response has a message. Requests for a queue's depth don't.
    """
    if exchange.kind.startswith("queue:get"):
        return b"<MessageId>" in (exchange.response or b"")
    return not exchange.kind.startswith(("queue:properties", "queue:peek"))
