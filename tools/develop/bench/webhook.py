"""Compare the webhook door with a plain server that just puts what it gets on the same queue, in one run.

    python -m tools.develop.bench.webhook [--requests N] [--rounds N] [--senders N] [--json]

Each runs in its own process and writes to Azurite. Rounds alternate between them, with the same number of requests in
flight. The door runs in the official worker runtime. It checks a signature, reads JSON and writes a CloudEvent. The
ratio is the door to the plain server. The memory is the door's process after the first round and at the end.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped] # it has no type hints
from aiohttp import ClientSession, TCPConnector
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tools.develop.azurite import Azurite, create_storage
from tools.develop.bench.pipeline import event
from tools.develop.host.process import HostProcess, embedded
from tools.develop.simulator import Simulator
from tools.develop.stack import APP_ROOT, INHERITED, NAMES

OK = 200
SECRET = "correct-horse-battery"  # noqa: S105  a simulated sender's
SENDER = {"scheme": "hmac", "header": "X-Webhook-Signature", "format": "native"}
# All functions except the door are off, because taking messages off the queue would disturb both measurements.
OTHERS = ("process_event", "retry_event", "collect_poison", "collect_retry_poison", "heartbeat")
MEGABYTE = 2**20


@dataclass(frozen=True)
class Figures:
    """How long requests took, and the memory of the door's process."""

    door_median_ms: float
    door_p99_ms: float
    plain_median_ms: float
    plain_p99_ms: float
    median_ratio: float
    p99_ratio: float
    memory_mb_first: float
    memory_mb_last: float


async def run(requests: int, rounds: int, senders: int) -> Figures:
    """Measure both in turn."""
    async with AsyncExitStack() as started:
        folder = Path(started.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        simulator = await started.enter_async_context(Simulator())
        azurite = await started.enter_async_context(Azurite())
        await create_storage(azurite.connection_string, NAMES)
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | {
            "AzureWebJobsStorage": azurite.connection_string,
            **NAMES,
            **simulator.environment,
            **{f"AzureWebJobs.{name}.Disabled": "true" for name in OTHERS},
            "WEBHOOKS": json.dumps({"lms": SENDER}),
            "WEBHOOK_SECRET_LMS": SECRET,
        }
        door = embedded(APP_ROOT, environment, folder, "door")
        started.push_async_callback(door.stop, 10)
        await door.ready()
        plain = await started.enter_async_context(_Plain(environment))
        addresses = (f"{door.url}/api/webhooks/lms", f"{plain}/lms")
        session = await started.enter_async_context(ClientSession(connector=TCPConnector(limit=0)))
        times: tuple[list[float], list[float]] = ([], [])
        for address in addresses:
            await _round(session, address, 5 * senders, senders)
        memory = [_memory(door)]
        for _ in track(range(rounds), "Rounds", console=Console(stderr=True), disable=not sys.stderr.isatty()):
            for address, seconds in zip(addresses, times, strict=True):
                seconds.extend(await _round(session, address, requests, senders))
            memory.append(_memory(door))
    (one, one_p99), (other, other_p99) = (_figures(seconds) for seconds in times)
    return Figures(one, one_p99, other, other_p99, one / other, one_p99 / other_p99, memory[1], memory[-1])


class _Plain:
    """The plain server as a process; an async context manager that gives its address."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {**environment, "PYTHONPATH": str(APP_ROOT)}

    async def __aenter__(self) -> str:
        pipe = asyncio.subprocess.PIPE
        program = (sys.executable, "-m", "tools.develop.bench.plain_door", self._environment["AzureWebJobsStorage"])
        self._process = await asyncio.create_subprocess_exec(*program, stdin=pipe, stdout=pipe, env=self._environment)
        assert self._process.stdout  # noqa: S101  it's a pipe
        return f"http://127.0.0.1:{int(await self._process.stdout.readline())}"

    async def __aexit__(self, *_: object) -> None:
        await self._process.communicate()


async def _round(session: ClientSession, address: str, requests: int, senders: int) -> list[float]:
    """Send requests, and return the seconds that each took."""
    left, seconds = iter(range(requests)), []

    async def send() -> None:
        for number in left:
            body = event(number, "assigned", 8)
            headers = {SENDER["header"]: hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}
            begun = time.perf_counter()
            async with session.post(address, data=body, headers=headers) as response:
                await response.read()
                if response.status != OK:
                    raise RuntimeError(f"{address}: {response.status}")
            seconds.append(time.perf_counter() - begun)

    async with asyncio.TaskGroup() as group:
        for _ in range(senders):
            group.create_task(send())
    return seconds


def _memory(door: HostProcess) -> float:
    return float(psutil.Process(door.functions()["receive_webhook"]).memory_info().rss / MEGABYTE)


def _figures(seconds: list[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile, in milliseconds."""
    return statistics.median(seconds) * 1000, statistics.quantiles(seconds, n=100)[-1] * 1000


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--requests", type=int, default=250, help="requests to each server in a round")
    parser.add_argument("--rounds", type=int, default=8, help="rounds for each server")
    parser.add_argument("--senders", type=int, default=50, help="requests in flight")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    figures = asyncio.run(run(arguments.requests, arguments.rounds, arguments.senders))
    if arguments.json:
        print(json.dumps(asdict(figures)))
        return
    table = Table("", "door", "plain server", "ratio", title=f"{arguments.senders} senders")
    for name, one, other, ratio in (
        ("median, ms", figures.door_median_ms, figures.plain_median_ms, figures.median_ratio),
        ("99th percentile, ms", figures.door_p99_ms, figures.plain_p99_ms, figures.p99_ratio),
    ):
        table.add_row(name, f"{one:.1f}", f"{other:.1f}", f"{ratio:.2f}")
    Console().print(table)
    first, last = figures.memory_mb_first, figures.memory_mb_last
    Console().print(f"memory of the door: {first:.0f} MB after the first round, {last:.0f} MB at the end")


if __name__ == "__main__":
    main()
