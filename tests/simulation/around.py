"""What the parts of a world know of it. The world imports its parts, so they cannot import it."""

from typing import Any, Protocol


class Around(Protocol):
    """The world that a part belongs to: see `world.World`."""

    random: Any
    settings: Any
    formats: Any
    faults: Any
    tenant: Any
    table: Any
    people: Any
    letters: Any
    bodies: Any
    queues: Any
    identity: Any
    watch: Any
    rebuilds: Any

    def now(self) -> float:
        """Return the present time."""
        ...

    def tell(self, what: str) -> None:
        """Note what happened."""
        ...

    def fail(self, what: str) -> None:
        """End the run, because something is wrong."""
        ...

    def died(self, process: Any) -> None:  # noqa: ANN401  a part that imports this
        """Note that a process has died."""
        ...

    def process_for(self, *queue: Any) -> Any:  # noqa: ANN401  a part that imports this
        """Return a process that takes the next message."""
        ...
