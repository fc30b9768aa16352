"""An event loop on a virtual clock. Whenever nothing is ready, time jumps to the next timer.

A year passes in seconds, and always in the same way, because nothing outside the process takes part.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Stuck(Exception):
    """Nothing is ready and no timer is set, so nothing will ever happen again."""


class _Jump:
    """Replaces the selector. Instead of waiting, it moves the clock."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise Stuck
        if timeout > 0:
            self._loop.jump()
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop whose clock begins at zero and jumps."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._selector = _Jump(self)
        # Timers count as due a microsecond early. After years, the real clock's resolution is too fine for a float.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Return the seconds since the loop began."""
        return self._now

    def jump(self) -> None:
        """Move the clock to the next timer."""
        self._now = max(self._now, self._scheduled[0].when())

    def _process_events(self, event_list: list[Any]) -> None:
        """Do nothing, because there are no sockets."""

    def _write_to_self(self) -> None:
        """Do nothing, because there are no other threads."""


def run[T](main: Callable[[], Coroutine[None, None, T]]) -> T:
    """Run a coroutine function on a virtual clock until it ends, and cancel the tasks that it leaves behind.

    Raises:
        Stuck: it would never end.
    """
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(_begin(main))
    finally:
        loop.run_until_complete(_end(asyncio.all_tasks(loop)))
        loop.close()


async def _begin[T](main: Callable[[], Coroutine[None, None, T]]) -> T:
    return await main()


async def _end(left: set[asyncio.Task[object]]) -> None:
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
