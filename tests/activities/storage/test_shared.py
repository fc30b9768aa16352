"""What processes tell each other: added up, and never in anybody's way."""

import asyncio
import json
import math
import time
from collections import Counter
from dataclasses import replace

import pytest

from activities.domain.outcomes import Action, Done
from activities.domain.pace import Pace
from activities.domain.shared_state import GraphState, HoldSeen, Told
from activities.graph.admission import Admission
from activities.service import Service
from activities.storage.keys import SHARED_PARTITION
from activities.storage.ledger import Waiting
from activities.storage.shared import SharedState
from tests.activities.graph.parts import Silent
from tests.heartbeat import beat
from tests.native_event import event_body
from tools.develop.simulator import Simulator

PACE = Pace(failed=2.5, since=60.0, period=100.0)
NEWS = GraphState(successes={"create/assignment": 2}, last_success={"create/assignment": 5.0})


def same(state: GraphState) -> GraphState:
    """Change nothing."""
    return state


async def test_news_add_up(service: Service) -> None:
    """Successes are added up over all processes, and the latest instant of each kind counts."""
    await service.shared.exchange(NEWS.plus)
    other = GraphState(60.0, PACE, {"create/assignment": 1, "find_user": 1}, {"create/assignment": 3.0})
    known = await service.shared.exchange(other.plus)
    assert known is not None
    assert known.state == GraphState(60.0, PACE, {"create/assignment": 3, "find_user": 1}, {"create/assignment": 5.0})
    assert await service.shared.exchange(same) == Told(known.state)


@pytest.mark.parametrize("state", ["", "not JSON", '{"closed_until": "soon"}', None, 17], ids=repr)
async def test_a_damaged_row_counts_as_nothing_known(service: Service, state: object) -> None:
    """Whoever wrote it, it stops nobody, and the next news replaces it."""
    row = {"PartitionKey": SHARED_PARTITION, "RowKey": "graph"}
    table = service.storage.table(service.settings.activities_table)
    await table.upsert_entity(row if state is None else row | {"state": state})
    told = await service.shared.exchange(NEWS.plus)
    assert told is not None
    assert told.state == NEWS


@pytest.mark.parametrize("change", [{"failed": math.inf}, {"period": 0.0}, {"cut": 2.0}, {"next_slot": 1e300}], ids=str)
async def test_a_damaged_pace_stops_nobody(service: Service, change: dict[str, float]) -> None:
    """A rate that can't be right isn't kept."""
    await service.shared.exchange(GraphState(pace=replace(PACE, **change)).plus)
    known = await service.shared.exchange(same, 1e9)
    assert known is not None
    assert known.state.pace is None


async def test_without_the_table_nobody_learns_anything(service: Service) -> None:
    """A process that can't tell its news keeps it, and continues."""
    await service.storage.table(service.settings.activities_table).delete_table()
    assert await service.shared.exchange(NEWS.plus) is None


async def test_the_heartbeat_says_what_the_app_knows(service: Service, simulator: Simulator) -> None:
    """Version, provider, token, depths and dead letters. Nothing about any learner."""
    await service.handler.event(b"rubbish")
    await beat(service.settings)
    row = await service.shared.heartbeat()
    assert row is not None
    assert (row["provider_id"], row["has_token"]) == (simulator.config.provider_id, True)
    assert row["dead_letters"] == '{"malformed": 1}'
    assert row["records"] == "{}"
    [since] = json.loads(str(row["dead_letters_since"])).values()
    assert 0 <= time.time() - since < 60


async def test_the_heartbeat_is_not_a_record(service: Service) -> None:
    """A scan of the records doesn't include the rows that processes share."""
    await SharedState(service.storage.table(service.settings.activities_table)).beat({"version": "1"})
    await service.shared.exchange(NEWS.plus)
    assert await service.ledger.waiting() == Waiting(Counter(), None, None)


async def test_what_cannot_be_counted_is_named_in_the_heartbeat(service: Service) -> None:
    """If one part fails, the others are still there, because operators look when something is wrong."""
    await service.storage.container(service.settings.dead_letter_container).delete_container()
    await beat(service.settings)
    row = await service.shared.heartbeat()
    assert row is not None
    assert (row["unknown"], row["records"]) == ("letters", "{}")
    assert "dead_letters" not in row


@pytest.mark.parametrize("closed_until", [4_102_444_800.0, 1e300])
async def test_graph_is_not_closed_for_ever_by_a_damaged_row(service: Service, closed_until: float) -> None:
    """No throttling lasts for years, so a row that says so isn't believed, and is corrected."""
    await service.shared.exchange(GraphState(closed_until=closed_until).plus)
    assert await service.handler.event(event_body()) == Done(Action.CREATED)
    await asyncio.sleep(0.2)
    assert await service.handler.event(event_body(enrollmentId="another")) == Done(Action.CREATED)
    known = await service.shared.exchange(same)
    assert known is not None
    assert known.state.closed_until == 0.0


async def test_an_exchange_that_takes_long_is_given_up_and_told_again() -> None:
    """Nobody waits longer than a few seconds to report news."""
    silent = Silent()
    admission = Admission(hold=60, probe=1, shared=silent, share=60, share_deadline=0.05)
    admission.throttled(0.0)
    await admission.share()
    await admission.share()
    assert [state.closed_until > 0 and state.pace is not None for state in silent.told] == [True, True]
    await admission.close()


async def test_an_instant_of_a_hold_that_is_far_ahead_is_ignored(service: Service) -> None:
    """A process whose clock is far ahead would make a hold last for good."""
    holds = {"create/assignment": HoldSeen("create: 403", 7.0), "find_user": HoldSeen("users: 403", 1e9)}
    await service.shared.exchange(GraphState(holds=holds).plus)
    assert (await service.shared.known()).held == holds
    told = await service.shared.exchange(same, 100.0)
    assert told is not None
    assert told.state.held.keys() == {"create/assignment"}
