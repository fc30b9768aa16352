"""The time of the storage service, which all processes share.

Leases and retries are timed by it. The clock of a machine may be wrong, and may leap while a process runs. Every
response of storage says what time it was there, so a process goes by a steady clock that it sets by these.
"""

import time
from collections.abc import Callable, Mapping, MutableMapping
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

# The header has whole seconds, and the response has travelled for a while.
_HALF_A_SECOND = 0.5
_TOLERANCE = 2.0
_ASKED = "asked"


class _HttpResponse(Protocol):
    headers: Mapping[str, str]


class Request(Protocol):
    """A request as the SDK of storage passes it to its hooks."""

    context: MutableMapping[str, Any]


class Response(Request, Protocol):
    """A response as the SDK of storage passes it to its hooks, with the context of its request."""

    http_response: _HttpResponse


def _steady() -> float:
    """Return a time that never leaps, and goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class StorageClock:
    """Gives seconds since 1970.

    Args:
        wall: the clock of the machine, which counts until storage has responded for the first time.
        steady: gives seconds that never leap.
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = _steady) -> None:
        self._steady = steady
        self._offset = wall() - steady()
        self._heard = False

    def __call__(self) -> float:
        """Return the present time."""
        return self._steady() + self._offset

    def ask(self, request: Request) -> None:
        """Note when a request is sent."""
        request.context[_ASKED] = self._steady()

    def hear(self, response: Response) -> None:
        """Learn from a response what time it is there.

        It may have taken long, and the process may have been frozen before it read it. So the time is at least what a
        response says, and no later only if it came at once. The first one sets the clock in any case: that of the
        machine may be far ahead, and a process that has heard nothing holds no lease.
        """
        try:
            told = parsedate_to_datetime(response.http_response.headers["Date"]).timestamp() + _HALF_A_SECOND
        except (KeyError, ValueError):
            return
        took = self._steady() - response.context.get(_ASKED, 0.0)
        ahead = told - self()
        if ahead > _TOLERANCE or (ahead < -_TOLERANCE and (took < _TOLERANCE or not self._heard)):
            self._offset = told - self._steady()
        self._heard = True
