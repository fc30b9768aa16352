"""Which requests a test wants something done to."""

import asyncio
from asyncio import Future
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from tests.faults.actions import Action
from tests.faults.exchange import Exchange

Point = Literal["before", "after"]
When = Callable[[Exchange], bool]


def always(_exchange: Exchange) -> bool:
    """Count every request of the kind."""
    return True


@dataclass(eq=False)
class Rule:
    """Acts at the nth request of a kind, counted from the rule's making, and at `times - 1` more after it.

    `when` narrows what is counted; at point "after" it may look at `exchange.answer`.
    `reached` is done, with the exchange, when the rule acts for the first time.
    """

    pattern: str
    point: Point
    action: Action
    nth: int = 1
    times: float = 1
    when: When = always
    seen: int = 0
    fired: list[Exchange] = field(default_factory=list)
    reached: Future[Exchange] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def concerns(self, exchange: Exchange, point: Point) -> bool:
        """Whether point and kind are this rule's."""
        return self.point == point and fnmatchcase(exchange.kind, self.pattern)

    def picks(self, exchange: Exchange) -> bool:
        """Count a request that this rule concerns; whether it is one to act on."""
        if not self.when(exchange):
            return False
        self.seen += 1
        picked = self.nth <= self.seen < self.nth + self.times
        if picked:
            self.fired.append(exchange)
            if not self.reached.done():  # also done if a test gave up waiting
                self.reached.set_result(exchange)
        return picked
