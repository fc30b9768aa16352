"""A worker: the service behind its own fault proxies, with a clock that may be wrong and a way to die."""

import asyncio
import math
from collections.abc import Callable

import httpx

from activities.domain.outcomes import Outcome
from activities.service import Service
from activities.settings import Settings
from tests.faults.actions import Action, Call, Cut, Reset
from tests.faults.exchange import Exchange
from tests.faults.proxied import Proxied
from tests.faults.rules import Point, Rule, When, always
from tests.traces.post import Post, Queued

Check = Callable[[], object]


class Worker:
    """One process of the service: what it sends, its clock, and its death."""

    def __init__(self, proxied: Proxied, settings: Settings, post: Post, clock: Callable[[], float]) -> None:
        self.service = Service(settings, clock)
        self.proxied = proxied
        self.dead = False
        self._post = post
        self._tasks: set[asyncio.Task[Outcome]] = set()
        for kind in ("queue:put:*", "blob:put", "blob:delete"):
            self.rule(kind, Call(post.note), point="after", times=math.inf)

    @property
    def busy(self) -> bool:
        """Whether it's handling a message."""
        return bool(self._tasks)

    def rule(  # noqa: PLR0913  so that a test reads like a sentence
        self,
        pattern: str,
        action: Action,
        *,
        point: Point = "before",
        nth: int = 1,
        times: float = 1,
        when: When = always,
    ) -> Rule:
        """Add a fault rule for the nth request that matches the pattern from now on."""
        proxy = self.proxied[pattern.partition(":")[0]]
        return proxy.rule(pattern, action=action, point=point, nth=nth, times=times, when=when)

    def dies(self, pattern: str, point: Point, nth: int = 1) -> None:
        """Die at that request, "before" or "after" it takes effect."""
        self.rule(pattern, Death(self), point=point, nth=nth)

    def loses(self, pattern: str, *, dies: bool = False) -> "InFlight":
        """Lose the connection during a request, which may take effect later. Optionally die at that moment."""
        flight = InFlight(self if dies else None)
        self.rule(pattern, flight)
        return flight

    def die(self) -> None:
        """Stop in the middle of everything. From now on, none of its requests reaches a server."""
        self.dead = True
        for proxy in self.proxied.values():
            proxy.rule("*", action=Reset(), times=math.inf)
        for task in self._tasks:
            task.cancel()

    async def take(self, message: Queued) -> Outcome | None:
        """Handle a message and delete it afterwards, as the host does. Return None if the worker died.

        If storage refuses something, the error is raised and the message stays.
        """
        handler = self.service.handler
        handle = handler.retry if message.is_retry else handler.event
        task = asyncio.ensure_future(handle(message.text))
        self._tasks.add(task)
        await asyncio.wait({task})
        self._tasks.discard(task)
        if self.dead:
            assert task.cancelled()
            return None
        outcome = task.result()
        self._post.delete(message)
        return outcome


class Death:
    """An action that makes the worker die."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def act(self, exchange: Exchange) -> bytes | None:
        """Let the worker die, and pass nothing on."""
        self._worker.die()
        raise Cut(exchange.kind)


class InFlight:
    """An action that cuts a client's connection. The request takes effect when the test says so, or never."""

    def __init__(self, dying: Worker | None) -> None:
        self._dying = dying
        self.exchange: Exchange | None = None

    async def act(self, exchange: Exchange) -> bytes | None:
        """Keep the request, and cut the connection."""
        self.exchange = exchange
        if self._dying is not None:
            self._dying.die()
        raise Cut(exchange.kind)

    async def land(self, url: str) -> None:
        """Let the request take effect, if it was sent. `url` is the server's."""
        if self.exchange is None:
            return
        kept = {
            name: value for name, value in self.exchange.headers.items() if name in ("authorization", "content-type")
        }
        async with httpx.AsyncClient() as client:
            await client.request(
                self.exchange.method, url + self.exchange.target, headers=kept, content=self.exchange.body
            )
