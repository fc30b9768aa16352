"""A part of the large runs that `make faults` runs in full. The outage run includes a part of the heavy load."""

import pytest
from rich.console import Console

from tests.faults.runs import HOLDS, QUICK, WORKERS, Run, lost_ledger, outage, tenant_fault

pytestmark = pytest.mark.timeout(240)


def shown(run: Run) -> Run:
    """Print the accounts. Pytest shows them if the test fails."""
    Console(width=100).print(run.table())
    return run


async def test_an_outage_of_storage() -> None:
    """After some seconds without storage, the service goes on by itself, and nothing is lost.

    Shuffled and partly duplicated events, handled by two workers, give the same activities as events in order.
    """
    run = shown(await outage(enrolments=15, seconds=2, pace=QUICK))
    assert run.accounts.clean
    assert run.figures["dead_letters"] == 0
    assert run.accounts.graph_requests < run.accounts.events


async def test_a_fault_of_the_whole_tenant() -> None:
    """Events are held, Graph is sent only a probe now and then, and every event is applied once the fault is fixed."""
    run = shown(await tenant_fault(enrolments=10, hold=1, pace=QUICK))
    assert run.accounts.clean
    assert run.figures["dead_letters"] == 0
    assert run.figures["held_messages"] >= 10
    # Each process sends one probe after each hold, and a hold may begin before the measured time or end after it.
    assert 0 < run.figures["graph_requests_while_held"] <= WORKERS * (HOLDS + 1)


async def test_a_lost_ledger() -> None:
    """Resending all events with LEDGER_REBUILD gives the same activities, no duplicates, and one look-up for each."""
    run = shown(await lost_ledger(enrolments=10, poll=0.25))
    assert run.accounts.clean
    assert run.figures["dead_letters"] == 0
    assert run.figures["activities_unchanged"] == run.figures["activities_before"] == 10
    assert run.figures["activities_added"] == 0
    assert run.figures["graph_get_by_external_id_after_the_loss"] == 10
    assert "graph_create_after_the_loss" not in run.figures
