"""The admin routes, their client and the page show and change the simulator from another process."""

import re
from typing import get_args

import aiohttp
import pytest
from aiohttp import web

from tests import ROOT
from tests.tools.develop.simulator.graph_calls import EXTERNAL_ID, LEARNER, SELF_INITIATED, GraphCalls
from tools.develop.simulator import Config, Content, Simulator, SimulatorClient, User
from tools.develop.simulator.admin import Admin
from tools.develop.simulator.journal import Operation
from tools.develop.simulator.tenant import Tenant


async def test_the_state_has_names_and_counts() -> None:
    """The state has activities with the names of learners and courses, and counts by operation and status."""
    users = [User(id=LEARNER, user_principal_name="adele@contoso.example", display_name="Adele Vance")]
    contents = [Content(id=SELF_INITIATED["learningContentId"], external_id="S", title="Security")]
    async with (
        Simulator(users=users, contents=contents) as simulator,
        GraphCalls(simulator) as graph,
        aiohttp.ClientSession() as session,
    ):
        await graph.create()
        await graph.create_body(SELF_INITIATED)
        await graph.create_body({})
        await session.get(simulator.environment["IDENTITY_ENDPOINT"])
        state = await SimulatorClient(simulator.url).state(limit=1)
        assert state["counts"] == {"create": {"201": 2, "400": 1}, "token": {"401": 1}}
        assert (state["token_requests"], state["activity_count"], state["learner_count"]) == (1, 2, 1)
        [activity] = state["activities"]
        assert (activity["learner"], activity["course"]) == ("Adele Vance", "Security")
        assert (activity["kind"], activity["visible"]) == ("selfInitiated", True)
        assert sum(sum(statuses.values()) for _, statuses in state["seconds"]) == 3


async def test_lists_requests_since_a_number() -> None:
    """The recorded requests have all properties that a script may want to check."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        client = SimulatorClient(simulator.url)
        await graph.create()
        await graph.call("GET", "/users/x?$select=id", client_request_id="mine")
        first, second = await client.requests()
        assert first["body"]["externalcourseActivityId"] == EXTERNAL_ID
        assert await client.requests(since=first["number"]) == [second]
        assert await client.requests(since=second["number"]) == []
        expected = {
            "operation": "find_user",
            "method": "GET",
            "path": "/v1.0/users/x?$select=id",
            "body": None,
            "status": 404,
            "responded": True,
            "faulted": False,
            "client_request_id": "mine",
        }
        assert expected == {name: second[name] for name in expected}


async def test_is_configured_and_reset_from_outside() -> None:
    """Settings and faults can be set over HTTP. A reset forgets everything except the settings."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        client = SimulatorClient(simulator.url)
        config = await client.configure(duplicates="conflict", quota=[{"requests": 5, "seconds": 60}])
        assert (config["duplicates"], simulator.config.quota[0].requests) == ("conflict", 5)
        await client.fault(operation="create", status=500)
        assert [(await graph.create()).status for _ in range(3)] == [500, 201, 409]
        assert [one["external_id"] for one in await client.activities()] == [EXTERNAL_ID]
        await client.fault(operation="create", status=500)
        await client.reset()
        assert (simulator.activities, simulator.requests, simulator.counts) == ([], [], {})
        assert [(await graph.create()).status for _ in range(2)] == [201, 409]


async def test_people_and_courses_are_added_and_replaced() -> None:
    """By id, or by the name that the directory or the provider has for them. If there's no id, it gets one."""
    async with Simulator() as simulator:
        client = SimulatorClient(simulator.url)
        sam = await client.add_user(user_principal_name="sam@contoso.com")
        assert simulator.directory.user("sam@contoso.com") == User(**sam)
        await client.add_user(user_principal_name="SAM@contoso.com", id="another")
        assert [user.id for user in simulator.config.users] == ["another"]
        fire = await client.add_content(external_id="FIRE-1", title="Fire drill")
        await client.add_content(**fire | {"external_id": "FIRE-2"})
        assert [content.external_id for content in simulator.config.contents] == ["FIRE-2"]
        await client.add_content(external_id="FIRE-2", provider_id="another provider")
        assert len(simulator.config.contents) == 2
        with pytest.raises(aiohttp.ClientResponseError, match="400"):
            await client.add_user(display_name="Sam")


async def test_faults_are_lifted() -> None:
    """All of them."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        client = SimulatorClient(simulator.url)
        await client.fault(operation="create", status=500, times=0)
        assert [(await graph.create()).status for _ in range(2)] == [500, 500]
        await client.lift_faults()
        assert (await graph.create()).status == 201


async def test_a_search_says_how_many_it_found() -> None:
    """A response 200 may have nobody in it."""
    users = [User(id=LEARNER, user_principal_name="adele@contoso.com")]
    async with Simulator(users=users) as simulator, GraphCalls(simulator) as graph:
        for name in ("adele", "nobody"):
            await graph.call("GET", f"/users?$filter=userPrincipalName%20eq%20'{name}@contoso.com'")
        await graph.create()
        found = [(request.status, request.found) for request in simulator.requests]
        assert found == [(200, 1), (200, 0), (201, None)]


def test_the_page_names_every_route_and_only_what_exists() -> None:
    """The tables of docs/local-stack.md have the routes, the settings and a fault's properties."""
    app = web.Application()
    Admin(Tenant(), lambda: None).add_routes(app)
    routes = {(route.method, resource.canonical) for resource in app.router.resources() for route in resource}
    page = (ROOT / "docs/local-stack.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([A-Z]+) (/admin/\w+)", page, re.MULTILINE))
    assert named == {(method, path) for method, path in routes if method != "HEAD"}
    table = page.partition("| Property | Meaning |")[2].partition("\n\n")[0]
    settings = {
        name for row in re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert settings
    assert settings <= set(Config.model_fields)
    operations = page.partition("Operations are ")[2].partition(".")[0]
    assert set(re.findall(r"`(\w+)`", operations)) == {*get_args(Operation), "any"} - {"unknown"}


@pytest.mark.parametrize("changes", [{"quotas": []}, {"duplicates": "merge"}, {"visible_after": -1}])
async def test_refuses_an_invalid_setting(changes: dict[str, object]) -> None:
    """A misspelled setting or a wrong value is refused and changes nothing."""
    async with Simulator() as simulator:
        before = simulator.config.model_copy(deep=True)
        client = SimulatorClient(simulator.url)
        with pytest.raises(aiohttp.ClientResponseError, match="400"):
            await client.configure(sync_enabled=False, **changes)
        with pytest.raises(aiohttp.ClientResponseError, match="400"):
            await client.fault(operation="list")
        assert simulator.config == before


async def test_serves_its_page() -> None:
    """The page is a single document that loads nothing from other servers."""
    async with Simulator() as simulator, aiohttp.ClientSession() as session, session.get(simulator.url) as response:
        page = await response.text()
        assert (response.status, response.content_type) == (200, "text/html")
        assert "/admin/state" in page
        assert "http" not in page.replace("http-equiv", "")
