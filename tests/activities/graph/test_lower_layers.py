"""What the layers below do to requests: responses that nobody can read, gateways, silence, and a moody identity."""

import asyncio
import contextlib
import time

import pytest

from activities.domain.errors import EverybodysFault, Throttled, Unclear
from activities.graph.client import Graph
from activities.settings import Settings
from tests.activities.graph.parts import IDS, Memory, create, desired
from tests.conftest import TIMES
from tools.develop.simulator import Simulator

STORAGE = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}
CHALLENGE = 'Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ"'


async def test_a_401_is_everybodys_whatever_its_headers_say(graph: Graph, simulator: Simulator) -> None:
    """A claims challenge without padding, which the SDK cannot read, is answered by a new token too."""
    simulator.fault(operation="create", status=401, headers={"WWW-Authenticate": CHALLENGE})
    fault = await create(graph, "r1")
    assert isinstance(fault, EverybodysFault)
    assert (fault.status, fault.may_have_effect) == (401, False)
    assert await create(graph, "r1") is None
    assert (simulator.counts["token", "200"], simulator.counts["create", "401"]) == (2, 1)


@pytest.mark.parametrize("date", ["Mon, 01 Jan 0001 00:00:00 +9999", "Fri, 31 Dec 9999 23:59:59 -2359", "x" * 5000])
async def test_an_absurd_time_is_none(graph: Graph, simulator: Simulator, date: str) -> None:
    """A `Retry-After` that no calendar has counts as none."""
    simulator.fault(operation="create", status=429, headers={"Retry-After": date})
    assert isinstance(await create(graph, "r1"), Throttled)


@pytest.mark.parametrize("status", [200, 201, 404])
async def test_a_page_of_a_gateway_is_no_answer(graph: Graph, simulator: Simulator, status: int) -> None:
    """Whatever the status, HTML does not come from Graph, so that nobody knows what became of the request."""
    activity = await graph.create(desired(), IDS)
    page = {"status": status, "body": "<html>Sign in</html>", "headers": {"Content-Type": "text/html"}}
    simulator.fault(operation="any", times=2, **page)
    for request in (graph.update(activity, desired(percentage=5)), graph.find_activity("e1", "assignment")):
        with pytest.raises(Unclear):
            await request


async def test_a_hiccup_of_the_identity_is_no_fault(graph: Graph, simulator: Simulator) -> None:
    """A token is asked for again, with growing pauses, while the deadline of the request allows."""
    simulator.fault(operation="token", status=500, times=2)
    assert await create(graph, "r1") is None
    assert (simulator.counts["token", "500"], simulator.counts["token", "200"]) == (2, 1)


async def test_after_a_time_out_the_next_request_goes_over_another_connection() -> None:
    """A peer that falls silent costs each of its connections one request."""
    connections: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        with contextlib.closing(writer):
            while await reader.readuntil(b"\r\n\r\n"):
                connections[-1] += 1

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Simulator() as identity:
            environment = identity.environment | TIMES | STORAGE | {"GRAPH_BASE_URL": f"http://127.0.0.1:{port}/v1.0"}
            with pytest.MonkeyPatch.context() as patch:
                for name, value in environment.items():
                    patch.setenv(name, value)
                silent = Graph(Settings(), Memory(), time.time)
                errors = [await create(silent, f"r{number}") for number in range(3)]
                await silent.close()
    assert [type(error) for error in errors] == [Unclear] * 3
    assert connections == [1, 1, 1]
