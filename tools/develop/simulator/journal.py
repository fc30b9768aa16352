"""The requests that the simulator received, and how each one ended."""

import asyncio
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Operation = Literal[
    "create",
    "update",
    "delete",
    "get",
    "get_by_external_id",
    "find_content",
    "find_user",
    "list_grants",
    "token",
    "unknown",
]

SECONDS_KEPT = 120


@dataclass(eq=False)
class RecordedRequest:
    """One request. `status` is None until the request has been handled, and stays None if it never is."""

    number: int
    operation: Operation
    method: str
    path: str  # as received: percent-encoded, with the query
    body: Any = None  # parsed JSON, or the text if it isn't JSON
    client_request_id: str = ""
    time: float = field(default_factory=time.time)  # seconds since 1970
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: int | None = None
    responded: bool = False  # whether a response was sent to the client
    faulted: bool = False  # whether a scripted fault hit it
    found: int | None = None  # how many items a response lists, such as people; None if it isn't a list
    duration: float | None = None  # seconds until the response or the reset


class Journal:
    """The latest requests, the counts of all requests, and Graph's statuses per second."""

    def __init__(self) -> None:
        self.requests: list[RecordedRequest] = []
        self.counts: Counter[tuple[str, str]] = Counter()
        self.seconds: deque[tuple[int, Counter[str]]] = deque(maxlen=SECONDS_KEPT)
        self._number = 0
        self._waiting: set[asyncio.Event] = set()

    def open(self, request: RecordedRequest, keep: int) -> None:
        """Record a request that has arrived. Once there are a tenth more than `keep`, drop the oldest ones."""
        self._number += 1
        request.number = self._number
        self.requests.append(request)
        if len(self.requests) > keep + keep // 10:
            del self.requests[: len(self.requests) - keep]
        self.changed()

    def close(self, request: RecordedRequest, started: float) -> None:
        """Record that a request has ended. `started` is on the monotonic clock."""
        request.duration = time.monotonic() - started
        status = str(request.status) if request.responded else "none"
        self.counts[request.operation, status] += 1
        if request.operation != "token":
            self._count_in_second(int(time.time()), status)
        self.changed()

    def clear(self) -> None:
        """Forget everything except the numbering."""
        self.requests.clear()
        self.counts.clear()
        self.seconds.clear()

    def _count_in_second(self, second: int, status: str) -> None:
        if not self.seconds or self.seconds[-1][0] != second:
            self.seconds.append((second, Counter()))
        self.seconds[-1][1][status] += 1

    def since(self, number: int) -> list[RecordedRequest]:
        """List the requests with a higher number."""
        if not self.requests:
            return []
        return self.requests[max(0, number + 1 - self.requests[0].number) :]

    def changed(self) -> None:
        """Wake up everything that's waiting for a change."""
        for event in self._waiting:
            event.set()

    async def wait_until(self, condition: Callable[[], object], seconds: float) -> None:
        """Wait until a condition is true. It's checked at every change.

        Raises:
            TimeoutError: it isn't true within `seconds`.

        """
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    event.clear()
                    await event.wait()
        finally:
            self._waiting.discard(event)
