"""Which requests a fault rule acts on."""

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
    """Accept every request of the kind."""
    return True


@dataclass(eq=False)
class Rule:
    """Acts on the nth request of a kind after the rule was added, and on the `times - 1` requests after it.

    Only requests that `when` accepts are counted. At the point "after", it may look at `exchange.response`. `reached`
    gets the exchange when the rule acts for the first time.
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
        """Return whether this rule has this point and a pattern that matches the kind."""
        return self.point == point and fnmatchcase(exchange.kind, self.pattern)

    def picks(self, exchange: Exchange) -> bool:
        """Count a request that concerns this rule, and return whether the rule acts on it."""
        if not self.when(exchange):
            return False
        self.seen += 1
        picked = self.nth <= self.seen < self.nth + self.times
        if picked:
            self.fired.append(exchange)
            if not self.reached.done():  # it is also done if a test gave up waiting
                self.reached.set_result(exchange)
        return picked
