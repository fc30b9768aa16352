"""What processes tell each other: added up, and never in anybody's way."""

import asyncio

import pytest

from activities.domain.shared_state import GraphState
from activities.service import Service
from activities.storage.keys import SHARED_PARTITION
from activities.storage.shared import SharedState
from tools.develop.simulator import Simulator

NEWS = GraphState(successes={"create/assignment": 2}, last_success={"create/assignment": 5.0})


async def test_news_add_up(service: Service) -> None:
    """Successes are counted over all processes, and the latest instant of each kind counts."""
    await service.shared.exchange(NEWS)
    other = GraphState(60.0, 2.5, {"create/assignment": 1, "find_user/user": 1}, {"create/assignment": 3.0})
    known = await service.shared.exchange(other)
    assert known == GraphState(60.0, 2.5, {"create/assignment": 3, "find_user/user": 1}, {"create/assignment": 5.0})
    assert await service.shared.exchange(GraphState()) == known


async def test_processes_that_tell_at_once_lose_nothing(service: Service) -> None:
    """The row is written by compare-and-swap; a process that does not get through tells its news again."""
    await service.shared.exchange(NEWS)
    told = await asyncio.gather(*(service.shared.exchange(NEWS) for _ in range(3)))
    known = await service.shared.exchange(GraphState())
    assert known is not None
    assert known.successes["create/assignment"] == 2 + 2 * sum(state is not None for state in told)


@pytest.mark.parametrize("state", ["", "not JSON", '{"closed_until": "soon"}', None, 17], ids=repr)
async def test_a_damaged_row_counts_as_nothing_known(service: Service, state: object) -> None:
    """Whoever wrote it, it stops nobody, and the next news replace it."""
    row = {"PartitionKey": SHARED_PARTITION, "RowKey": "graph"}
    table = service.storage.table(service.settings.activities_table)
    await table.upsert_entity(row if state is None else row | {"state": state})
    assert await service.shared.exchange(NEWS) == NEWS


async def test_without_the_table_nobody_learns_anything(service: Service) -> None:
    """A process that cannot tell its news keeps them, and goes on."""
    await service.storage.table(service.settings.activities_table).delete_table()
    assert await service.shared.exchange(NEWS) is None


async def test_the_heartbeat_says_what_the_app_knows(service: Service, simulator: Simulator) -> None:
    """Version, provider, token, depths and dead letters; nothing about any learner."""
    await service.handler.event(b"rubbish")
    await service.heartbeat()
    row = await service.shared.heartbeat()
    assert row is not None
    assert (row["provider_id"], row["has_token"]) == (simulator.config.provider_id, True)
    assert row["dead_letters"] == '{"malformed": 1}'
    assert row["records"] == "{}"


async def test_the_heartbeat_is_not_a_record(service: Service) -> None:
    """A scan of the records does not meet the rows that processes share."""
    await SharedState(service.storage.table(service.settings.activities_table)).beat({"version": "1"})
    await service.shared.exchange(NEWS)
    assert await service.ledger.waiting() == ({}, None)
