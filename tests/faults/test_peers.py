"""A few failures of the table that `make peers` tries in full, and how failures are chosen at random."""

from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest
from rich.console import Console

from tests.faults.accounting import account
from tests.faults.fronts import SERVICES
from tests.faults.peer.rows import CASES
from tests.faults.peers.__main__ import table
from tests.faults.peers.lanes import run
from tests.faults.peers.mixture import Chance, suits
from tests.faults.peers.trial import Result, Times
from tests.faults.rig import SHORTEST

pytestmark = pytest.mark.timeout(240)

# One after the effect, and one that prevents a connection. `test_peer_and_app.py` tests all, without load.
FEW = ("spoilt record in the answer, after the effect", "refused")
SHORT = Times(SHORTEST, before=0.2, during=1.5, after=0.2, stalled=90, rate=4, workers=1)


@dataclass(frozen=True)
class Served:
    """What the choice of a failure needs to know about a connection."""

    served: int


async def test_failures_of_a_peer() -> None:
    """After a failure, the app soon recovers. Each event is applied once, and none is dead-lettered."""
    results = await run([CASES[name] for name in FEW], 1, SHORT, tls=True, done=lambda _: None)
    Console(width=160).print(table(results))
    assert [(result.case.name, result.wrong) for result in results if result.wrong] == []
    assert len(results) == len(FEW)


WELL = Result(
    case=CASES["bad gateway"],
    accounts=account([], []),
    letters={},
    success=19.0,
    delivered=100.0,
    met=10,
    requests=20,
    retries=10,
    errors=0,
)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, []),
        ({"letters": {"host_poison": 3}}, ["3 host_poison"]),
        ({"accounts": account([], [{"id": "1", "external_id": "nobody's"}])}, ["1 unexpected"]),
        ({"delivered": None}, ["not delivered"]),
        ({"success": 20.1}, ["late"]),
        ({"success": None}, ["late"]),
        ({"met": 0}, ["never met"]),
        ({"met": 0, "case": CASES["refused"]}, []),
    ],
)
def test_what_is_wrong(change: dict[str, Any], wrong: list[str]) -> None:
    """A trial went well only if it met the failure, everything arrived once, and a request soon got through."""
    assert replace(WELL, **change).wrong == wrong


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_what_may_happen_at_random(service: str) -> None:
    """Storage never lies or drips. Graph and the identity endpoint meet any failure of a request without TLS."""
    met = {case.name for case in CASES.values() if suits(case, service)}
    plain = {case.name for case in CASES.values() if not case.row.tls} - {"refused"}
    if service in ("graph", "token"):
        assert met == plain
    else:
        assert met < plain
        assert {"page of a portal", "endless body", "accepted without content"} <= plain - met
        assert {"closed in the body", "silent before the answer, after the effect", "bad gateway"} <= met


def test_one_request_in_five() -> None:
    """Failures of a new connection hit only its first request. Those of a used one hit only later requests."""
    chance = Chance("graph", Random(1))  # noqa: S311  the same in every run
    for served, never in ((0, "reset as the next request comes"), (1, "closed at once")):
        names = [case.name for _ in range(5000) if (case := chance.choose(Served(served)))]
        assert 900 < len(names) < 1100
        assert len(set(names)) > 60
        assert never not in names
    chance.share = 0
    assert chance.choose(Served(1)) is None
