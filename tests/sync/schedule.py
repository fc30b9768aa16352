"""A random schedule: whatever may happen to the messages of one enrolment, within what the rules assume.

Assumed are: clocks that differ by less than the margin, requests that land by their deadline or never, and a Graph
that shows a change after the settle time.
"""

import asyncio
from dataclasses import dataclass
from random import Random

from azure.core.exceptions import AzureError

from activities.outcomes import Outcome
from tests.faults.actions import Action, Hold, Reset, Status
from tests.sync.post import Queued
from tests.sync.stories import Event, assigned, completed, progressed, unassigned
from tests.sync.worker import Death, InFlight, Worker
from tests.sync.world import World

WORKERS = 3
STEPS = 40
SKEW = 4.5
CHANGES = ("graph:create", "graph:update", "graph:delete")
GRAPH = (*CHANGES, "graph:get_by_external_id")
STORAGE = ("table:get", "table:insert", "table:update", "queue:put:*")
ANSWERS = (
    Status(400),
    Status(429, {"Retry-After": "0"}),
    Status(500),
    Status(503, {"Retry-After": "0"}),
)


@dataclass(eq=False)
class Pending:
    """Something on its way, to happen `by` then at the latest."""

    by: float
    flight: InFlight | None = None
    hold: Hold | None = None


class Schedule:
    """One random run."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._random = Random(seed)  # noqa: S311  a test's dice
        self._coming = self._story()
        self._workers: list[Worker] = []
        self._tasks: set[asyncio.Task[Outcome | None]] = set()
        self._pending: list[Pending] = []
        self.told: list[str] = []

    def _story(self) -> list[Event]:
        """The events in the order in which they are published, some of them twice."""
        dice = self._random
        events = [assigned()]
        for at in range(1, dice.randint(2, 6)):
            events.append(
                dice.choice((progressed(dice.randint(1, 99), at), unassigned(at), completed(at), _again(at, dice)))
            )
        events += dice.sample(events, dice.randint(0, 2))
        dice.shuffle(events)
        return events

    async def run(self) -> None:
        """Let it happen, then let it come to rest."""
        world, dice = self._world, self._random
        for _ in range(STEPS):
            await dice.choices((self._publish, self._pass_time, self._deliver, self._happen), (2, 3, 6, 2))[0]()
            await world.nothing_is_lost()
        while self._coming:
            await self._publish()
        while self._pending:
            await self._happen()
        if self._tasks:
            await asyncio.wait(self._tasks)
        last = await world.worker()
        await world.rest(last)
        world.post.redrive()
        await world.rest(last)
        await world.all_is_well()

    async def _publish(self) -> None:
        if self._coming:
            event = self._coming.pop()
            self._tell(f"publish {event['eventId']}")
            self._world.publish(event)

    async def _pass_time(self) -> None:
        seconds = self._random.choice((0.5, 5, 15, 40, 80, 200))
        for pending in [one for one in self._pending if one.by < self._world.now + seconds]:
            self._world.advance(max(pending.by - self._world.now, 0))
            await self._let(pending)
        self._tell(f"advance {seconds}")
        self._world.advance(seconds)

    async def _happen(self) -> None:
        if self._pending:
            await self._let(self._random.choice(self._pending))

    async def _let(self, pending: Pending) -> None:
        """Let something pending happen, or find out that nothing was."""
        self._pending.remove(pending)
        if pending.hold is not None:
            self._tell("release")
            pending.hold.release()
            await self._quiet()
        if pending.flight is not None:
            self._tell(f"land {pending.flight.exchange and pending.flight.exchange.kind}")
            await self._world.land(pending.flight)

    async def _deliver(self) -> None:
        """Deliver a message that shows itself, or the next that will, to a worker that something may befall."""
        message = self._message()
        if message is None:
            return
        worker = await self._worker()
        self._befall(worker)
        self._tell(f"deliver to {self._workers.index(worker)} {message.is_retry}")
        task = asyncio.ensure_future(self._take(worker, message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await self._quiet()

    async def _take(self, worker: Worker, message: Queued) -> Outcome | None:
        try:
            outcome = await worker.take(message)
        except AzureError as error:
            self._tell(f"  {self._workers.index(worker)}: {error!r}")
            return None
        self._tell(f"  {self._workers.index(worker)}: {outcome}; {len(self._world.post.live)} left")
        return outcome

    def _message(self) -> Queued | None:
        post = self._world.post
        due = [message for message in post.live if message.due <= self._world.now]
        return self._random.choice(due) if due else None

    async def _worker(self) -> Worker:
        """One that is at leisure: within a process the messages of an enrolment wait for each other."""
        idle = [worker for worker in self._workers if not worker.dead and not worker.busy]
        if len(idle) < WORKERS:
            idle.append(await self._world.worker(ahead=self._random.uniform(-SKEW, SKEW)))
            self._workers.append(idle[-1])
        return self._random.choice(idle)

    def _befall(self, worker: Worker) -> None:
        """Have something happen to one of the next requests of a worker, or nothing."""
        dice, deadline = self._random, self._world.settings.graph_deadline
        point = dice.choice(("before", "after"))
        action: Action
        match dice.choice(("nothing", "death", "lost", "held", "frozen", "answer", "reset")):
            case "death":
                kind, action = dice.choice(GRAPH + STORAGE), Death(worker)
            case "lost":
                kind, point = dice.choice(CHANGES), "before"
                action = InFlight(dice.choice((worker, None)))
            case "held":
                kind, action = dice.choice(GRAPH), Hold()
            case "frozen":
                kind, action = dice.choice(STORAGE), Hold()
            case "answer":
                kind, action = dice.choice(GRAPH), dice.choice(ANSWERS)
                if action.status in (400, 429):
                    point = "before"
            case "reset":
                kind, action = dice.choice(GRAPH + STORAGE), Reset()
            case _:
                return
        self._tell(f"rule {type(action).__name__} {point} {kind} worker {self._workers.index(worker)}")
        rule = worker.rule(kind, action, point=point, nth=dice.choice((1, 1, 2)))

        def reached(_: object) -> None:
            if isinstance(action, InFlight):
                if dice.random() < 0.7:
                    self._pending.append(Pending(self._world.now + deadline - 1, flight=action))
            elif isinstance(action, Hold):
                patience = deadline - 1 if kind in GRAPH else 500.0
                self._pending.append(Pending(self._world.now + patience, hold=action))

        rule.reached.add_done_callback(reached)

    async def _quiet(self) -> None:
        """Wait until every worker has finished or is held."""
        while True:
            held = sum(1 for one in self._pending if one.hold is not None)
            if len(self._tasks) <= held:
                return
            await asyncio.wait(self._tasks, timeout=0.01, return_when=asyncio.FIRST_COMPLETED)

    def _tell(self, what: str) -> None:
        self.told.append(f"{self._world.now - 1e6:.1f} {what}")


def _again(at: int, dice: Random) -> Event:
    return assigned(at, dice.choice(("required", "recommended")))
