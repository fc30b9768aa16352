"""Everything around the app: storage, Graph, the processes, and the time. Each seed gives one world."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from activities.domain.shadow import LIVE, Shadow
from activities.intake.formats import load_formats
from activities.settings import Settings
from tests.simulation.faults import Faults
from tests.simulation.host import Host
from tests.simulation.memory.container import Container
from tests.simulation.memory.identity import Identity
from tests.simulation.memory.queue import Queue
from tests.simulation.memory.table import Table
from tests.simulation.memory.tenant import Tenant
from tests.simulation.process import Process
from tests.simulation.watch import Watch

BEGIN = datetime(2027, 1, 4, 8, tzinfo=UTC).timestamp()
PROVIDER = "13727311-e7bb-470d-8b20-6a23d9030d70"
_SOURCES = """
{"native:other": {}, "native:moved": {"formerly": "native"}, "simulated": {"assignedAgain": "startsOver"}}
"""
# The functions of each process, by the number of processes. On Flex Consumption, every function has its own.
_ROLES = (
    (("events", "retries", "poison"),),
    (("events", "poison"), ("retries",)),
    (("events",), ("retries",), ("poison",)),
    (("events",), ("events",), ("retries",), ("retries", "poison")),
)
QUEUES = ("events", "retries", "events-poison", "retries-poison")

_COMMON = {"LEARNING_PROVIDER_ID": PROVIDER, "AzureWebJobsStorage": "UseDevelopmentStorage=true"}
# Some runs have less patience than the default, so that they give something up.
SETTINGS = Settings.model_validate(_COMMON)
IMPATIENT = Settings.model_validate(
    _COMMON | {"RETRY_MAX_AGE_HOURS": 0.3, "CONTENT_MAX_AGE_HOURS": 0.5, "BLAME_TRIES": 2}
)
FORMATS = load_formats(Path(__file__).with_name("formats"), _SOURCES)


class Broken(Exception):
    """An invariant is broken."""


class World:
    """Everything around the app. Create it on the loop that it will run on.

    Attributes:
        random: decides everything.
        slots: how many messages a process handles at once.
        skew: how many seconds a machine's clock may be off, in either direction.
        rebuilds: processes start with `LEDGER_REBUILD` on.
        shadow: who is in shadow for processes that start now.
        stopped: no message is delivered.
        told: what has happened, if it's traced.
    """

    def __init__(self, random: Random, *, processes: int, skew: float | None = None, traced: bool = False) -> None:
        self.random = random
        self.settings = random.choice((SETTINGS, SETTINGS, IMPATIENT))
        self.formats = FORMATS
        self.slots = random.choice((1, 2, 4, 12))
        chosen = random.choice((0.0, 1.0, 10.0, 60.0, 7200.0))
        self.skew = chosen if skew is None else abs(skew)
        self.rebuilds = False
        self.shadow = LIVE
        self.stopped = False
        self.traced = traced
        self.told: list[str] = []
        self.broken: list[str] = []
        self._loop = asyncio.get_running_loop()
        self.host = Host(self)
        self.faults = Faults(random)
        self.queues = {name: Queue(name, self.host.change) for name in QUEUES}
        self.table, self.people = Table(), Table()
        self.letters, self.bodies = Container(), Container()
        self.tenant = Tenant(lambda: self.now)
        self.identity = Identity(lambda: self.tenant.roles, lambda: self.now)
        self.watch = Watch(self)
        self._started = 0
        self._roles = _ROLES[processes - 1]
        self.processes = [self._start() for _ in self._roles]

    @property
    def now(self) -> float:
        """The true time, in seconds since 1970."""
        return BEGIN + self._loop.time()

    def tell(self, what: str) -> None:
        """Add a line to the trace, if there is one."""
        if self.traced:
            self.told.append(f"{self._loop.time():12.3f}  {what}")

    def fail(self, what: str) -> None:
        """Note that an invariant is broken."""
        self.tell(f"BROKEN: {what}")
        self.broken.append(what)

    def check(self) -> None:
        """Stop if an invariant is broken.

        Raises:
            Broken: one is.
        """
        if self.broken:
            raise Broken(self.broken[0])

    def _start(self) -> Process:
        self._started += 1
        return Process(self, f"p{self._started}", self.random.uniform(-self.skew, self.skew))

    def process_for(self, queue: str) -> Process | None:
        """Return a process that can handle a message of this queue now."""
        role = "poison" if queue.endswith("-poison") else queue
        able = [
            process
            for process, roles in zip(self.processes, self._roles, strict=True)
            if role in roles and process.busy < self.slots and not self.stopped
        ]
        return self.random.choice(able) if able else None

    def died(self, process: Process) -> None:
        """Replace a dead process with a new one."""
        self.processes[self.processes.index(process)] = self._start()
        self.host.lost(process)

    def restart(self) -> None:
        """End all processes, and start new ones."""
        for process in list(self.processes):
            process.die()

    def cast(self, shadow: Shadow) -> None:
        """Change who is in shadow. All processes restart."""
        self.tell(f"{shadow}")
        self.shadow = shadow
        self.restart()

    def took_effect(self, process: Process, operation: str, about: str, result: object) -> None:
        """Trace the effect of a request at its server."""
        if self.traced:
            self.tell(f"{process.name} {operation} {about[:12]} -> {self.watch.describe(operation, about, result)}")

    async def drain(self, *, until: float = float("inf"), deliveries: int = 2000) -> bool:
        """Wait until all messages have been handled, but only until a time of the loop or for a number of deliveries.

        Returns:
            Whether all have been handled.
        """
        last = self.host.deliveries + deliveries
        alarm = self._loop.call_at(until, self.host.ended.set) if until < float("inf") else None
        while not self.host.idle and self._loop.time() < until and self.host.deliveries < last:
            self.host.ended.clear()
            await self.host.ended.wait()
            self.check()
        if alarm is not None:
            alarm.cancel()
        self.check()
        return self.host.idle

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(max(seconds, 0.0))

    def later(self, seconds: float, happens: Callable[[], None]) -> None:
        """Let something happen after some seconds."""
        self._loop.call_later(seconds, happens)
