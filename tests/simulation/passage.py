"""One request on its way: when it takes effect, when its answer arrives, and what goes wrong."""

from dataclasses import dataclass


@dataclass(slots=True)
class Passage:
    """What happens to one request. Times are seconds.

    Attributes:
        there: from the call until the request takes effect.
        back: from the effect until the answer arrives.
        lands: whether it takes effect at all.
        answer: what arrives in place of the answer.
        gives_up: after this time the client learns that there will be no answer. The request may still land later.
        for_good: the client then does not send it again.
        hangs: no answer ever arrives.
        dies: the process dies when it sends the request.
        dies_after: the process dies when the request takes effect.
        freezes: for how long the process freezes before it sends.
        freezes_after: for how long it freezes before it sees the answer.
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
    """A request that was sent under the lease of a record.

    Attributes:
        what: which request, in words.
        row: the keys of the record's row.
        owner: the invocation that has the lease.
        left: for how many seconds the lease lasts.
    """

    what: str
    row: tuple[str, str]
    owner: str | None
    left: float
