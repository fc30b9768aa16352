"""What processes tell each other: added up, and never in anybody's way."""

import asyncio

import pytest

from activities.domain.outcomes import Action, Done
from activities.domain.shared_state import GraphState
from activities.graph.admission import Admission
from activities.service import Service
from activities.storage.keys import SHARED_PARTITION
from activities.storage.shared import SharedState
from tests.heartbeat import beat
from tests.native_event import event_body
from tools.develop.simulator import Simulator

NEWS = GraphState(successes={"create/assignment": 2}, last_success={"create/assignment": 5.0})


async def test_news_add_up(service: Service) -> None:
    """Successes are counted over all processes, and the latest instant of each kind counts."""
    await service.shared.exchange(NEWS)
    other = GraphState(60.0, 2.5, {"create/assignment": 1, "find_user": 1}, {"create/assignment": 3.0})
    known = await service.shared.exchange(other)
    assert known == GraphState(60.0, 2.5, {"create/assignment": 3, "find_user": 1}, {"create/assignment": 5.0})
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
    await beat(service.settings)
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


async def test_what_cannot_be_counted_is_named_in_the_heartbeat(service: Service) -> None:
    """A part that fails costs the other parts nothing, for operators look when something is wrong."""
    await service.storage.container(service.settings.dead_letter_container).delete_container()
    await beat(service.settings)
    row = await service.shared.heartbeat()
    assert row is not None
    assert (row["unknown"], row["records"]) == ("letters", "{}")
    assert "dead_letters" not in row


@pytest.mark.parametrize("closed_until", [4_102_444_800.0, 1e300])
async def test_graph_is_not_closed_for_ever_by_a_damaged_row(service: Service, closed_until: float) -> None:
    """No throttling lasts years, so a row that says so is not believed, and is put right."""
    await service.shared.exchange(GraphState(closed_until=closed_until))
    assert await service.handler.event(event_body()) == Done(Action.CREATED)
    await asyncio.sleep(0.2)
    assert await service.handler.event(event_body(enrollmentId="another")) == Done(Action.CREATED)
    known = await service.shared.exchange(GraphState())
    assert known is not None
    assert known.closed_until == 0.0


class Silent:
    """A shared state that never responds."""

    def __init__(self) -> None:
        self.told: list[GraphState] = []

    async def exchange(self, news: GraphState, _latest: float) -> GraphState | None:
        """Note what was told, and respond to nothing."""
        self.told.append(news)
        await asyncio.Event().wait()
        return None


async def test_an_exchange_that_takes_long_is_given_up_and_told_again() -> None:
    """Nobody waits longer than a few seconds for manners."""
    silent = Silent()
    admission = Admission(hold=60, probe=1, shared=silent, share=60, share_deadline=0.05)
    admission.throttled(0.0)
    await admission.share()
    await admission.share()
    assert [state.closed_until > 0 for state in silent.told] == [True, True]
    await admission.close()
