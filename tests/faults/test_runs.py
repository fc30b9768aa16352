"""Shares of the large runs that `make faults` does in full."""

import pytest
from rich.console import Console

from tests.faults.runs import HOLDS, WORKERS, Run, load, outage, tenant_fault

pytestmark = pytest.mark.timeout(240)


def shown(run: Run) -> Run:
    """Print the accounts, which pytest shows if the test fails."""
    Console(width=100).print(run.table())
    return run


async def test_everything_at_once() -> None:
    """Shuffled and partly doubled events over two workers lead to what a sequential run leads to."""
    run = shown(await load(enrolments=40))
    assert run.accounts.clean
    assert run.figures["dead_letters"] == 0
    assert run.accounts.graph_requests < run.accounts.events


async def test_storage_goes_away() -> None:
    """Storage away for some seconds, in the middle of it: the app goes on by itself, and nothing is lost."""
    run = shown(await outage(enrolments=20, seconds=4))
    assert run.accounts.clean
    assert run.figures["dead_letters"] == 0


async def test_a_fault_of_the_whole_tenant() -> None:
    """Events are held, Graph is left alone but for a probe now and then, and all is applied once it is lifted."""
    run = shown(await tenant_fault(enrolments=20, hold=4))
    assert run.accounts.clean
    assert run.figures["dead_letters"] == 0
    assert run.figures["held_messages"] >= 20
    # One of each process after each hold, which is five minutes in production; a hold may begin or end in between.
    assert 0 < run.figures["graph_requests_while_held"] <= WORKERS * (HOLDS + 1)
