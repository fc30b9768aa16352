"""What the layers below do to requests: unreadable responses, gateways, silence, and an unreliable identity."""

import asyncio
import time
from typing import Any

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived

from activities.domain.errors import EverybodysFault, GraphError, Throttled, Unclear
from activities.graph.client import Graph
from activities.settings import Settings
from tests.activities.graph.parts import IDS, Memory, create, desired
from tests.conftest import TIMES
from tools.develop.simulator import Simulator

STORAGE = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}
CHALLENGE = 'Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ"'


async def test_a_401_is_everybodys_whatever_its_headers_say(graph: Graph, simulator: Simulator) -> None:
    """A claims challenge without padding, which the SDK can't read, also leads to a new token."""
    simulator.fault(operation="create", status=401, headers={"WWW-Authenticate": CHALLENGE})
    fault = await create(graph, "r1")
    assert isinstance(fault, EverybodysFault)
    assert (fault.status, fault.may_have_effect) == (401, False)
    assert await create(graph, "r1") is None
    assert (simulator.counts["token", "200"], simulator.counts["create", "401"]) == (2, 1)


@pytest.mark.parametrize(
    "date", ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2359", "x" * 5000]
)
async def test_an_absurd_time_is_none(graph: Graph, simulator: Simulator, date: str) -> None:
    """A `Retry-After` that's not on any calendar counts as none."""
    simulator.fault(operation="create", status=429, headers={"Retry-After": date})
    assert isinstance(await create(graph, "r1"), Throttled)


@pytest.mark.parametrize("status", [200, 201, 404])
async def test_a_page_of_a_gateway_is_no_answer(graph: Graph, simulator: Simulator, status: int) -> None:
    """Whatever the status, HTML doesn't come from Graph, so nobody knows what became of the request."""
    activity = await graph.create(desired(), IDS)
    page = {"status": status, "body": "<html>Sign in</html>", "headers": {"Content-Type": "text/html"}}
    simulator.fault(operation="any", times=2, **page)
    for request in (graph.update(activity, desired(percentage=5)), graph.find_activity("e1", "assignment")):
        with pytest.raises(Unclear):
            await request


async def test_a_hiccup_of_the_identity_is_no_fault(graph: Graph, simulator: Simulator) -> None:
    """A token is requested again, with growing pauses, while the request's deadline allows."""
    simulator.fault(operation="token", status=500, times=2)
    assert await create(graph, "r1") is None
    assert (simulator.counts["token", "500"], simulator.counts["token", "200"]) == (2, 1)


async def fall_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, requests: list[int]) -> None:
    """Count the requests of a connection, in either version of HTTP, and answer none of them."""
    requests.append(0)
    speaks, second = H2Connection(H2Configuration(client_side=False)), False
    while data := await reader.read(65_536):
        if data.startswith(b"PRI * HTTP/2.0"):
            speaks.initiate_connection()
            second = True
        if second:
            requests[-1] += sum(isinstance(event, RequestReceived) for event in speaks.receive_data(data))
            writer.write(speaks.data_to_send())
        else:
            requests[-1] += data.count(b"\r\n\r\n")
    writer.close()


async def test_after_a_time_out_the_next_request_goes_over_another_connection(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A peer that goes silent costs each of its connections one request, even if it still answers pings."""
    requests: list[int] = []
    server = await asyncio.start_server(lambda *streams: fall_silent(*streams, requests), "127.0.0.1", 0)
    address = {"GRAPH_BASE_URL": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1.0"}
    for name, value in (simulator.environment | TIMES | STORAGE | address).items():
        monkeypatch.setenv(name, value)
    async with server:
        graph = Graph(Settings(), Memory(), time.time)
        errors = [await create(graph, f"r{number}") for number in range(3)]
        await graph.close()
    assert [type(error) for error in errors] == [Unclear] * 3
    assert requests == [1, 1, 1]


async def test_a_response_in_pieces_ends_no_later_than_silence(graph: Graph, simulator: Simulator) -> None:
    """A peer that sends a byte now and then is dropped as soon as a silent one: after a part of the deadline."""
    simulator.fault(operation="create", damage="slow_body", slowness=1.4)
    assert isinstance(await create(graph, "r1"), Unclear)


async def test_the_response_of_another_request_is_none(graph: Graph, simulator: Simulator) -> None:
    """Graph echoes the id of a request. A response with another id belongs to somebody else's request."""
    another = {"client-request-id": "0b0b0b0b-e020-11ec-9d64-0242ac120002"}
    simulator.fault(operation="create", status=201, body={"id": "somebody-elses"}, headers=another)
    error = await create(graph, "r1")
    assert isinstance(error, Unclear)
    assert error.may_have_effect


@pytest.mark.parametrize(("status", "error"), [(201, Unclear), (400, Unclear), (404, Unclear), (502, Unclear)])
async def test_a_response_without_the_id_is_none_once_graph_echoes(
    graph: Graph, simulator: Simulator, status: int, error: type[GraphError]
) -> None:
    """If Graph echoes ids, such a response without one comes from a gateway. If Graph never did, it's believed."""
    body = {"id": "1", "error": {"code": "badRequest", "message": "Input field notes is invalid"}}
    answer: dict[str, Any] = {"operation": "create", "status": status, "body": body}
    without = answer | {"headers": {"client-request-id": ""}}
    simulator.fault(**without)
    believed = await create(graph, "r1")
    simulator.fault(**answer)
    assert type(await create(graph, "r2")) is type(believed)
    simulator.fault(**without)
    assert type(await create(graph, "r3")) is error
    assert type(believed) is not error or status == 502


async def test_a_gateway_that_throttles_is_heard(graph: Graph, simulator: Simulator) -> None:
    """Even if Graph echoes ids, the app believes that it has to pause."""
    for headers in ({}, {"client-request-id": ""}):
        simulator.fault(operation="find_content", status=429, headers={"Retry-After": "0"} | headers)
        with pytest.raises(Throttled):
            await graph.find_content("c-1")


@pytest.mark.parametrize("status", [401, 429, 503])
async def test_a_response_without_the_id_may_be_another_requests(
    graph: Graph, simulator: Simulator, status: int
) -> None:
    """The app pauses as it says, but doesn't conclude that this request had no effect."""
    simulator.fault(operation="create", status=status, retry_after="0")
    await create(graph, "r1")
    await asyncio.sleep(0.1)
    simulator.fault(operation="create", status=status, after_effect=True, headers={"client-request-id": ""})
    error = await create(graph, "r2")
    assert isinstance(error, EverybodysFault | Throttled | Unclear)
    assert error.may_have_effect
    assert len(simulator.activities) == 1


async def test_a_token_is_forgotten_at_once(graph: Graph, simulator: Simulator) -> None:
    """Forgetting a token doesn't wait for somebody who's waiting for one: a request has no time for both."""
    simulator.configure(identity_delay=1.0)
    waiting = asyncio.create_task(graph.ready("find_content"))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(0.5):
        await graph._transport.forget_token()  # noqa: SLF001  as after a 401
    assert not waiting.done()
    simulator.configure(identity_delay=0.0)
    await waiting
