"""What the parts of a world know about it. The world imports its parts, so they can't import the world."""

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
        """Add a line to the trace."""
        ...

    def fail(self, what: str) -> None:
        """Note that an invariant is broken."""
        ...

    def died(self, process: Any) -> None:  # noqa: ANN401  it imports this module
        """Replace a dead process with a new one."""
        ...

    def process_for(self, queue: str) -> Any:  # noqa: ANN401  it imports this module
        """Return a process that can handle a message of this queue now."""
        ...

    def took_effect(self, process: Any, operation: str, about: str, result: object) -> None:  # noqa: ANN401  the same
        """Trace the effect of a request at its server."""
        ...
