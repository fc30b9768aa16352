"""One run. The seed decides the world, the story and the troubles. After everything has happened, it's checked."""

import asyncio
from dataclasses import dataclass, field
from random import Random

from activities.domain.shadow import LIVE, Shadow
from tests.simulation import loop
from tests.simulation.account import account
from tests.simulation.fault_kinds import FAULTS
from tests.simulation.faults import UNLIMITED, Faults, Outage, some_rates
from tests.simulation.forgetting import Forgetting
from tests.simulation.memory.wire import Answered, NoConnection
from tests.simulation.operators import Operator
from tests.simulation.publisher import Publisher, enrolment
from tests.simulation.story import NATIVE, Enrolment
from tests.simulation.surprises import surprises
from tests.simulation.troubles import OF_GRAPH, OF_LEARNERS, Trouble
from tests.simulation.world import Broken, World

# How many messages are handled while things go wrong, and again after everything has been put right.
DELIVERIES = 250
# How many seconds a clock may jump.
LEAP = 60.0


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended.

    Attributes:
        seed: the run's seed.
        wrong: what went wrong, or empty if nothing did.
        told: what happened.
        requests: how many requests were sent to Graph.
    """

    seed: int
    wrong: str = ""
    told: list[str] = field(default_factory=list)
    requests: int = 0


def simulate(seed: int, *, processes: int | None = None, skew: float | None = None, traced: bool = False) -> Result:
    """Run a seed.

    Args:
        seed: decides everything that the other arguments don't.
        processes: how many processes the app has.
        skew: how many seconds the machines' clocks may be off.
        traced: note what happens.
    """
    return loop.run(lambda: _Run(seed, processes, skew, traced=traced).result())


class _Run:
    def __init__(self, seed: int, processes: int | None, skew: float | None, *, traced: bool) -> None:
        random = self._random = Random(seed)  # noqa: S311  a seed gives the same run
        self._seed = seed
        self._is_right = False
        chosen = random.randint(1, 4)
        self._world = world = World(random, processes=processes or chosen, skew=skew, traced=traced)
        self._operator = Operator(world)
        world.faults = Faults(random, some_rates(random))
        world.host.careless = random.choice((0.0, 0.0, 0.02, 0.1))
        self._lag()
        self._enrolments = [enrolment(world, number) for number in range(random.choice((1, 1, 2, 3)))]
        self._troubles = [trouble for one in self._enrolments for trouble in self._trouble(one)]
        self._forgetting = Forgetting(world, self._operator, self._enrolments, seed)
        self._publisher = Publisher(world, self._enrolments, self._operator)
        for one in self._enrolments:
            world.watch.add(one)

    async def result(self) -> Result:
        world = self._world
        running = asyncio.get_running_loop()
        running.set_exception_handler(lambda _, context: world.fail(f"{context['message']}: {context}"))
        delivering = running.create_task(world.host.run())
        wrong = ""
        with surprises() as found:
            try:
                await self._everything()
            except Broken as broken:
                wrong = str(broken)
        wrong = found[0] if found else wrong
        delivering.cancel()
        return Result(self._seed, wrong, world.told, world.watch.requests)

    def _lag(self) -> None:
        """Let reads show an older state, but not older than the settle time."""
        random, tenant = self._random, self._world.tenant
        longest = self._world.settings.settle
        often = random.choice((0.0, 0.2, 0.9))
        tenant.lag = lambda: random.uniform(0.0, longest) if random.random() < often else 0.0
        tenant.choose = random.choice
        # A lookup that finds a deleted activity proves nothing, however late it is.
        tenant.haunts = lambda: random.uniform(0.0, 400.0) if random.random() < often else 0.0

    def _trouble(self, one: Enrolment) -> list[Trouble]:
        random, world = self._random, self._world
        kinds = (OF_LEARNERS, OF_GRAPH) if one.source == NATIVE else (OF_GRAPH,)
        chosen = [random.choice(of) for of in kinds if random.random() < 0.3]
        return [make(world, one) for make in chosen]

    async def _everything(self) -> None:
        world, random = self._world, self._random
        self._tell_story()
        self._begin_troubles()
        self._go_into_shadow()
        self._forgetting.begins()
        await self._publisher.publish()
        if random.random() < 0.3:
            await self._let_go_on(random.choice((600.0, 7200.0)))
            await self._operator.redrive()
        await self._let_go_on(random.choice((60.0, 3600.0, 40000.0)))
        self._put_right()
        self._go_live()
        await self._drain()
        for trouble in self._troubles:
            if trouble.rebinds is not None:
                self._operator.control("rebind", trouble.rebinds)
        await self._drain()
        # Until then, letters that were being sent may still appear.
        await world.wait(UNLIMITED)
        # An event may have to wait until another one, which named the wrong learner, has been given up again.
        for _ in range(2):
            await self._operator.redrive()
            await self._drain()
        account(world, self._enrolments, self._publisher.nonsense)
        await self._forget_for_good()

    async def _forget_for_good(self) -> None:
        """Have the chosen enrolments forgotten, and check that repeated events don't bring them back."""
        self._forgetting.ask_again()
        await self._drain()
        left = self._forgetting.check()
        self._forgetting.send_again()
        await self._drain()
        if self._forgetting.check() != left:
            self._world.fail("what was forgotten has changed")
        self._world.check()

    async def _let_go_on(self, seconds: float) -> None:
        await self._world.drain(until=asyncio.get_running_loop().time() + seconds, deliveries=DELIVERIES)

    def _put_right(self) -> None:
        world = self._world
        world.tell("everything is put right")
        self._is_right = True
        world.faults.stop()
        world.host.careless = 0.0
        for trouble in self._troubles:
            trouble.ends()

    async def _drain(self) -> None:
        messages = sum(len(queue.messages) for queue in self._world.queues.values())
        if not await self._world.drain(deliveries=DELIVERIES + 3 * messages):
            self._world.fail("messages without end")
        self._world.watch.check_idle()
        self._world.check()

    def _tell_story(self) -> None:
        for one in self._enrolments:
            self._world.tell(f"{one.label}: {one.id}, record {self._world.watch.key_of(one)[:12]}, {one.external_id}")
            for event in one.events:
                self._world.tell(f"    {event}")

    def _go_into_shadow(self) -> None:
        """Let some runs begin in shadow, or go into it later, except for a pilot group."""
        # It has its own random numbers, so that the rest of the run stays as it was.
        random = Random(f"shadow of {self._seed}")  # noqa: S311  a seed gives the same run
        if random.random() < 0.3:
            learners = {one.person.id for one in self._enrolments if random.random() < 0.3}
            shadow = Shadow(everybody=True, pilot=frozenset(learners))
            self._world.later(
                random.choice((0.0, 0.0, 30.0, 600.0)), lambda: self._is_right or self._world.cast(shadow)
            )

    def _go_live(self) -> None:
        """Take everybody out of shadow, and continue with what was held back, as `docs/deployment.md` says."""
        if self._world.shadow != LIVE:
            self._world.cast(LIVE)
            self._operator.set_going(self._enrolments)

    def _leap(self) -> None:
        self._random.choice(self._world.processes).leap(self._random.choice((-LEAP, LEAP)))

    def _begin_troubles(self) -> None:
        world, random = self._world, self._random
        if random.random() < 0.1:
            world.later(random.choice((1.0, 60.0, 600.0)) * random.random(), self._leap)
        for trouble in self._troubles:
            world.tell(f"trouble: {trouble.name}")
            trouble.begins()
            if trouble.changes is not None and random.random() < 0.7:
                world.later(random.choice((1.0, 60.0, 600.0, 20000.0)) * random.random(), trouble.changes)
        while random.random() < 0.25:
            begins = random.choice((0.0, 30.0, 300.0)) * random.random()
            error = random.choice((NoConnection(), Answered(503, "ServerBusy")))
            place = random.choice([*FAULTS, "graph:create", "table:update", "blob:put"])
            outage = Outage(place, begins, begins + random.choice((20.0, 600.0, 7200.0)), error)
            world.tell(f"outage: {outage}")
            world.faults.outages.append(outage)
