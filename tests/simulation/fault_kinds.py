"""The faults that can happen to a request, by the server that it's sent to.

In a fault's arguments, the last one (`left`) is the number of seconds within which the request may take effect.
"""

from collections.abc import Callable, Mapping
from random import Random

from tests.simulation.memory.wire import Answered, NoAnswer, NoConnection
from tests.simulation.passage import Passage

type Fault = Callable[[Random, Passage, float], None]

# How many seconds a storage client waits for an answer, and how many a process may be frozen.
_PATIENCE = 20.0
_FROZEN = 500.0


def _dies(_: Random, passage: Passage, __: float) -> None:
    passage.dies, passage.lands = True, False


def _dies_sending(random: Random, passage: Passage, left: float) -> None:
    passage.dies, passage.there = True, random.choice((left, random.uniform(0.0, left)))


def _dies_after(_: Random, passage: Passage, __: float) -> None:
    passage.dies_after = True


def _freezes(random: Random, passage: Passage, left: float) -> None:
    passage.freezes = random.uniform(0.0, 0.9 * left)


def _freezes_after(random: Random, passage: Passage, _: float) -> None:
    passage.freezes_after = random.uniform(1.0, _FROZEN)


def _unreachable(_: Random, passage: Passage, __: float) -> None:
    passage.lands, passage.answer = False, NoConnection()


def _lost(random: Random, passage: Passage, _: float) -> None:
    passage.gives_up = passage.there + random.uniform(0.0, _PATIENCE)


def _lost_for_good(_: Random, passage: Passage, __: float) -> None:
    passage.answer = NoAnswer(for_good=True)


def _never(random: Random, passage: Passage, _: float) -> None:
    passage.lands, passage.gives_up = False, random.uniform(0.5, _PATIENCE)


def _late(random: Random, passage: Passage, left: float) -> None:
    passage.gives_up = random.uniform(0.0, min(_PATIENCE, left))
    passage.there = random.choice((left, random.uniform(passage.gives_up, left)))


def _late_for_good(random: Random, passage: Passage, left: float) -> None:
    _late(random, passage, left)
    passage.for_good = True


def _hangs(random: Random, passage: Passage, left: float) -> None:
    passage.there, passage.hangs = random.uniform(0.0, left), True


def _slow(random: Random, passage: Passage, left: float) -> None:
    passage.there, passage.back = random.uniform(0.0, min(_PATIENCE, left)), random.uniform(0.0, _PATIENCE)


def _answered(*answers: Answered, lands: bool | None = None) -> Fault:
    """Return a fault with one of these answers. The request takes effect if `lands`, and by chance if that's None."""

    def fault(random: Random, passage: Passage, _: float) -> None:
        passage.answer = random.choice(answers)
        passage.lands = random.random() < 0.5 if lands is None else lands

    return fault


def _throttled(random: Random, passage: Passage, _: float) -> None:
    seconds = str(random.choice((1, 5, 20, 90)))
    named = Answered(429, "TooManyRequests", "Too many requests.", {"Retry-After": seconds})
    told = Answered(429, "TooManyRequests", f"Retry after {random.randint(1, 6)} minutes.")
    passage.lands, passage.answer = False, random.choice((named, named, told))


def _unavailable(random: Random, passage: Passage, _: float) -> None:
    named = Answered(503, "serviceUnavailable", "Busy.", {"Retry-After": str(random.randint(1, 30))})
    passage.answer = random.choice((named, Answered(503, "serviceUnavailable", "Busy.")))
    passage.lands = random.random() < 0.5


_WAYS: Mapping[str, Fault] = {
    "dies": _dies,
    "dies after": _dies_after,
    "dies sending": _dies_sending,
    "freezes": _freezes,
    "freezes after": _freezes_after,
    "unreachable": _unreachable,
    "lost": _lost,
    "never": _never,
    "late": _late,
    "slow": _slow,
}
_ILL = _answered(Answered(500, "InternalError"), Answered(503, "ServerBusy"), Answered(408, "OperationTimedOut"))
_STORAGE = {**_WAYS, "lost for good": _lost_for_good, "ill": _ILL}

FAULTS: Mapping[str, Mapping[str, Fault]] = {
    "graph": {
        **_WAYS,
        "hangs": _hangs,
        "throttled": _throttled,
        "unavailable": _unavailable,
        "ill": _answered(Answered(500, "internalServerError"), Answered(502, "badGateway"), Answered(504, "timeout")),
        "unclear": _answered(Answered(408, "timeout"), Answered(409, "conflict"), Answered(412, "preconditionFailed")),
        "unauthorized": _answered(Answered(401, "InvalidAuthenticationToken", "Expired."), lands=False),
        "not found": _answered(Answered(404, "notFound"), lands=False),
        "refused": _answered(Answered(403, "Forbidden", "No."), Answered(400, "badRequest", "No."), lands=False),
        "rejected": _answered(Answered(400, "badRequest", "Input field status is invalid"), lands=False),
    },
    "table": {**_STORAGE, "closed": _answered(Answered(403, "AuthorizationFailure"), lands=False)},
    "queue": _STORAGE,
    # The SDK doesn't repeat a late request: the lease could be given back before the late one takes effect.
    "blob": {
        **_STORAGE,
        "late": _late_for_good,
        "closed": _answered(Answered(403, "AuthorizationFailure"), lands=False),
    },
    "identity": {
        "unreachable": _unreachable,
        "never": _never,
        "ill": _answered(Answered(500, "error"), lands=False),
        "slow": _slow,
        "dies": _dies,
        "hangs": _hangs,
    },
}
# The most revealing faults. Runs have these more often.
TELLING = ("late", "lost", "hangs", "dies sending", "dies after", "freezes after") * 2
# Once the settle time is over, Graph finds everything that exists by these requests.
IMPOSSIBLE = frozenset({(f"graph:{one}", "not found") for one in ("get_by_external_id", "find_content", "find_user")})
