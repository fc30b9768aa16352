"""What was seen of each request that passed a fault proxy, and tables of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from rich.table import Table


@dataclass
class Exchange:
    """One request and what became of it. Times are the event loop's, in seconds; none: did not happen."""

    kind: str
    method: str
    target: str  # path and query as sent
    headers: dict[str, str]  # names in lower case
    body: bytes
    client: int  # the client's port
    received: float
    forwarded: float | None = None
    answered: float | None = None  # the upstream's whole head was there
    finished: float | None = None  # everything that the client was to get has been sent
    upstream_status: int | None = None
    status: int | None = None  # what the client got, or was to get
    answer: bytes | None = None  # the answer's body, if a rule with point "after" looked at this request
    faults: list[str] = field(default_factory=list)  # names of the actions, and of what went wrong by itself


def matching(log: Iterable[Exchange], pattern: str) -> list[Exchange]:
    """Those of a kind (fnmatch), for counting and reading."""
    return [exchange for exchange in log if fnmatchcase(exchange.kind, pattern)]


def merged(*logs: Iterable[Exchange]) -> list[Exchange]:
    """The logs of several proxies as one, in the order in which the requests came in."""
    return sorted((exchange for log in logs for exchange in log), key=lambda exchange: exchange.received)


def counts(log: Iterable[Exchange]) -> Counter[str]:
    """How often each kind came."""
    return Counter(exchange.kind for exchange in log)


def steps(log: Iterable[Exchange]) -> Table:
    """The requests as a rich table, one a line."""
    table = Table("#", "ms", "kind", "status", "took ms", "faults", title="I/O steps")
    exchanges = list(log)
    for number, exchange in enumerate(exchanges, start=1):
        since = (exchange.received - exchanges[0].received) * 1000
        took = "" if exchange.finished is None else f"{(exchange.finished - exchange.received) * 1000:.1f}"
        faults = ", ".join(exchange.faults)
        table.add_row(str(number), f"{since:.0f}", exchange.kind, str(exchange.status or "-"), took, faults)
    return table
