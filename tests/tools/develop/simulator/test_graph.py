"""Creating, updating and deleting activities: tenant, permissions, licences, ownership and duplicates."""

from typing import Any

import pytest

from tests.tools.develop.simulator.graph_calls import (
    ASSIGNER,
    ASSIGNMENT,
    CONTENT,
    EXTERNAL_ID,
    LEARNER,
    PROVIDER,
    SELF_INITIATED,
    UPDATE,
    GraphCalls,
)
from tools.develop.simulator import Config, Content, Simulator, User

ADELE = User(id=LEARNER, user_principal_name="adele@contoso.example")
ALEX = User(id=ASSIGNER, user_principal_name="alex@contoso.example")
OTHER_PROVIDER = "01e8f81b-3060-4dec-acf0-0389665a0a38"
COURSE = Content(id=CONTENT, external_id="S", title="Security")

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


@pytest.mark.parametrize("body", [ASSIGNMENT, SELF_INITIATED], ids=["assignment", "self-initiated"])
async def test_creates_the_activities_of_the_reference(body: dict[str, Any]) -> None:
    """A body of the reference becomes an activity. The response has all its properties and an opaque id."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        reply = await graph.create_body(body)
        assert reply.status == 201
        assert ":" in reply.body["id"]
        assert body | {"learningProviderId": PROVIDER} == {
            name: reply.body[name] for name in {*body, "learningProviderId"}
        }
        assert (await graph.get(reply.body["id"])).body == reply.body


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


async def test_a_strict_tenant_accepts_what_it_knows() -> None:
    """A strict tenant accepts the learners, assigners and courses in its configuration."""
    config: dict[str, Any] = {"users": [ADELE, ALEX], "contents": [COURSE]}
    async with (
        Simulator(strict_learners=True, strict_contents=True, **config) as simulator,
        GraphCalls(simulator) as graph,
    ):
        assert (await graph.create()).status == 201


async def test_permissions_apply_to_the_kind_of_activity() -> None:
    """Reading, updating and deleting need the permission for the activity's kind."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        theirs = (await graph.create()).body["id"]
        own = (await graph.create_body(SELF_INITIATED)).body["id"]
        simulator.config.permissions = {"selfInitiated"}
        refused = [await graph.get(theirs), await graph.update(theirs), await graph.delete(theirs)]
        assert [reply.status for reply in refused] == [403, 403, 403]
        assert [(await graph.get(own)).status, (await graph.delete(own)).status] == [200, 204]


async def test_an_update_changes_only_the_properties_that_it_names() -> None:
    """An update returns 204 without a body. Null removes a property. Properties that aren't named stay."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        identifier = (await graph.create()).body["id"]
        reply = await graph.update(identifier, UPDATE | {"completionPercentage": 60, "notes": None})
        assert (reply.status, reply.body) == (204, "")
        after = (await graph.get(identifier)).body
        assert (after["status"], after["completionPercentage"], after["notes"]) == ("inProgress", 60, None)
        assert after["dueDateTime"] == ASSIGNMENT["dueDateTime"]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (ASSIGNMENT, ["assignedDateTime", "completionPercentage", "dueDateTime", "notes"]),
        (SELF_INITIATED, ["completedDateTime", "completionPercentage", "startedDateTime"]),
    ],
)
async def test_an_update_with_nulls_clears_what_is_optional(body: dict[str, Any], names: list[str]) -> None:
    """Every optional value that may change can be removed, and a lookup shows it as null."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        identifier = (await graph.create_body(body)).body["id"]
        nulls = {"@odata.type": body["@odata.type"], "status": "inProgress", **dict.fromkeys(names)}
        assert (await graph.update(identifier, nulls)).status == 204
        after = (await graph.find(body["externalcourseActivityId"])).body
        assert [after[name] for name in names] == [None] * len(names)
        assert (after["learnerUserId"], after["learningContentId"]) == (LEARNER, CONTENT)
        assert (after["id"], after["@odata.type"]) == (identifier, body["@odata.type"])


async def test_deletes_once() -> None:
    """A deletion returns 204 without a body. Afterwards, every request for that activity returns 404."""
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


@pytest.mark.parametrize(
    ("duplicates", "status", "titles"),
    [("duplicate", 201, [1, 2]), ("conflict", 409, [1]), ("upsert", 201, [2])],
)
async def test_a_second_creation_with_the_same_external_id(duplicates: Any, status: int, titles: list[int]) -> None:  # noqa: ANN401
    """The configuration decides whether it makes a duplicate, is refused, or overwrites the first activity."""
    async with Simulator(duplicates=duplicates) as simulator, GraphCalls(simulator) as graph:
        first = await graph.create(completionPercentage=1)
        second = await graph.create(completionPercentage=2)
        assert second.status == status
        assert titles == [one.body["completionPercentage"] for one in simulator.activities]
        assert (await graph.find(EXTERNAL_ID)).body["id"] == first.body["id"]
