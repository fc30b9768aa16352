"""Runs trials side by side, because they mostly wait. Each lane has its own storage, Graph and workers."""

import asyncio
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path

from tests.faults.peer.certificates import Authority
from tests.faults.peer.fronts import Peers
from tests.faults.peer.rows import Case
from tests.faults.peers.trial import Result, Times, trial
from tests.faults.rig import Rig

# No process is killed, so no other process needs to get its messages.
LOCK_SECONDS = 600


async def run(
    cases: Iterable[Case], lanes: int, times: Times, *, tls: bool, done: Callable[[Result], None]
) -> list[Result]:
    """Try all cases, and return the results in the order of the cases."""
    left = list(enumerate(cases))
    left.reverse()
    results: dict[int, Result] = {}
    authority = Authority() if tls else None

    async def lane(folder: Path) -> None:
        while left:
            async with AsyncExitStack() as stack:
                rig = await stack.enter_async_context(rig_behind(authority, folder, times))
                await asyncio.gather(*(rig.start() for _ in range(times.workers)))
                well = True
                # If a trial goes wrong, the next one gets a new stack.
                while left and well:
                    number, case = left.pop()
                    results[number] = await trial(rig, case, times)
                    well = not results[number].wrong
                    done(results[number])

    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(lanes, len(left))):
                group.create_task(lane(Path(folder)))
    return [results[number] for number in sorted(results)]


def rig_behind(authority: Authority | None, folder: Path, times: Times) -> Rig:
    """Return a stack with a peer in front of Graph. The peer speaks TLS if there's an authority."""
    trust = {} if authority is None else {"SSL_CERT_FILE": str(authority.write(folder))}
    return Rig(
        settings={**times.settings, **trust},
        fronts=lambda settings: Peers(settings, ["graph"], authority=authority),
        lock_seconds=LOCK_SECONDS,
    )
