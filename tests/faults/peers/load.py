"""A steady load of assignments and their completions."""

import asyncio
from asyncio import Task
from contextlib import suppress
from datetime import timedelta
from itertools import count
from random import Random
from typing import Self

from tests.faults.rig import Rig
from tests.faults.workload import FIRST, Event, story

# A course is completed this many assignments later.
LATER = 5


class Load:
    """An async context manager that publishes events until it is left, and then the completions that are still due.

    Args:
        rig: where the events are published.
        rate: assignments per second. There are as many completions.
        seed: decides what the events are.

    Attributes:
        events: everything that was published.
    """

    def __init__(self, rig: Rig, rate: float, seed: str) -> None:
        self.events: list[Event] = []
        self._rig = rig
        self._pause = 1 / rate
        self._random = Random(seed)  # noqa: S311  the same in every run
        self._due: list[Event] = []
        self._ends = asyncio.Event()
        self._task: Task[None]

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._publish())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ends.set()
        await self._task

    async def _publish(self) -> None:
        clock = asyncio.get_running_loop().time
        started = clock()
        for number in count():
            assigned, *_, completed = story(self._random, FIRST + timedelta(minutes=number))
            await self._send(assigned)
            self._due.append(completed)
            if len(self._due) > LATER:
                await self._send(self._due.pop(0))
            with suppress(TimeoutError):
                async with asyncio.timeout_at(started + (number + 1) * self._pause):
                    await self._ends.wait()
                    break
        for completed in self._due:
            await self._send(completed)

    async def _send(self, event: Event) -> None:
        await self._rig.publish([event])
        self.events.append(event)
