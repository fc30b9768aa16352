"""One request in five to any service meets a random failure, under load.

Graph and the identity meet all failures that need no TLS. Two sorts are left out for storage. Its SDK believes whatever
comes with the status of a success, and nobody promises anything about a storage account that lies. And its SDK waits
for as long as something comes, also where the host uses it.

A message that nobody received, because storage's answer was lost, stays hidden for as long as the host locks it:
ten minutes in production, and less here.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from rich.table import Table

from tests.faults.accounting import Accounting
from tests.faults.fronts import SERVICES
from tests.faults.peer.fronts import Peers
from tests.faults.peer.rows import CASES, Case
from tests.faults.peers.load import Load
from tests.faults.peers.trial import Times, accounts_of, delivered
from tests.faults.rig import Rig

SHARE = 0.2
LOCK_SECONDS = 30
_BELIEVED = ("graph", "token")


class Used(Protocol):
    """A connection, as far as the choice depends on it."""

    @property
    def served(self) -> int:
        """How many requests it has carried."""


class Chance:
    """Chooses what the next request of a connection meets.

    Args:
        service: the name of the service.
        random: chooses.

    Attributes:
        share: how many of the requests meet a failure (0 to 1).
    """

    def __init__(self, service: str, random: Random) -> None:
        self.share = SHARE
        self._random = random
        suitable = [case for case in CASES.values() if suits(case, service)]
        self._at_first = [case for case in suitable if not case.row.reused]
        self._later = [case for case in suitable if case.row.stage != "connection"]

    def choose(self, line: Used) -> Case | None:
        """Return a random failure, or none."""
        if self._random.random() >= self.share:
            return None
        return self._random.choice(self._later if line.served else self._at_first)


def suits(case: Case, service: str) -> bool:
    """Return whether a failure may happen to single requests to a service."""
    row = case.row
    return not row.tls and row.stage != "listen" and (service in _BELIEVED or not (row.lies or row.drips))


@dataclass(frozen=True)
class Mixture:
    """What a run showed.

    Args:
        accounts: where all events are.
        letters: how many dead letters there are, by reason.
        poison: how many messages the host gave up on.
        delivered: seconds from the end of all failures until everything was delivered; None if the run gave up.
        requests: how many requests came to each service while failures were possible.
        met: how many of them met a failure.
        retries: how many messages were retried by the app.
        errors: how many invocations raised, so that the host delivered the message again.
    """

    accounts: Accounting
    letters: Mapping[str, int]
    poison: int
    delivered: float | None
    requests: Mapping[str, int]
    met: Mapping[str, int]
    retries: int
    errors: int

    @property
    def well(self) -> bool:
        """Whether nothing was lost, duplicated, dead-lettered or given up."""
        return self.accounts.clean and not self.letters and not self.poison and self.delivered is not None

    def as_json(self) -> dict[str, Any]:
        """Return all figures."""
        return {**vars(self), "accounts": self.accounts.as_json(), "well": self.well}

    def table(self) -> Table:
        """Return all figures as a table."""
        shown = self.accounts.table("One request in five meets a failure")
        for service in sorted(self.requests):
            share = self.met[service] / max(1, self.requests[service])
            shown.add_row(f"requests to {service}", f"{self.requests[service]}, of which {share:.0%} met a failure")
        for name in ("letters", "poison", "retries", "errors"):
            shown.add_row(name, str(getattr(self, name)))
        shown.add_row("delivered after s", "never" if self.delivered is None else f"{self.delivered:.0f}")
        return shown


async def mixture(times: Times, seed: str) -> Mixture:
    """Let requests meet failures for as long as `times` says, and wait until everything is delivered."""
    chances = {service: Chance(service, Random(f"{seed} {service}")) for service in SERVICES}  # noqa: S311  repeatable
    rig = Rig(
        settings=times.settings,
        fronts=lambda settings: Peers(settings, choose=lambda service: chances[service].choose),
        lock_seconds=LOCK_SECONDS,
    )
    async with rig:
        await asyncio.gather(*(rig.start() for _ in range(times.workers)))
        async with Load(rig, times.rate, seed) as load:
            await asyncio.sleep(times.during)
            for chance in chances.values():
                chance.share = 0
            requests = {service: rig.proxied[service].requests for service in SERVICES}
            met = {service: rig.proxied[service].met for service in SERVICES}
            healed = asyncio.get_running_loop().time()
        arrived = await delivered(rig, times.stalled)
        seconds = asyncio.get_running_loop().time() - healed
        letters = await rig.dead_letters()
        invocations = Counter((one.function, one.outcome) for one in rig.invocations())
        return Mixture(
            accounts=accounts_of(rig, load, letters, rig.proxied["graph"].requests),
            letters=Counter(letter["reason"] for letter in letters),
            poison=sum(number for (_, outcome), number in invocations.items() if outcome == "poison"),
            delivered=seconds if arrived else None,
            requests=requests,
            met=met,
            retries=sum(number for (function, _), number in invocations.items() if function == "retry_event"),
            errors=sum(number for (_, outcome), number in invocations.items() if outcome == "error"),
        )
