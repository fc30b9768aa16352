"""What tests of the pace share: requests sent the way the sync sends them, and their times."""

import asyncio
from itertools import pairwise

import pytest

from activities.domain.errors import Throttled
from activities.graph.admission import Admission

CREATE, UPDATE, FIND = "create/assignment", "update/assignment", "find_user"


def now() -> float:
    """Return the loop's time."""
    return asyncio.get_running_loop().time()


def gaps(times: list[float]) -> list[float]:
    """Return the seconds from each time to the next."""
    return [second - first for first, second in pairwise(times)]


def closed_for(admission: Admission) -> float:
    """Return for how many seconds Graph is closed."""
    try:
        admission.check()
    except Throttled as error:
        return error.after or 0.0
    return 0.0


async def refused(admission: Admission, kind: str) -> float:
    """Return the number of seconds after which a refused request is to be tried again."""
    with pytest.raises(Throttled) as error:
        await admission.admit(kind)
    assert error.value.after is not None
    return error.value.after


async def answered(admission: Admission, requests: int) -> None:
    """Let Graph accept this many requests at once."""
    for _ in range(requests):
        await admission.admit(CREATE)
        await admission.turn()
        admission.succeeded(CREATE)


async def throttled_after(requests: int, after: float) -> Admission:
    """Return an admission without other processes, after this many requests and a throttled one."""
    admission = Admission(hold=60, probe=1)
    await answered(admission, requests)
    admission.throttled(after)
    return admission


async def _send(admission: Admission, times: list[float]) -> None:
    await admission.admit(CREATE)
    await admission.turn()
    times.append(now())
    admission.succeeded(CREATE)


async def sent_by(admission: Admission, requests: int, at_once: int = 12) -> list[float]:
    """Send this many requests, some of them at the same time, and return when they were sent."""
    times: list[float] = []
    left = iter(range(requests))

    async def send() -> None:
        for _ in left:
            while True:
                try:
                    await asyncio.create_task(_send(admission, times))
                    break
                except Throttled as error:
                    await asyncio.sleep(error.after or 0.0)

    await asyncio.gather(*(asyncio.create_task(send()) for _ in range(at_once)))
    return times
