"""What goes wrong with requests. Each run has its own faults and rates.

The faults keep to what the sync assumes: clocks differ by less than the margin, a request takes effect within its lease
or never, Graph shows a change within the settle time, and it finds the users and courses that it has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from tests.simulation.fault_kinds import FAULTS, IMPOSSIBLE, TELLING
from tests.simulation.passage import Passage

_OFTEN = (0.02, 0.06, 0.15, 0.3)
_SELDOM = (0.003, 0.01, 0.03)
# How many seconds a request may take if it doesn't need a lease.
UNLIMITED = 300.0
_GRAPH = (0.05, 0.4)
_STORAGE = (0.002, 0.02)

type Rates = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Outage:
    """An error for all operations that start with `place`, for some time of the loop. Without an error, they hang."""

    place: str
    begins: float
    ends: float
    error: Exception | None


class Faults:
    """Decides what happens to each request of a run."""

    def __init__(self, random: Random, rates: Rates | None = None) -> None:
        self.outages: list[Outage] = []
        self._random = random
        self._set(rates or {})

    def _set(self, rates: Rates) -> None:
        self._tables: dict[str, tuple[list[str], list[float]]] = {}
        for place, of_place in rates.items():
            if of_place:
                self._tables[place] = list(of_place), list(accumulate(of_place.values()))

    def stop(self) -> None:
        """Let nothing go wrong from now on."""
        self.outages.clear()
        self._set({})

    def passage(self, operation: str, now: float, left: float | None) -> Passage:
        """Return what happens to a request.

        Args:
            operation: what is requested.
            now: the time of the loop.
            left: how many seconds are left of the lease, within which the request must take effect, or None if it
                doesn't need a lease.
        """
        random, place = self._random, operation.partition(":")[0]
        times = _GRAPH if place == "graph" else _STORAGE
        passage = Passage(random.uniform(*times), random.uniform(*times))
        for outage in self.outages:
            if operation.startswith(outage.place) and outage.begins <= now < outage.ends:
                passage.lands, passage.answer, passage.what = False, outage.error, "outage"
                passage.hangs = outage.error is None
                return passage
        table = self._tables.get(place)
        if table is not None:
            names, sums = table
            draw = random.random()
            if draw < sums[-1]:
                name = next(name for name, limit in zip(names, sums, strict=True) if draw < limit)
                if (operation, name) not in IMPOSSIBLE:
                    passage.what = name
                    FAULTS[place][name](random, passage, UNLIMITED if left is None else max(left, 0.0))
        return passage


def some_rates(random: Random) -> Rates:
    """Choose what goes wrong in a run, and how often: a few faults for each server.

    Tables and queues get lower rates, because nearly every step of an invocation uses them.
    """
    rates: dict[str, dict[str, float]] = {}
    for place, faults in FAULTS.items():
        often = place in ("graph", "blob", "identity")
        chosen = random.choices([*faults, *TELLING], k=random.choice((0, 1, 2, 4) if often else (0, 0, 1, 3)))
        rates[place] = {name: random.choice(_OFTEN if often else _SELDOM) for name in chosen if name in faults}
    return rates
