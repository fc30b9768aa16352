"""One failure, for a while and under load: what becomes of the events, and how soon everything recovers."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tests.faults.accounting import Accounting, account
from tests.faults.peer.rows import Case
from tests.faults.peer.server import Peer
from tests.faults.peers.load import Load
from tests.faults.rig import Rig

# A request must get through within this many seconds after the end of a failure.
SOON = 20.0
_QUEUES = "AzureFunctionsJobHost__extensions__queues__"


@dataclass(frozen=True)
class Times:
    """The times of a trial, and its load.

    Args:
        settings: app settings.
        before: seconds of load before the failure.
        during: how many seconds the failure lasts.
        after: seconds of load after the first request has got through again.
        stalled: seconds without progress after which the trial gives up.
        rate: assignments per second. There are as many completions.
        workers: how many workers there are.
    """

    settings: Mapping[str, str]
    before: float = 10
    during: float = 60
    after: float = 10
    stalled: float = 900
    rate: float = 0.5
    workers: int = 2


# As in production, except for SETTLE_SECONDS: the simulator shows changes at once.
PRODUCTION = {
    "GRAPH_DEADLINE_SECONDS": "40",
    "LEASE_SECONDS": "60",
    "CLOCK_MARGIN_SECONDS": "10",
    "HOLD_SECONDS": "300",
    "SHARE_SECONDS": "30",
    "SETTLE_SECONDS": "5",
    f"{_QUEUES}visibilityTimeout": "00:01:30",
    f"{_QUEUES}maxDequeueCount": "10",
    f"{_QUEUES}maxPollingInterval": "00:00:10",
}


@dataclass(frozen=True)
class Result:
    """The result of a trial. Times are in seconds from the end of the failure."""

    case: Case
    accounts: Accounting
    letters: dict[str, int]  # by reason
    success: float | None  # until a request got through; None if the trial gave up
    delivered: float | None  # until everything was delivered; None if the trial gave up
    met: int  # connections or requests that met the failure
    requests: int
    retries: int
    errors: int  # invocations that raised an exception, so that the host delivered the message again

    @property
    def wrong(self) -> list[str]:
        """What's wrong, in words."""
        found = [f"{count} {reason}" for reason, count in self.letters.items()]
        comparison = asdict(self.accounts.comparison)
        found += [f"{len(names)} {word}" for word, names in comparison.items() if names]
        if self.delivered is None:
            found.append("not delivered")
        if self.success is None or self.success > SOON:
            found.append("late")
        if not self.met and self.case.row.stage != "listen":
            found.append("never met")
        return found

    def as_json(self) -> dict[str, Any]:
        """Return all figures."""
        return {
            "name": self.case.name,
            "wrong": self.wrong,
            "first_success": _rounded(self.success),
            "delivered": _rounded(self.delivered),
            "met": self.met,
            "requests": self.requests,
            "retries": self.retries,
            "errors": self.errors,
            "letters": self.letters,
            "accounts": self.accounts.as_json(),
        }


async def trial(rig: Rig, case: Case, times: Times) -> Result:
    """Fail in one way under load, and wait until everything is delivered."""
    peer: Peer = rig.proxied["graph"]
    clock = asyncio.get_running_loop().time
    list(rig.invocations())
    requests, met = peer.requests, peer.met
    async with Load(rig, times.rate, case.name) as load:
        await peer.success()
        await asyncio.sleep(times.before)
        await peer.fail(case)
        await asyncio.sleep(times.during)
        healed = clock()
        await peer.heal()
        success = clock() - healed if await _success(peer, times.stalled) else None
        await asyncio.sleep(times.after)
    arrived = clock() - healed if await delivered(rig, times.stalled) else None
    letters = await rig.dead_letters()
    invocations = Counter((one.function, one.outcome) for one in rig.invocations())
    return Result(
        case=case,
        accounts=accounts_of(rig, load, letters, peer.requests - requests),
        letters=dict(Counter(letter["reason"] for letter in letters)),
        success=success,
        delivered=arrived,
        met=peer.met - met,
        requests=peer.requests - requests,
        retries=sum(number for (function, _), number in invocations.items() if function == "retry_event"),
        errors=sum(number for (_, outcome), number in invocations.items() if outcome == "error"),
    )


async def _success(peer: Peer, within: float) -> bool:
    try:
        async with asyncio.timeout(within):
            await peer.success()
    except TimeoutError:
        return False
    return True


async def delivered(rig: Rig, stalled: float) -> bool:
    """Wait until no message is left. Return false if nothing has happened for this many seconds."""
    try:
        await rig.wait_until_empty(poll=1, stalled_after=stalled)
    except TimeoutError:
        return False
    return True


def accounts_of(rig: Rig, load: Load, letters: list[dict[str, Any]], requests: int) -> Accounting:
    """Account for a load's events, which took this many Graph requests. Other events of the rig don't count."""
    own = {event["enrollmentId"] for event in load.events}
    return account(
        load.events,
        [activity for activity in rig.activities() if activity["external_id"] in own],
        dead_lettered={letter["enrollmentId"] for letter in letters if letter.get("enrollmentId")},
        graph_requests=requests,
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
