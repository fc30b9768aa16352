"""A fault proxy's notes about each request, and how to read them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass
class Exchange:
    """One request and what became of it.

    Times are seconds of the event loop's clock, or None if it did not happen.
    """

    kind: str
    method: str
    target: str  # path and query as sent
    headers: dict[str, str]  # names in lower case
    body: bytes
    client: int  # the client's port
    received: float
    forwarded: float | None = None
    responded: float | None = None  # when the head of the server's response came
    finished: float | None = None  # when the client had been sent everything meant for it
    upstream_status: int | None = None
    status: int | None = None  # what the client got, or was to get
    response: bytes | None = None  # the body of the response, if a rule with the point "after" looked at it
    faults: list[str] = field(default_factory=list)  # names of the actions, and of errors of the connection


def matching(log: Iterable[Exchange], pattern: str) -> list[Exchange]:
    """Return the exchanges whose kind matches a pattern (fnmatch)."""
    return [exchange for exchange in log if fnmatchcase(exchange.kind, pattern)]


def merged(*logs: Iterable[Exchange]) -> list[Exchange]:
    """Join the logs of several proxies, in the order in which the requests came in."""
    return sorted((exchange for log in logs for exchange in log), key=lambda exchange: exchange.received)


def counts(log: Iterable[Exchange]) -> Counter[str]:
    """Count the requests of each kind."""
    return Counter(exchange.kind for exchange in log)
