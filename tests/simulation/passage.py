"""One request: when it takes effect, when its answer arrives, and what goes wrong."""

from dataclasses import dataclass


@dataclass(slots=True)
class Passage:
    """What happens to one request. Times are seconds.

    Attributes:
        there: the time from the call until the request takes effect.
        back: the time from the effect until the answer arrives.
        lands: whether the request takes effect at all.
        answer: the error that arrives instead of the answer.
        gives_up: when the client learns that there will be no answer. The request may still take effect later.
        for_good: the client doesn't send the request again after that.
        hangs: no answer ever arrives.
        dies: the process dies when it sends the request.
        dies_after: the process dies when the request takes effect.
        freezes: how long the process freezes before it sends.
        freezes_after: how long the process freezes before it sees the answer.
        what: the name of the fault, for the trace.
    """

    there: float
    back: float
    lands: bool = True
    answer: Exception | None = None
    gives_up: float | None = None
    for_good: bool = False
    hangs: bool = False
    dies: bool = False
    dies_after: bool = False
    freezes: float = 0.0
    freezes_after: float = 0.0
    what: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that was sent under a record's lease.

    Attributes:
        what: the request, in words.
        row: the keys of the record's row.
        owner: the invocation that has the lease.
        left: how many seconds are left of the lease.
    """

    what: str
    row: tuple[str, str]
    owner: str | None
    left: float
