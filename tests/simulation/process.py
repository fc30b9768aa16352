"""One process of the app: the real parts with storage and Graph in memory, a clock that may be wrong, and an end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from activities.domain.outcomes import Outcome
from activities.handler import Handler
from activities.service import policy_of
from activities.storage.clock import StorageClock
from activities.storage.delivery import Delivery
from activities.storage.ledger import Ledger
from activities.storage.letters import Letters
from activities.storage.people import People
from activities.storage.shared import SharedState
from activities.sync.reconcile import Parts, Reconciler
from activities.sync.references import References
from tests.simulation.around import Around
from tests.simulation.memory.container import MemoryContainer
from tests.simulation.memory.graph import MemoryGraph, Servers
from tests.simulation.memory.queue import MemoryQueue
from tests.simulation.memory.table import MemoryTable
from tests.simulation.memory.wire import NoAnswer
from tests.simulation.passage import Passage, Sent

# How many seconds a process's clock may differ from a storage server's.
TOLERANCE = 1.3


class Process:
    """A process. When it starts, its machine's clock is `ahead` seconds ahead."""

    def __init__(self, world: Around, name: str, ahead: float) -> None:
        self.name = name
        self._leapt = 0.0
        self.clock = StorageClock(lambda: world.now + ahead, self._steady)
        self.dead = False
        self.shadow = world.shadow
        self.busy = 0
        self._world = world
        self._frozen_until = 0.0
        self._handler = self._put_together()

    def leap(self, seconds: float) -> None:
        """Let the machine's clock jump."""
        self._world.tell(f"the clock of {self.name} jumps by {seconds:.0f} s")
        self._leapt += seconds

    def _steady(self) -> float:
        return asyncio.get_running_loop().time() + self._leapt

    def _put_together(self) -> Handler:
        """Put the parts together the way `Service` does."""
        world = self._world
        wire, settings = _Wire(self, world), world.settings
        # Storage servers differ as much as the margin allows, less what the process's clock tolerates.
        error = world.random.choice((0.0, 0.0, 1.0, -1.0)) * (settings.clock_margin / 2 - 2 * TOLERANCE)

        def told() -> float:
            return world.now + error

        table: Any = MemoryTable(world.table, wire, self.clock, told)
        shared, ledger = SharedState(table), Ledger(table)
        graph = MemoryGraph(settings, shared, self.clock, Servers(world.tenant, world.identity, wire))
        delivery = Delivery(
            events=cast("Any", MemoryQueue(world.queues["events"], wire)),
            retries=cast("Any", MemoryQueue(world.queues["retries"], wire)),
            bodies=cast("Any", MemoryContainer(world.bodies, wire)),
        )
        letters = Letters(cast("Any", MemoryContainer(world.letters, wire)))
        references = References(graph, People(cast("Any", MemoryTable(world.people, wire, self.clock, told))))
        policy = replace(policy_of(settings), jitter=world.random.uniform)
        parts = Parts(
            ledger,
            graph,
            references,
            delivery,
            letters,
            policy,
            self.clock,
            settings.learning_provider_id,
            world.rebuilds,
            self.shadow,
        )
        return Handler(
            Reconciler(parts),
            delivery,
            letters,
            shared,
            world.formats,
            hold_seconds=settings.hold_seconds,
            clock=self.clock,
        )

    async def handle(self, queue: str, text: str) -> Outcome:
        """Handle a message from a queue."""
        handler = self._handler
        handle = {
            "events": handler.event,
            "retries": handler.retry,
            "events-poison": handler.poison,
            "retries-poison": handler.retry_poison,
        }[queue]
        return await handle(text.encode())

    async def send(self, operation: str, effect: Callable[[], object], about: str) -> None:
        """Send a request from the host in this process."""
        await _Wire(self, self._world).call(operation, effect, about)

    def die(self) -> None:
        """Stop in the middle of everything. Requests that were sent may still take effect."""
        if not self.dead:
            self.dead = True
            self._world.tell(f"{self.name} dies")
            self._world.died(self)

    def freeze(self, seconds: float) -> None:
        """Do nothing for a while."""
        self._frozen_until = max(self._frozen_until, asyncio.get_running_loop().time() + seconds)
        self._world.tell(f"{self.name} freezes for {seconds:.0f} s")

    async def awake(self) -> None:
        """Wait until the process isn't frozen.

        Raises:
            asyncio.CancelledError: the process is dead, so nothing goes on.
        """
        if self.dead:
            raise asyncio.CancelledError
        left = self._frozen_until - asyncio.get_running_loop().time()
        if left > 0:
            await asyncio.sleep(left)
            await self.awake()


class _Wire:
    """The connection of one process to all servers."""

    pause = 0.8

    def __init__(self, process: Process, world: Around) -> None:
        self._process = process
        self._world = world

    async def call[T](self, operation: str, effect: Callable[[], T], about: str = "") -> T:
        """Send a request, and let happen to it what the faults decide."""
        process, world, loop = self._process, self._world, asyncio.get_running_loop()
        if process.dead:
            raise asyncio.CancelledError
        sent = world.watch.sent(process, operation, about)
        if sent is None:
            await process.awake()
        passage = world.faults.passage(operation, loop.time(), sent and sent.left)
        if passage.what:
            world.tell(f"{process.name} {operation} {about[:12]}: {passage.what}")
        answer: asyncio.Future[T] = loop.create_future()
        arrival = _Arrival(world, process, operation, about, effect, sent, passage, answer)
        if passage.dies:
            # The request may still take effect, but nobody waits for its answer.
            process.die()
            passage.hangs = True
            loop.call_later(passage.there, arrival)
        if passage.freezes:
            process.freeze(passage.freezes)
        if passage.dies or passage.freezes:
            await process.awake()
        loop.call_later(passage.there, arrival)
        if passage.gives_up is not None:
            loop.call_later(passage.gives_up, _resolve, answer, NoAnswer(for_good=passage.for_good))
        try:
            return await answer
        finally:
            if passage.freezes_after:
                process.freeze(passage.freezes_after)
            await process.awake()


@dataclass(frozen=True, slots=True)
class _Arrival:
    """The arrival of a request at its server."""

    world: Around
    process: Process
    operation: str
    about: str
    effect: Callable[[], object]
    sent: Sent | None
    passage: Passage
    answer: asyncio.Future[Any]

    def __call__(self) -> None:
        """Let the request take effect, and answer."""
        passage = self.passage
        result = self._land() if passage.lands else None
        if passage.dies_after:
            self.process.die()
        if passage.answer is not None:
            result = passage.answer
        if passage.gives_up is None and not passage.hangs:
            asyncio.get_running_loop().call_later(passage.back, _resolve, self.answer, result)

    def _land(self) -> object:
        if self.sent is not None:
            self.world.watch.lands(self.sent)
        try:
            result = self.effect()
        except Exception as error:  # noqa: BLE001  a refusal by the server, which the client should see
            result = error
        self.world.took_effect(self.process, self.operation, self.about, result)
        return result


def _resolve(answer: asyncio.Future[Any], result: object) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
