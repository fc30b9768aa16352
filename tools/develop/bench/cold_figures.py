"""How long a cold start takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Start:
    """One start, in seconds: CPU and wall time until the function has ended, and CPU until the app is loaded.

    `graph` says whether Graph's library was loaded.
    """

    cpu: float
    wall: float
    loaded: float
    graph: bool


@dataclass(frozen=True)
class Figures:
    """The medians of several starts, in seconds. `graph`: whether any of them loaded Graph's library."""

    cpu: float
    wall: float
    loaded: float
    graph: bool


def medians(starts: Sequence[Start]) -> Figures:
    """Return the medians of the starts."""
    return Figures(
        median(one.cpu for one in starts),
        median(one.wall for one in starts),
        median(one.loaded for one in starts),
        any(one.graph for one in starts),
    )
