"""Many senders at once, a queue that fails for a while, and a door that is killed: `python -m tests.faults.webhooks`.

Each sender signs its deliveries, and repeats a delivery until the response is 2xx, as vendors do. In the end, every
delivery that got a 2xx must have become exactly one activity.
"""

import argparse
import asyncio
import json
import math
import os
import signal
import statistics
import sys
import time
import uuid
from collections import Counter
from dataclasses import asdict, dataclass

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from rich.console import Console
from rich.table import Table

from activities.domain.desired import external_id
from tests.activities.webhooks.proofs import hex_hmac
from tests.faults.actions import Status
from tests.faults.poison_records import assigned
from tests.faults.rig import EVENTS, Rig
from tools.develop.host.process import HostProcess

SENDER = "lms"
SETTINGS = {
    "WEBHOOKS": json.dumps({SENDER: {"scheme": "hmac", "header": "X-Webhook-Signature", "format": "native"}}),
    "WEBHOOK_SECRET_LMS": "correct-horse-battery",
}
KILLS = 2
OUTAGE_SECONDS = 3.0
PAUSE = 0.2
GIVEN_UP = 5.0
_OK = range(200, 300)


@dataclass
class Figures:
    """What a run showed."""

    deliveries: int
    taken: int
    activities: int
    creates: int
    lost: int
    unexpected: int
    kills: int
    answers: dict[str, int]
    median_ms: float
    slowest_ms: float

    @property
    def well(self) -> bool:
        """Whether all deliveries were accepted in the end, and each became exactly one activity."""
        return self.deliveries == self.taken == self.activities == self.creates and not self.lost + self.unexpected


class Senders:
    """Senders that repeat deliveries until each is accepted, a given number at a time."""

    def __init__(self, worker: HostProcess, deliveries: int) -> None:
        self.answers: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.taken: set[str] = set()
        self._left = iter([f"delivery-{number}" for number in range(deliveries)])
        self._address = f"{worker.url}/api/webhooks/{SENDER}"

    async def run(self, senders: int) -> None:
        """Send all deliveries."""
        connections = TCPConnector(limit=0)
        async with (
            ClientSession(timeout=ClientTimeout(total=GIVEN_UP), connector=connections) as session,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(senders):
                group.create_task(self._send(session))

    async def _send(self, session: ClientSession) -> None:
        for name in self._left:
            learner = {"entraObjectId": str(uuid.uuid5(uuid.NAMESPACE_URL, name))}
            body = json.dumps(assigned(name, learner)).encode()
            while name not in self.taken:
                status = await self._try(session, body)
                self.answers[status] += 1
                if status.isdigit() and int(status) in _OK:
                    self.taken.add(name)
                else:
                    await asyncio.sleep(PAUSE)

    async def _try(self, session: ClientSession, body: bytes) -> str:
        begun = time.perf_counter()
        try:
            async with session.post(self._address, data=body, headers=hex_hmac(body)) as response:
                await response.read()
                self.seconds.append(time.perf_counter() - begun)
                return str(response.status)
        except (ClientError, TimeoutError) as error:
            return type(error).__name__


async def run(deliveries: int, senders: int) -> Figures:
    """Send the deliveries while the queue fails and the door is killed, and wait until all have been handled."""
    async with Rig(settings=SETTINGS) as rig:
        worker = await rig.start()
        sending = Senders(worker, deliveries)
        trouble = asyncio.create_task(_trouble(rig, worker, sending, deliveries))
        await sending.run(senders)
        kills = await trouble
        await rig.wait_until_empty()
        found = Counter(str(activity.external_id) for activity in rig.simulator.activities)
        wanted = {external_id(f"{SENDER}:{name}") for name in sending.taken}
        return Figures(
            deliveries,
            len(sending.taken),
            found.total(),
            sum(request.operation == "create" for request in rig.simulator.requests),
            len(wanted - found.keys()),
            len(found.keys() - wanted),
            kills,
            dict(sending.answers),
            statistics.median(sending.seconds) * 1000,
            max(sending.seconds) * 1000,
        )


async def _trouble(rig: Rig, worker: HostProcess, sending: Senders, deliveries: int) -> int:
    """Kill the door after a quarter and after half of the deliveries; after three quarters, let the queue fail."""
    kills = 0
    for share in (1 / 4, 1 / 2):
        await _until(sending, share * deliveries)
        os.kill(worker.functions()["receive_webhook"], signal.SIGKILL)
        kills += 1
    await _until(sending, 3 / 4 * deliveries)
    failing = rig.proxied["queue"].rule(f"queue:put:{EVENTS}", action=Status(503), times=math.inf)
    await asyncio.sleep(OUTAGE_SECONDS)
    rig.proxied["queue"].remove(failing)
    return kills


async def _until(sending: Senders, taken: float) -> None:
    while len(sending.taken) < taken:  # noqa: ASYNC110  only the senders know
        await asyncio.sleep(0.02)


def main() -> int:
    """Run the command line. Return 0 if nothing was lost or duplicated."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.webhooks", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=2000, help="how many deliveries (default: 2000)")
    parser.add_argument("--senders", type=int, default=50, help="how many send at the same time (default: 50)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    figures = asyncio.run(run(options.deliveries, options.senders))
    if options.json:
        print(json.dumps(asdict(figures)))  # noqa: T201  a command prints
        return 0 if figures.well else 1
    table = Table("", "", title="Webhooks while the queue fails and the door is killed", show_header=False)
    for name, value in asdict(figures).items():
        table.add_row(name.replace("_", " "), f"{value:.0f}" if isinstance(value, float) else str(value))
    Console().print(table)
    return 0 if figures.well else 1


if __name__ == "__main__":
    sys.exit(main())
