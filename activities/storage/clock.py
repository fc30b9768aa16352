"""The storage service's time, which all processes share.

Leases and retries are timed by it. A machine's clock may be wrong, and may jump while a process runs. But every
response from storage says what time it is there. So a process uses a steady clock, and sets it by these responses.
"""

import time
from collections.abc import Callable, Mapping, MutableMapping
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

# The header has whole seconds only, and the response took a while to arrive.
_HALF_A_SECOND = 0.5
_TOLERANCE = 2.0
_ASKED = "asked"


class _HttpResponse(Protocol):
    headers: Mapping[str, str]


class Request(Protocol):
    """A request as the storage SDK passes it to its hooks."""

    context: MutableMapping[str, Any]


class Response(Request, Protocol):
    """A response as the storage SDK passes it to its hooks, with the context of its request."""

    http_response: _HttpResponse


def _steady() -> float:
    """Return a time in seconds that never jumps, and goes on while the machine sleeps (on Linux)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class StorageClock:
    """A clock that returns seconds since 1970.

    Args:
        wall: the machine's clock, which is used until storage has responded for the first time.
        steady: returns seconds that never jump.
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = _steady) -> None:
        self._steady = steady
        self._offset = wall() - steady()
        self._heard = False

    def __call__(self) -> float:
        """Return the current time."""
        return self._steady() + self._offset

    def ask(self, request: Request) -> None:
        """Note when a request is sent."""
        request.context[_ASKED] = self._steady()

    def hear(self, response: Response) -> None:
        """Set the clock by a response.

        The response may have been slow, or the process may have been frozen before it read it. So it's at least as
        late as the response says, and no later only if the response was fast. That's why any response may set the clock
        forward, but only a fast one may set it back. The first response may set it back too: the machine's clock may be
        far ahead, and a process that has had no response yet has no lease.
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
