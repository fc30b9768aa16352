"""The simulated tenant: operations, look-ups, permissions, licences, ownership, duplicates, settle time."""

import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.tools.develop.graph_calls import (
    ASSIGNER,
    CONTENT,
    EXTERNAL_ID,
    LEARNER,
    PROVIDER,
    SELF_INITIATED,
    GraphCalls,
    ask_until,
)
from tools.develop.simulator import Config, Content, Simulator, User

ADELE = User(
    id=LEARNER,
    user_principal_name="Adele.Vance@contoso.example",
    mail="adele@contoso.example",
    employee_id="E'1",
    display_name="Adele Vance",
    proxy_addresses=("SMTP:adele@contoso.example", "smtp:av@contoso.example"),
)
ALEX = User(id=ASSIGNER, user_principal_name="alex@contoso.example", employee_id="E2")
OTHER_PROVIDER = "01e8f81b-3060-4dec-acf0-0389665a0a38"
COURSE = Content(id=CONTENT, external_id="Sécurité / 1 'a'", title="Security")

REFUSED_CREATIONS: dict[str, tuple[dict[str, Any], int, str]] = {
    "no permission": ({"permissions": {"selfInitiated"}}, 403, "Your account doesn't have access"),
    "no permission at all": ({"permissions": set()}, 403, "Your account doesn't have access"),
    "no service plan": ({"service_plan": False}, 403, "You don't have an adequate service plan for this request."),
    "sync not enabled": ({"sync_enabled": False}, 400, "This provider isn't enabled for the given tenant."),
    "not registered": ({"provider_registered": False}, 400, "There was an issue with your request. Make sure the reg"),
    "no licence": ({"unlicensed_learners": {LEARNER}}, 403, "The user license isn't valid"),
    "another's content": (
        {"contents": [COURSE.model_copy(update={"provider_id": OTHER_PROVIDER})]},
        403,
        "The provider isn't valid to create course activity for the given learning content",
    ),
    "unknown content, strict": ({"strict_contents": True}, 400, "Input field learningContentId is invalid"),
    "unknown learner, strict": (
        {"strict_learners": True, "users": [ALEX]},
        400,
        "Input field learnerUserId is invalid",
    ),
    "unknown assigner, strict": ({"strict_learners": True, "users": [ADELE]}, 400, "Input field assignerUserId is"),
}


@pytest.mark.parametrize(("config", "status", "message"), REFUSED_CREATIONS.values(), ids=REFUSED_CREATIONS.keys())
async def test_refuses_for_what_the_tenant_lacks(config: dict[str, Any], status: int, message: str) -> None:
    """A creation gets the documented refusal for each thing that the tenant, learner or course lacks."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        simulator.configure(**config)
        reply = await graph.create()
        assert (reply.status, simulator.activities) == (status, [])
        assert reply.error.startswith(message)
        simulator.configure(**{name: getattr(Config(), name) for name in config})
        assert (await graph.create()).status == 201


async def test_strict_accepts_who_and_what_it_knows() -> None:
    """A strict tenant takes the learners, assigners and courses that it has."""
    config: dict[str, Any] = {"users": [ADELE, ALEX], "contents": [COURSE]}
    async with (
        Simulator(strict_learners=True, strict_contents=True, **config) as simulator,
        GraphCalls(simulator) as graph,
    ):
        assert (await graph.create()).status == 201


async def test_permissions_count_for_the_kind_of_the_activity() -> None:
    """Reading, changing and deleting need the permission of the activity's kind."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        theirs = (await graph.create()).body["id"]
        own = (await graph.create_body(SELF_INITIATED)).body["id"]
        simulator.config.permissions = {"selfInitiated"}
        refused = [await graph.get(theirs), await graph.update(theirs), await graph.delete(theirs)]
        assert [reply.status for reply in refused] == [403, 403, 403]
        assert [(await graph.get(own)).status, (await graph.delete(own)).status] == [200, 204]


async def test_deletes_once() -> None:
    """A deletion answers 204 without a body; after it, everything by that id is 404."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        identifier = (await graph.create()).body["id"]
        reply = await graph.delete(identifier)
        assert (reply.status, reply.body, simulator.activities) == (204, "", [])
        after = [
            await graph.delete(identifier),
            await graph.update(identifier),
            await graph.get(identifier),
            await graph.find(EXTERNAL_ID),
        ]
        assert [one.status for one in after] == [404] * 4
        assert after[0].error == "The requested assignment ID doesn't exist."


@pytest.mark.parametrize("external_id", ["a'b", "''", "ä/ö?#%2F &+", "学習:1", "a=b)", " "], ids=repr)
@pytest.mark.parametrize("name", ["externalcourseActivityId", "externalCourseActivityId"])
async def test_finds_any_external_id(external_id: str, name: str) -> None:
    """An external id of any characters is found by its encoded OData literal, in both casings of the key."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        identifier = (await graph.create(externalcourseActivityId=external_id)).body["id"]
        assert (await graph.find(external_id, name)).body["id"] == identifier
        assert (await graph.find(external_id + "x", name)).status == 404


async def test_an_undoubled_quote_is_no_literal() -> None:
    """A quote within an external id that is not doubled is refused."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        path = f"/employeeExperience/learningProviders/{PROVIDER}/learningCourseActivities"
        assert (await graph.call("GET", f"{path}(externalcourseActivityId='a'b')")).status == 405


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/employeeExperience/learningProviders/{PROVIDER}/learningCourseActivities", 405),
        ("PUT", f"/employeeExperience/learningProviders/{PROVIDER}/learningCourseActivities/x", 405),
        ("DELETE", f"/employeeExperience/learningProviders/{PROVIDER}/learningCourseActivities(externalId='x')", 405),
        ("DELETE", "/employeeExperience/learningCourseActivities/x", 405),
        ("POST", f"//employeeExperience/learningProviders/{PROVIDER}/learningCourseActivities", 400),
        ("GET", "/me", 400),
        ("GET", f"/employeeExperience/learningProviders/{OTHER_PROVIDER}/learningCourseActivities/x", 400),
        ("GET", f"/employeeExperience/learningProviders/{PROVIDER}/learningCourseActivities/x", 404),
    ],
)
async def test_refuses_what_an_application_cannot_ask(method: str, path: str, status: int) -> None:
    """Listing, unknown methods and paths, and other providers are refused."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        assert (await graph.call(method, path)).status == status


async def test_finds_courses_by_the_providers_key() -> None:
    """A course in the catalogue is found, another one is 404, and the permission is needed."""
    async with Simulator(contents=[COURSE]) as simulator, GraphCalls(simulator) as graph:
        assert (await graph.find_content(COURSE.external_id)).body["id"] == CONTENT
        assert (await graph.find_content("unknown")).status == 404
        simulator.config.contents = (*simulator.config.contents, Content(id="new", external_id="unknown"))
        assert (await graph.find_content("unknown")).body["id"] == "new"
        simulator.config.permissions.discard("content")
        assert (await graph.find_content(COURSE.external_id)).status == 403


@pytest.mark.parametrize("key", [LEARNER, "adele.vance@contoso.example", "Adele.Vance@contoso.example"])
async def test_finds_a_person(key: str) -> None:
    """A person is found by object id and by user principal name in any case; `$select` is honoured."""
    async with Simulator(users=[ADELE, ALEX]) as simulator, GraphCalls(simulator) as graph:
        reply = await graph.call("GET", f"/users/{quote(key)}?$select=id,employeeId")
        assert reply.body | {"@odata.context": ""} == {"@odata.context": "", "id": LEARNER, "employeeId": "E'1"}


async def test_an_unknown_person_is_not_found() -> None:
    """Somebody who is not in the directory is 404 with the directory's own code."""
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
    """Equalities joined by `or` find people; any other filter is refused."""
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
    """User.ReadBasic.All reaches people by UPN and mail, User.Read.All by employee id too."""
    async with Simulator(users=[ADELE], permissions=permissions) as simulator, GraphCalls(simulator) as graph:
        paths = [f"/users/{LEARNER}", "/users?$filter=mail eq 'x'", "/users?$filter=employeeId eq 'E''1'"]
        assert statuses == [(await graph.call("GET", path)).status for path in paths]


@pytest.mark.parametrize(
    ("duplicates", "status", "titles"),
    [("duplicate", 201, [1, 2]), ("conflict", 409, [1]), ("upsert", 201, [2])],
)
async def test_a_second_post_with_the_external_id(duplicates: Any, status: int, titles: list[int]) -> None:  # noqa: ANN401
    """What a second creation does is a choice: a duplicate, a conflict, or an overwriting."""
    async with Simulator(duplicates=duplicates) as simulator, GraphCalls(simulator) as graph:
        first = await graph.create(completionPercentage=1)
        second = await graph.create(completionPercentage=2)
        assert second.status == status
        assert titles == [one.body["completionPercentage"] for one in simulator.activities]
        assert (await graph.find(EXTERNAL_ID)).body["id"] == first.body["id"]


async def test_a_new_activity_shows_late() -> None:
    """A young activity is 404 to every request, though it exists; later it is there."""
    async with Simulator(visible_after=60) as simulator, GraphCalls(simulator) as graph:
        identifier = (await graph.create()).body["id"]
        young = [
            await graph.get(identifier),
            await graph.find(EXTERNAL_ID),
            await graph.update(identifier),
            await graph.delete(identifier),
        ]
        assert [reply.status for reply in young] == [404] * 4
        assert [identifier] == [one.id for one in simulator.activities]
        simulator.config.visible_after = 0.3
        started = time.monotonic()
        second = (await graph.create(externalcourseActivityId="second")).body["id"]
        await ask_until(lambda: graph.get(second), lambda reply: reply.status == 200)
        assert time.monotonic() - started >= 0.3
        assert (await graph.find("second")).status == 200


async def test_a_deletion_shows_late() -> None:
    """A deleted activity is still found for a while, but cannot be changed or deleted again."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        identifier = (await graph.create()).body["id"]
        simulator.config.visible_after = 0.3
        started = time.monotonic()
        assert (await graph.delete(identifier)).status == 204
        assert simulator.activities == []
        assert [(await graph.delete(identifier)).status, (await graph.update(identifier)).status] == [404, 404]
        assert [(await graph.find(EXTERNAL_ID)).status, (await graph.get(identifier)).status] == [200, 200]
        await ask_until(lambda: graph.find(EXTERNAL_ID), lambda reply: reply.status == 404)
        assert time.monotonic() - started >= 0.3
        assert (await graph.get(identifier)).status == 404


async def test_a_replacement_hides_behind_what_was_deleted() -> None:
    """Until the deletion shows, the look-up by external id finds the deleted activity, then its replacement."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        old = (await graph.create()).body["id"]
        simulator.config.visible_after = 0.3
        await graph.delete(old)
        new = (await graph.create()).body["id"]
        assert (await graph.find(EXTERNAL_ID)).body["id"] == old
        await ask_until(lambda: graph.find(EXTERNAL_ID), lambda reply: bool(reply.body.get("id") == new))
        assert [new] == [one.id for one in simulator.activities]
