"""What the parts of a world know of it. The world imports its parts, so they cannot import it."""

from random import Random
from typing import Any, Protocol

from activities.domain.shadow import Shadow
from activities.intake.formats import Formats
from activities.settings import Settings
from tests.simulation.faults import Faults
from tests.simulation.memory.container import Container
from tests.simulation.memory.identity import Identity
from tests.simulation.memory.queue import Queue
from tests.simulation.memory.table import Table
from tests.simulation.memory.tenant import Tenant


class Around(Protocol):
    """The world that a part belongs to: see `world.World`."""

    random: Random
    settings: Settings
    formats: Formats
    faults: Faults
    tenant: Tenant
    table: Table
    people: Table
    letters: Container
    bodies: Container
    queues: dict[str, Queue]
    identity: Identity
    watch: Any
    rebuilds: bool
    shadow: Shadow

    @property
    def now(self) -> float:
        """The true time, in seconds since 1970."""
        ...

    def tell(self, what: str) -> None:
        """Note what happens."""
        ...

    def fail(self, what: str) -> None:
        """Note that an invariant does not hold."""
        ...

    def died(self, process: Any) -> None:  # noqa: ANN401  a part that imports this
        """Put a new process in the place of a dead one."""
        ...

    def process_for(self, queue: str) -> Any:  # noqa: ANN401  a part that imports this
        """Return a process that can handle a message of this queue now."""
        ...

    def took_effect(self, process: Any, operation: str, about: str, result: object) -> None:  # noqa: ANN401  the same
        """Trace what a request led to at its server."""
        ...
