"""A random schedule of what can happen to one enrolment's messages.

The rules assume that clocks differ by less than the margin, that a request takes effect before its deadline or never,
and that Graph shows a change by the end of the settle time. The schedule respects all of this.
"""

import asyncio
from dataclasses import dataclass
from random import Random

from azure.core.exceptions import AzureError

from activities.domain.outcomes import Outcome
from tests.faults.actions import Action, Hold, Reset, Status
from tests.faults.rules import Point
from tests.traces.post import Queued
from tests.traces.refusals import NO_PERMISSION, REFUSED, UNKNOWN
from tests.traces.stories import Event, assigned, completed, progressed, unassigned
from tests.traces.worker import Death, InFlight, Worker
from tests.traces.world import BEGIN, World

WORKERS = 3
STEPS = 40
SKEW = 4.5
CHANGES = ("graph:create", "graph:update", "graph:delete")
GRAPH = (*CHANGES, "graph:get_by_external_id")
STORAGE = ("table:get", "table:insert", "table:update", "queue:put:*")
POINTS: tuple[Point, ...] = ("before", "after")
REFUSALS = (REFUSED, UNKNOWN, NO_PERMISSION, Status(429, {"Retry-After": "0"}))
FAILED = (Status(500), Status(503, {"Retry-After": "0"}))
FROZEN = 500.0
LANDING = 0.7
SHUFFLED = 0.5


@dataclass(eq=False)
class Pending:
    """Something that will happen at the time `by` at the latest."""

    by: float
    flight: InFlight | None = None
    hold: Hold | None = None


class Schedule:
    """One random run."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._random = Random(seed)  # noqa: S311  a seed always gives the same run
        self._coming = self._story()
        self._workers: list[Worker] = []
        self._tasks: set[asyncio.Task[Outcome | None]] = set()
        self._pending: list[Pending] = []
        self.told: list[str] = []

    def _story(self) -> list[Event]:
        """Return the events in reverse order of publishing. Some occur twice."""
        random = self._random
        events = [assigned(), *(_later_event(at, random) for at in range(1, random.randint(3, 7)))]
        events += random.sample(events, random.randint(0, 2))
        if random.random() < SHUFFLED:
            random.shuffle(events)
        return events[::-1]

    async def run(self) -> None:
        """Run the schedule, then handle all messages that are left and check the result."""
        world, random = self._world, self._random
        for _ in range(STEPS):
            await random.choices((self._publish, self._pass_time, self._deliver, self._happen), (2, 3, 6, 2))[0]()
            await world.check_nothing_is_lost()
        while self._coming:
            await self._publish()
        while self._pending:
            await self._happen()
        if self._tasks:
            await asyncio.wait(self._tasks)
        last = await world.worker()
        await world.drain(last)
        await world.post.redrive()
        await world.drain(last)
        await world.check_all_is_well()

    async def _publish(self) -> None:
        if self._coming:
            event = self._coming.pop()
            self._tell(f"publish {event['eventId']}")
            self._world.publish(event)

    async def _pass_time(self) -> None:
        await self._advance(self._random.choice((0.5, 5, 15, 40, 80, 200)))

    async def _advance(self, seconds: float) -> None:
        """Let time pass, and let everything happen that's due by then."""
        until = self._world.now + seconds
        for pending in sorted((one for one in self._pending if one.by < until), key=lambda one: one.by):
            self._world.advance(max(pending.by - self._world.now, 0))
            await self._let(pending)
        self._tell(f"advance to {until - BEGIN:.1f}")
        self._world.advance(max(until - self._world.now, 0))

    async def _happen(self) -> None:
        if self._pending:
            await self._let(self._random.choice(self._pending))

    async def _let(self, pending: Pending) -> None:
        """Let something pending happen."""
        self._pending.remove(pending)
        if pending.hold is not None:
            self._tell("release")
            pending.hold.release()
            await self._quiet()
        if pending.flight is not None:
            self._tell(f"land {pending.flight.exchange and pending.flight.exchange.kind}")
            await self._world.land(pending.flight)

    async def _deliver(self) -> None:
        """Deliver a visible message, or the next one to become visible, to a worker that may meet a fault."""
        message = await self._message()
        if message is None:
            return
        worker = await self._worker()
        self._add_fault(worker)
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

    async def _message(self) -> Queued | None:
        world = self._world
        following = world.post.next()
        if following is None:
            return None
        await self._advance(max(following.due - world.now, 0))
        return self._random.choice([message for message in world.post.live if message.due <= world.now] or [following])

    async def _worker(self) -> Worker:
        """Return an idle worker, because within a process, an enrolment's messages wait for each other."""
        idle = [worker for worker in self._workers if not worker.dead and not worker.busy]
        if len(idle) < WORKERS:
            idle.append(await self._world.worker(ahead=self._random.uniform(-SKEW, SKEW)))
            self._workers.append(idle[-1])
        return self._random.choice(idle)

    def _add_fault(self, worker: Worker) -> None:
        """Add a fault to one of a worker's next requests, or do nothing."""
        random = self._random
        faults: list[tuple[tuple[str, ...], tuple[Point, ...], Action]] = [
            (GRAPH + STORAGE, POINTS, Death(worker)),
            (CHANGES, POINTS, Death(worker)),
            (CHANGES, ("before",), InFlight(random.choice((worker, None)))),
            (GRAPH, POINTS, Hold()),
            (STORAGE, POINTS, Hold()),
            (GRAPH, ("before",), random.choice(REFUSALS)),
            (GRAPH, POINTS, random.choice(FAILED)),
            (GRAPH + STORAGE, POINTS, Reset()),
        ]
        if random.random() < 1 / len(faults):
            return
        kinds, points, action = random.choice(faults)
        kind, point = random.choice(kinds), random.choice(points)
        self._tell(f"{type(action).__name__} {point} {kind} of {self._workers.index(worker)}")
        rule = worker.rule(kind, action, point=point, nth=random.choice((1, 1, 2)))
        rule.reached.add_done_callback(lambda _: self._remember(kind, action))

    def _remember(self, kind: str, action: Action) -> None:
        """Note what's pending now: a request to Graph until its deadline, others for as long as a worker may freeze."""
        by = self._world.now + (self._world.settings.graph_deadline - 1 if kind in GRAPH else FROZEN)
        if isinstance(action, Hold):
            self._pending.append(Pending(by, hold=action))
        if isinstance(action, InFlight) and self._random.random() < LANDING:
            self._pending.append(Pending(by, flight=action))

    async def _quiet(self) -> None:
        """Wait until every worker has finished or is held."""
        while True:
            held = sum(1 for one in self._pending if one.hold is not None)
            if len(self._tasks) <= held:
                return
            await asyncio.wait(self._tasks, timeout=0.01, return_when=asyncio.FIRST_COMPLETED)

    def _tell(self, what: str) -> None:
        self.told.append(f"{self._world.now - BEGIN:.1f} {what}")


def _later_event(at: int, random: Random) -> Event:
    """Return an event that may follow an assignment."""
    terms = random.choice(("required", "recommended"))
    again = assigned(at, terms)
    over = {**again, "startsOver": True}
    return random.choice((again, again, over, progressed(random.randint(1, 99), at), completed(at), unassigned(at)))
