"""Scripted faults: what the client sees, and which requests take effect."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from tests.tools.develop.simulator.graph_calls import ASSIGNER, EXTERNAL_ID, LEARNER, GraphCalls
from tools.develop.simulator import Simulator


async def test_hits_the_nth_request_of_an_operation() -> None:
    """A fault counts its operation's requests from when it's set, and hits as many as it's told to."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        await graph.create()
        fault = simulator.fault(operation="create", nth=2, times=2, status=500)
        statuses = []
        for _ in range(4):
            await graph.find(EXTERNAL_ID)
            statuses.append((await graph.create()).status)
        assert statuses == [201, 500, 500, 201]
        assert (fault.fired, fault.spent, len(simulator.activities)) == (2, True, 3)


async def test_hits_every_request_that_contains_a_text() -> None:
    """A fault can hit all requests with a certain text in their path or body, for ever."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        simulator.fault(containing="sick", times=0, status=502)
        replies = [
            await graph.create(externalcourseActivityId="sick"),
            await graph.find("sick"),
            await graph.create(externalcourseActivityId="sound"),
            await graph.find("sick"),
        ]
        assert [reply.status for reply in replies] == [502, 502, 201, 502]
        assert [one.faulted for one in simulator.requests] == [True, True, False, True]


async def test_hits_every_request_about_a_learner() -> None:
    """A fault can hit the requests about one learner's activities, even those that don't name the learner."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        own = (await graph.create()).body["id"]
        other = (await graph.create(learnerUserId=ASSIGNER, externalcourseActivityId="other")).body["id"]
        simulator.fault(learner=LEARNER.upper(), times=0, status=403)
        theirs = [
            await graph.update(other),
            await graph.get(other),
            await graph.find("other"),
            await graph.find("none"),
        ]
        replies = [await graph.create(), await graph.update(own), await graph.get(own), await graph.find(EXTERNAL_ID)]
        assert [reply.status for reply in theirs] == [204, 200, 200, 404]
        assert [reply.status for reply in replies] == [403] * 4
        assert (await graph.create(learnerUserId=ASSIGNER)).status == 201


async def test_the_fault_that_was_set_first_acts() -> None:
    """If several faults hit the same request, the one that was set first acts."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        simulator.fault(operation="create", status=503)
        simulator.fault(operation="any", nth=2, status=504)
        assert [(await graph.create()).status for _ in range(3)] == [503, 504, 201]


@pytest.mark.parametrize(
    ("fault", "status", "effects", "expected"),
    [
        ({"status": 500}, 500, 0, None),
        ({"status": 500, "after_effect": True}, 500, 1, None),
        ({"status": 429, "retry_after": "seconds", "retry_seconds": 7}, 429, 0, ("Retry-After", "7")),
        ({"status": 503, "retry_after": "soon"}, 503, 0, ("Retry-After", "soon")),
        ({"status": 418, "body": "<p>", "headers": {"X-Reason": "tea"}}, 418, 0, ("X-Reason", "tea")),
        (
            {"status": 409, "body": {"error": {"code": "x"}}},
            409,
            0,
            ("Content-Type", "application/json; charset=utf-8"),
        ),
    ],
)
async def test_responds_with_a_scripted_status(
    fault: dict[str, Any],
    status: int,
    effects: int,
    expected: tuple[str, str] | None,
) -> None:
    """A scripted status replaces the response, before or after the effect, with any headers and body."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        simulator.fault(**fault)
        reply = await graph.create()
        assert (reply.status, len(simulator.activities)) == (status, effects)
        assert expected is None or reply.headers[expected[0]] == expected[1]
        assert reply.headers["request-id"] == simulator.requests[-1].request_id


@pytest.mark.parametrize(("reset", "effects", "status"), [("before", 0, None), ("after", 1, 201)])
async def test_resets_the_connection(reset: str, effects: int, status: int | None) -> None:
    """After a reset, the client has no response. The journal says whether the request took effect."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        simulator.fault(reset=reset)
        with pytest.raises(aiohttp.ClientOSError):
            await graph.create()
        await simulator.wait_until(lambda: simulator.counts)
        assert simulator.counts == {("create", "none"): 1}
        assert [(one.status, one.responded) for one in simulator.requests] == [(status, False)]
        assert len(simulator.activities) == effects


async def test_takes_effect_late() -> None:
    """A request can take effect some time after its connection was reset."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        simulator.fault(effect_after=0.3)
        started = time.monotonic()
        with pytest.raises(aiohttp.ClientOSError):
            await graph.create()
        assert (await graph.find(EXTERNAL_ID)).status == 404
        await simulator.wait_until(lambda: simulator.activities)
        assert time.monotonic() - started >= 0.3
        assert [(one.operation, one.status, one.responded) for one in simulator.requests] == [
            ("create", 201, False),
            ("get_by_external_id", 404, True),
        ]


async def test_a_reset_cancels_delayed_effects() -> None:
    """No request from before a reset takes effect after it."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        simulator.fault(effect_after=0.1)
        simulator.fault(operation="delete", status=500)
        with pytest.raises(aiohttp.ClientOSError):
            await graph.create()
        simulator.reset()
        assert (await graph.delete("x")).status == 404
        with pytest.raises(TimeoutError):
            await simulator.wait_until(lambda: simulator.activities, seconds=0.3)


@pytest.mark.parametrize("name", ["delay", "delay_response"])
async def test_delays(name: str) -> None:
    """A delay before the effect or before the response makes the client wait. Only the time of the effect differs."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        simulator.fault(**{name: 0.3})
        started = time.monotonic()
        creation = asyncio.create_task(graph.create())
        await simulator.wait_until(lambda: simulator.activities)
        effective = time.monotonic() - started
        assert (await creation).status == 201
        assert time.monotonic() - started >= 0.3
        assert (effective >= 0.3) == (name == "delay")


async def test_a_delayed_request_takes_effect_although_the_client_has_gone() -> None:
    """A client that gives up doesn't cancel its request."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        simulator.fault(delay=0.3)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await graph.create()
        assert simulator.activities == []
        await simulator.wait_until(lambda: simulator.counts)
        assert (len(simulator.activities), simulator.counts) == (1, {("create", "none"): 1})


@pytest.mark.parametrize(
    ("damage", "content_type", "is_json"),
    [
        ("truncated", "application/json; charset=utf-8", False),
        ("html", "text/html; charset=utf-8", False),
        ("wrong_type", "text/plain; charset=utf-8", True),
        ("empty", "application/json; charset=utf-8", False),
        ("slow_headers", "application/json; charset=utf-8", True),
        ("slow_body", "application/json; charset=utf-8", True),
    ],
)
async def test_damages_a_response(damage: str, content_type: str, is_json: bool) -> None:  # noqa: FBT001
    """A damaged success has its status and its effect, but not its body."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph, aiohttp.ClientSession() as session:
        fault = simulator.fault(operation="get_by_external_id", damage=damage, slowness=0.2)
        await graph.create()
        key = f"(externalcourseActivityId='{EXTERNAL_ID}')"
        url = f"{simulator.graph_url}/employeeExperience/learningCourseActivities{key}"
        headers = {"Authorization": f"Bearer {simulator.token()}"}
        started = time.monotonic()
        async with session.get(url, headers=headers) as response:
            headed = time.monotonic()
            body = await response.read()
        assert (response.status, response.headers["Content-Type"], fault.fired) == (200, content_type, 1)
        assert is_valid_json(body) == is_json
        whole = time.monotonic()
        assert damage != "slow_headers" or headed - started > 0.02
        assert damage != "slow_body" or whole - headed > 0.1


async def test_cuts_off_a_response() -> None:
    """The connection can close in the middle of the body."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        simulator.fault(damage="cut")
        with pytest.raises(aiohttp.ClientPayloadError):
            await graph.create()
        assert len(simulator.activities) == 1


async def test_the_identity_endpoint_has_faults_too() -> None:
    """Token requests are an operation like any other."""
    async with Simulator() as simulator, aiohttp.ClientSession() as session:
        simulator.fault(operation="token", status=503)
        async with session.get(simulator.environment["IDENTITY_ENDPOINT"]) as response:
            assert response.status == 503


@pytest.mark.parametrize("fault", [{"operation": "list"}, {"nth": 0}, {"reset": "now"}, {"sleep": 1}])
async def test_refuses_an_invalid_fault(fault: dict[str, Any]) -> None:
    """A misspelled fault is an error instead of a fault that never hits."""
    with pytest.raises(ValidationError):
        Simulator().fault(**fault)


def is_valid_json(body: bytes) -> bool:
    """Tell whether a body is JSON."""
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
