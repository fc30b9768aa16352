"""What a response, or the lack of one, means for the next requests."""

import asyncio
import contextlib
import time

import pytest

from activities.domain.errors import (
    EverybodysFault,
    GraphError,
    Refused,
    Rejected,
    Throttled,
    Unclear,
)
from activities.graph.circuit import IN_A_ROW
from activities.graph.client import Graph
from activities.settings import Settings
from tests.activities.graph.parts import IDS, Memory, create, desired
from tools.develop.simulator import Simulator

CREATE, READ = "create/assignment", "read/assignment"
NO_ACCESS = {"error": {"code": "Forbidden", "message": "No permission."}}


async def test_a_fault_holds_nothing_until_three_records_met_it(graph: Graph, simulator: Simulator) -> None:
    """Sending alone never holds anybody: three records have to be reported. Then nothing more is sent."""
    simulator.config.sync_enabled = False
    faults = [await create(graph, f"r{number}") for number in range(5)]
    assert [fault.held for fault in faults if isinstance(fault, EverybodysFault)] == [False] * 3 + [True] * 2
    assert simulator.counts["create", "400"] == 3
    for number in range(5):
        with pytest.raises(EverybodysFault, match="create: 400"):
            await graph.create(desired(f"r{number}"), IDS)


async def test_a_successful_probe_lifts_a_hold(graph: Graph, simulator: Simulator) -> None:
    """A fault of the tenant holds its events, and the hold ends by itself once the fault is fixed."""
    simulator.config.sync_enabled = False
    for number in range(3):
        await create(graph, f"r{number}")
    simulator.config.sync_enabled = True
    assert await create(graph, "too early") is not None
    await asyncio.sleep(0.11)

    assert [await create(graph, name) for name in ("the probe", "another")] == [None, None]


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (500, "", Unclear),
        (403, "Guests cannot do this.", Refused),
        (400, "Input field notes is invalid", Rejected),
    ],
)
async def test_only_a_success_lifts_a_hold(
    graph: Graph, simulator: Simulator, status: int, message: str, error: type[GraphError]
) -> None:
    """Any other response to the probe says nothing about the fault, so the other events stay held."""
    simulator.config.sync_enabled = False
    for number in range(3):
        await create(graph, f"r{number}")
    await asyncio.sleep(0.11)
    body = {"error": {"code": "x", "message": message}}
    simulator.fault(operation="create", status=status, body=body)
    assert type(await create(graph, "the probe")) is error

    held = await create(graph, "another")
    assert isinstance(held, EverybodysFault)
    assert held.held


async def test_what_is_not_there_was_answered(graph: Graph, simulator: Simulator) -> None:
    """A lookup that finds nothing lifts a hold on lookups. A 404 on an update isn't a success."""
    assert await graph.find_activity("nothing", "assignment") is None
    with pytest.raises(GraphError, match="404"):
        await graph.update("nothing", desired())
    assert (graph.successes(READ), graph.successes("update/assignment")) == (1, 0)
    assert simulator.counts["update", "404"] == 1


@pytest.mark.parametrize(("status", "tokens"), [(401, 2), (403, 2), (400, 1), (402, 1)])
async def test_a_token_that_graph_refuses_is_forgotten(
    graph: Graph, simulator: Simulator, status: int, tokens: int
) -> None:
    """After a 401, or a 403 that affects everybody, the next request has a new token, perhaps with new permissions."""
    body = {"error": {"code": "x", "message": "This provider isn't enabled: no permission."}}
    simulator.fault(operation="create", status=status, body=body)
    assert isinstance(await create(graph, "r1"), EverybodysFault)
    assert await create(graph, "r1") is None
    assert simulator.counts["token", "200"] == tokens


async def test_an_unknown_403_keeps_the_token(graph: Graph, simulator: Simulator) -> None:
    """One guest being refused doesn't cost anybody a token request."""
    simulator.fault(operation="create", status=403)
    assert isinstance(await create(graph, "r1"), Refused)
    assert await create(graph, "r1") is None
    assert simulator.counts["token", "200"] == 1


async def test_trouble_in_a_row_opens_the_circuit(graph: Graph, simulator: Simulator, shared: Memory) -> None:
    """One server's trouble delays its record. Only several 5xx in a row open the circuit, and only for this process."""
    await graph.ready(CREATE)  # so that there's a token
    simulator.fault(status=503, times=IN_A_ROW)
    assert [type(await create(graph, "r1")) for _ in range(IN_A_ROW - 1)] == [Unclear] * (IN_A_ROW - 1)
    with pytest.raises(Unclear):
        await graph.find_users("7", "employeeId")

    closed = await create(graph, "r2")
    assert isinstance(closed, Throttled)
    assert closed.after is not None
    assert closed.after <= 1
    assert (shared.state.closed_until, shared.state.pace) == (0.0, None)


@pytest.mark.parametrize("status", [400, 404])
async def test_any_other_response_ends_trouble(graph: Graph, simulator: Simulator, status: int) -> None:
    """If Graph refuses a request, it isn't in trouble."""
    for _ in range(2):
        simulator.fault(operation="create", status=500, times=IN_A_ROW - 1)
        for _ in range(IN_A_ROW - 1):
            assert isinstance(await create(graph, "r1"), Unclear)
        simulator.fault(operation="create", status=status)
        assert await create(graph, "r1") is not None
    assert await create(graph, "r1") is None


@pytest.mark.parametrize(("status", "header"), [(429, "7"), (503, "7"), (503, "message")])
async def test_throttling_closes_graph(
    graph: Graph, simulator: Simulator, shared: Memory, status: int, header: str
) -> None:
    """A 429, or a 503 that gives a time, closes Graph at once for all processes."""
    await graph.ready(CREATE)
    simulator.fault(operation="create", status=status, retry_after=header)
    assert isinstance(await create(graph, "r1"), Throttled)
    assert shared.state.closed_until > time.time()
    closed = await create(graph, "r2")
    assert isinstance(closed, Throttled)
    assert (closed.status, closed.kind) == (0, CREATE)


async def test_without_a_connection_nothing_was_sent(
    graph: Graph, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If nothing listens where Graph should be, that's everybody's fault, and certainly without effect."""
    del graph  # its settings are in the environment
    monkeypatch.setenv("GRAPH_BASE_URL", "http://127.0.0.1:9/v1.0")
    async with contextlib.AsyncExitStack() as stack:
        lost = Graph(Settings(), Memory(), time.time)
        stack.push_async_callback(lost.close)
        fault = await create(lost, "r1")
    assert isinstance(fault, EverybodysFault)
    assert (str(fault), fault.kind, fault.held, fault.may_have_effect) == (
        "create: no connection",
        CREATE,
        False,
        False,
    )
    assert simulator.counts["token", "200"] == 1


@pytest.mark.parametrize("fault", [{"reset": "before"}, {"reset": "after"}, {"delay": 3}, {"damage": "cut"}])
async def test_a_lost_answer_is_unclear(graph: Graph, simulator: Simulator, fault: dict[str, object]) -> None:
    """A request that was sent may have had an effect, whatever became of its response."""
    simulator.fault(operation="create", **fault)
    error = await create(graph, "r1")
    assert isinstance(error, Unclear)
    assert error.may_have_effect


@pytest.mark.parametrize(
    ("change", "detail"),
    [({"identity_status": 500}, "identity: [A-Z]"), ({"identity_delay": 3}, "identity: no response")],
)
async def test_without_a_token_nobody_is_ready(
    graph: Graph, simulator: Simulator, change: dict[str, object], detail: str
) -> None:
    """If there's no token, nothing is written ahead of the request. The error names the first kind."""
    simulator.configure(**change)
    with pytest.raises(EverybodysFault, match=detail) as fault:
        await graph.ready("delete/assignment", CREATE)
    assert (fault.value.kind, fault.value.held) == ("delete/assignment", False)
