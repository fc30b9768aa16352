"""Lookups of people and courses."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.tools.develop.simulator.graph_calls import ASSIGNER, CONTENT, LEARNER, GraphCalls
from tools.develop.simulator import Content, Simulator, User

ADELE = User(
    id=LEARNER,
    user_principal_name="Adele.Vance@contoso.example",
    mail="adele@contoso.example",
    employee_id="E'1",
    display_name="Adele Vance",
    proxy_addresses=("SMTP:adele@contoso.example", "smtp:av@contoso.example"),
)
ALEX = User(id=ASSIGNER, user_principal_name="alex@contoso.example", employee_id="E2")
COURSE = Content(id=CONTENT, external_id="Sécurité / 1 'a'", title="Security")


async def test_finds_courses_by_the_providers_key() -> None:
    """A course in the catalogue is found, others return 404, and the lookup needs its permission."""
    async with Simulator(contents=[COURSE]) as simulator, GraphCalls(simulator) as graph:
        assert (await graph.find_content(COURSE.external_id)).body["id"] == CONTENT
        assert (await graph.find_content("unknown")).status == 404
        simulator.config.contents = (*simulator.config.contents, Content(id="new", external_id="unknown"))
        assert (await graph.find_content("unknown")).body["id"] == "new"
        simulator.config.permissions.discard("content")
        assert (await graph.find_content(COURSE.external_id)).status == 403


@pytest.mark.parametrize("key", [LEARNER, "adele.vance@contoso.example", "Adele.Vance@contoso.example"])
async def test_finds_a_person(key: str) -> None:
    """A person is found by object id, or by user principal name in any case. `$select` is honoured."""
    async with Simulator(users=[ADELE, ALEX]) as simulator, GraphCalls(simulator) as graph:
        reply = await graph.call("GET", f"/users/{quote(key)}?$select=id,employeeId")
        assert reply.body | {"@odata.context": ""} == {"@odata.context": "", "id": LEARNER, "employeeId": "E'1"}


async def test_an_unknown_person_is_not_found() -> None:
    """A person who isn't in the directory returns 404 with the directory's own code."""
    async with Simulator(users=[ADELE]) as simulator, GraphCalls(simulator) as graph:
        reply = await graph.call("GET", "/users/nobody@contoso.example")
        assert (reply.status, reply.body["error"]["code"]) == (404, "Request_ResourceNotFound")


@pytest.mark.parametrize(
    ("text", "status", "found"),
    [
        ("employeeId eq 'E''1'", 200, [LEARNER]),
        ("mail eq 'ADELE@contoso.example'", 200, [LEARNER]),
        ("proxyAddresses/any(p:p eq 'smtp:av@contoso.example')", 200, [LEARNER]),
        ("employeeId eq 'E2' or mail eq 'adele@contoso.example'", 200, [ASSIGNER, LEARNER]),
        ("employeeId eq 'none'", 200, []),
        ("startswith(mail, 'a')", 400, None),
        ("employeeId eq E2", 400, None),
        ("employeeId eq 'E2' and mail eq 'x'", 400, None),
    ],
)
async def test_filters_people(text: str, status: int, found: list[str] | None) -> None:
    """Equalities joined by `or` find people. Any other filter is refused."""
    async with Simulator(users=[ADELE, ALEX]) as simulator, GraphCalls(simulator) as graph:
        reply = await graph.call("GET", f"/users?$filter={quote(text)}&$select=id", ConsistencyLevel="eventual")
        assert reply.status == status
        assert found == ([one["id"] for one in reply.body["value"]] if status == 200 else None)


@pytest.mark.parametrize(
    ("permissions", "statuses"),
    [({"user"}, [200, 200, 403]), ({"userDetails"}, [200, 200, 200]), ({"assignment"}, [403, 403, 403])],
    ids=["basic", "all", "none"],
)
async def test_a_filter_by_employee_id_needs_more_than_the_basic_permission(
    permissions: set[Any],
    statuses: list[int],
) -> None:
    """User.ReadBasic.All allows lookups by UPN and mail, and User.Read.All also by employee id."""
    async with Simulator(users=[ADELE], permissions=permissions) as simulator, GraphCalls(simulator) as graph:
        paths = [f"/users/{LEARNER}", "/users?$filter=mail eq 'x'", "/users?$filter=employeeId eq 'E''1'"]
        assert statuses == [(await graph.call("GET", path)).status for path in paths]
