"""Under load, one request in five to any service meets a random failure.

Graph and the identity endpoint meet every failure that a single request can meet without TLS. Storage is spared two
sorts. It doesn't lie, because its SDK believes any response whose status is a success, and the app promises nothing
about a storage account that lies. And its responses don't drip, because its SDK (which the host uses too) waits for as
long as anything comes.

If storage's response to a poll is lost, nobody gets the message in it. The message stays hidden for as long as the host
locks messages: ten minutes in production, and less here.
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
    """What the choice of a failure needs to know about a connection."""

    @property
    def served(self) -> int:
        """How many requests it has carried."""


class Chance:
    """Chooses whether a connection's next request meets a failure, and which one.

    Args:
        service: the name of the service.
        random: the source of randomness.

    Attributes:
        share: the share of requests that meet a failure (0 to 1).
    """

    def __init__(self, service: str, random: Random) -> None:
        self.share = SHARE
        self._random = random
        suitable = [case for case in CASES.values() if suits(case, service)]
        self._at_first = [case for case in suitable if not case.row.reused]
        self._later = [case for case in suitable if case.row.stage != "connection"]

    def choose(self, line: Used) -> Case | None:
        """Return a random failure, or None."""
        if self._random.random() >= self.share:
            return None
        return self._random.choice(self._later if line.served else self._at_first)


def suits(case: Case, service: str) -> bool:
    """Return whether single requests to a service may meet this failure."""
    row = case.row
    return not row.tls and row.stage != "listen" and (service in _BELIEVED or not (row.lies or row.drips))


@dataclass(frozen=True)
class Mixture:
    """What a run showed.

    Args:
        accounts: where all events ended up.
        letters: how many dead letters there are, by reason.
        poison: how many messages the host gave up on.
        delivered: seconds from the end of all failures until everything was delivered; None if the run gave up.
        requests: how many requests came to each service while failures were possible.
        met: how many of them met a failure.
        retries: how many invocations handled a retry.
        errors: how many invocations raised an exception, so that the host delivered the message again.
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
        """Whether every event was delivered, and nothing was lost, duplicated, dead-lettered or given up on."""
        return self.accounts.clean and not self.letters and not self.poison and self.delivered is not None

    def as_json(self) -> dict[str, Any]:
        """Return all figures."""
        return {**vars(self), "accounts": self.accounts.as_json(), "well": self.well}

    def table(self) -> Table:
        """Return all figures as a table."""
        shown = self.accounts.table("One request in five meets a failure")
        for service in sorted(self.requests):
            share = self.met[service] / max(1, self.requests[service])
            shown.add_row(f"requests to {service}", f"{self.requests[service]} ({share:.0%} met a failure)")
        for name in ("letters", "poison", "retries", "errors"):
            shown.add_row(name, str(getattr(self, name)))
        shown.add_row("delivered after s", "never" if self.delivered is None else f"{self.delivered:.0f}")
        return shown


async def mixture(times: Times, seed: str) -> Mixture:
    """Let requests meet failures for as long as `times` says, then wait until everything is delivered."""
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
