"""The simulator accepts the reference's bodies and refuses everything that Graph would refuse."""

from typing import Any

import pytest

from tests.tools.develop.graph_calls import ASSIGNMENT, EXTERNAL_ID, PROVIDER, SELF_INITIATED, UPDATE, GraphCalls
from tools.develop.simulator import Simulator

ABSENT = object()
SELF_UPDATE = {"@odata.type": "#microsoft.graph.learningSelfInitiatedCourse", "status": "completed"}


def changed(body: dict[str, Any], **changes: object) -> dict[str, Any]:
    """Change properties of a body, or take them away."""
    return {name: value for name, value in (body | changes).items() if value is not ABSENT}


def invalid(name: str) -> str:
    """Say what Graph says of a value that a property cannot have."""
    return f"Input field {name} is invalid"


WRONG_CREATIONS: dict[str, tuple[object, str]] = {
    "no object": ([], "Unable to read JSON request payload. The payload must be a JSON object."),
    "no type": (
        {name: value for name, value in ASSIGNMENT.items() if name != "@odata.type"},
        "Input field @odata.type is required",
    ),
    "unknown type": (ASSIGNMENT | {"@odata.type": "#microsoft.graph.course"}, invalid("@odata.type")),
    "type is no string": (ASSIGNMENT | {"@odata.type": ["x"]}, invalid("@odata.type")),
    "unknown property": (changed(ASSIGNMENT, learner_user_id="x"), "The property 'learner_user_id' does not exist"),
    "property of the other kind": (
        changed(ASSIGNMENT, startedDateTime="2021-05-11T22:57:17Z"),
        "The property 'startedDateTime' does not exist on type 'microsoft.graph.learningAssignment'",
    ),
    "assignment's property on a self-initiated course": (
        changed(SELF_INITIATED, assignmentType="required"),
        "The property 'assignmentType' does not exist on type 'microsoft.graph.learningSelfInitiatedCourse'",
    ),
    "id of one's own": (changed(ASSIGNMENT, id="x"), "The property 'id' does not exist"),
    "both casings": (changed(ASSIGNMENT, externalCourseActivityId="x"), "The property 'externalCourseActivityId'"),
    **{
        f"without {name}": (changed(ASSIGNMENT, **{name: ABSENT}), f"Input field {name} is required")
        for name in ("learnerUserId", "learningContentId", "learningProviderId", "status", "assignmentType")
    },
    **{
        f"null {name}": (changed(ASSIGNMENT, **{name: None}), f"Input field {name} is required")
        for name in ("learnerUserId", "learningContentId", "status", "assignmentType")
    },
    **{
        f"self-initiated without {name}": (changed(SELF_INITIATED, **{name: ABSENT}), f"Input field {name} is required")
        for name in ("learnerUserId", "learningContentId", "status")
    },
    "empty string": (changed(ASSIGNMENT, learningContentId=""), "Input field learningContentId shouldn't be empty"),
    "learner is no object id": (changed(ASSIGNMENT, learnerUserId="a@b.example"), invalid("learnerUserId")),
    "assigner is no object id": (changed(ASSIGNMENT, assignerUserId="boss"), invalid("assignerUserId")),
    "number for a string": (changed(ASSIGNMENT, learningContentId=7), invalid("learningContentId")),
    "object for a string": (changed(ASSIGNMENT, externalcourseActivityId={}), invalid("externalcourseActivityId")),
    "status unknown": (changed(ASSIGNMENT, status="NotStarted"), invalid("status")),
    "status no string": (changed(ASSIGNMENT, status=["completed"]), invalid("status")),
    "notStarted for self-initiated": (changed(SELF_INITIATED, status="notStarted"), invalid("status")),
    "assignment type unknown": (changed(ASSIGNMENT, assignmentType="peerRecommended"), invalid("assignmentType")),
    "percentage below": (changed(ASSIGNMENT, completionPercentage=-1), invalid("completionPercentage")),
    "percentage above": (changed(ASSIGNMENT, completionPercentage=101), invalid("completionPercentage")),
    "percentage a float": (changed(ASSIGNMENT, completionPercentage=20.0), invalid("completionPercentage")),
    "percentage a string": (changed(ASSIGNMENT, completionPercentage="20"), invalid("completionPercentage")),
    "percentage a truth value": (changed(ASSIGNMENT, completionPercentage=True), invalid("completionPercentage")),
    "instant without offset": (
        changed(ASSIGNMENT, completedDateTime="2021-05-11T22:57:17"),
        invalid("completedDateTime"),
    ),
    "instant without time": (changed(ASSIGNMENT, assignedDateTime="2021-05-11"), invalid("assignedDateTime")),
    "instant that does not exist": (
        changed(SELF_INITIATED, startedDateTime="2021-02-30T00:00:00Z"),
        invalid("startedDateTime"),
    ),
    "due as an instant": (changed(ASSIGNMENT, dueDateTime="2022-09-22T16:05:00Z"), invalid("dueDateTime")),
    "due with an offset": (
        changed(ASSIGNMENT, dueDateTime={"dateTime": "2022-09-22T16:05:00Z", "timeZone": "UTC"}),
        invalid("dueDateTime"),
    ),
    "due without a zone": (
        changed(ASSIGNMENT, dueDateTime={"dateTime": "2022-09-22T16:05:00"}),
        invalid("dueDateTime"),
    ),
    "due with more": (
        changed(ASSIGNMENT, dueDateTime={"dateTime": "2022-09-22T16:05:00", "timeZone": "UTC", "x": 1}),
        invalid("dueDateTime"),
    ),
    "notes as a string": (changed(ASSIGNMENT, notes="read this"), invalid("notes")),
    "notes of an unknown type": (
        changed(ASSIGNMENT, notes={"contentType": "markdown", "content": "x"}),
        invalid("notes"),
    ),
    "notes without content": (changed(ASSIGNMENT, notes={"contentType": "text"}), invalid("notes")),
    "another provider than the parent": (
        changed(ASSIGNMENT, learningProviderId="01e8f81b-3060-4dec-acf0-0389665a0a38"),
        invalid("learningProviderId"),
    ),
    "another provider, self-initiated": (
        changed(SELF_INITIATED, learningProviderId="01e8f81b-3060-4dec-acf0-0389665a0a38"),
        invalid("learningProviderId"),
    ),
}

WRONG_UPDATES: dict[str, tuple[object, str]] = {
    "no type": ({"status": "completed"}, "Input field @odata.type is required"),
    "no status": (changed(UPDATE, status=ABSENT), "Input field status is required"),
    "null status": (changed(UPDATE, status=None), "Input field status is required"),
    "wrong kind": (SELF_UPDATE, invalid("@odata.type")),
    "unknown property": (changed(UPDATE, due="x"), "The property 'due' does not exist"),
    "percentage above": (changed(UPDATE, completionPercentage=101), invalid("completionPercentage")),
    **{
        f"{name} cannot be changed": (changed(UPDATE, **{name: ASSIGNMENT[name]}), invalid(name))
        for name in (
            "learnerUserId",
            "learningContentId",
            "learningProviderId",
            "externalcourseActivityId",
            "assignmentType",
            "assignerUserId",
        )
    },
}


@pytest.mark.parametrize(("body", "message"), WRONG_CREATIONS.values(), ids=WRONG_CREATIONS.keys())
async def test_refuses_a_wrong_creation(body: object, message: str) -> None:
    """A body that Graph would refuse gets 400 with the documented error body, and creates nothing."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        reply = await graph.create_body(body)
        assert reply.status == 400
        assert reply.body["error"]["code"] == "badRequest"
        assert reply.error.startswith(message)
        assert reply.body["error"]["innerError"].keys() == {"date", "request-id", "client-request-id"}
        assert simulator.activities == []


@pytest.mark.parametrize(("body", "message"), WRONG_UPDATES.values(), ids=WRONG_UPDATES.keys())
async def test_refuses_a_wrong_update(body: object, message: str) -> None:
    """An update that Graph would refuse gets 400 and changes nothing."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        identifier = (await graph.create()).body["id"]
        before = simulator.activities[0].body
        reply = await graph.update(identifier, body)
        assert reply.status == 400
        assert reply.error.startswith(message)
        assert simulator.activities[0].body == before


@pytest.mark.parametrize("body", [ASSIGNMENT, SELF_INITIATED], ids=["assignment", "self-initiated"])
async def test_creates_the_activities_of_the_reference(body: dict[str, Any]) -> None:
    """The reference's bodies are created and answered whole, with an opaque id."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        reply = await graph.create_body(body)
        assert reply.status == 201
        assert ":" in reply.body["id"]
        assert body | {"learningProviderId": PROVIDER} == {
            name: reply.body[name] for name in {*body, "learningProviderId"}
        }
        assert (await graph.get(reply.body["id"])).body == reply.body


async def test_accepts_the_reference_casing_of_the_external_id() -> None:
    """`externalCourseActivityId` sets the same property, and is answered if so configured."""
    async with Simulator(reference_casing=True) as simulator, GraphCalls(simulator) as graph:
        body = {
            ("externalCourseActivityId" if "external" in name else name): value for name, value in ASSIGNMENT.items()
        }
        reply = await graph.create_body(body)
        assert reply.body["externalCourseActivityId"] == EXTERNAL_ID
        assert [activity.external_id for activity in simulator.activities] == [EXTERNAL_ID]


async def test_an_update_changes_what_it_names_and_null_clears() -> None:
    """An update answers 204 without a body; properties that it does not name stay."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        identifier = (await graph.create()).body["id"]
        reply = await graph.update(identifier, UPDATE | {"completionPercentage": 60, "notes": None})
        assert (reply.status, reply.body) == (204, "")
        after = (await graph.get(identifier)).body
        assert (after["status"], after["completionPercentage"], after["notes"]) == ("inProgress", 60, None)
        assert after["dueDateTime"] == ASSIGNMENT["dueDateTime"]


async def test_refuses_text_that_is_too_long() -> None:
    """A configured length is enforced, for notes on their content."""
    async with Simulator(max_lengths={"notes": 3}) as simulator, GraphCalls(simulator) as graph:
        reply = await graph.create(notes={"contentType": "text", "content": "long"})
        assert reply.error == "Input field notes length exceeded than 3"
        assert (await graph.create(notes={"contentType": "text", "content": "new"})).status == 201


async def test_refuses_what_is_no_json() -> None:
    """A body that is not JSON by its header gets 400."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        path = f"/employeeExperience/learningProviders/{PROVIDER}/learningCourseActivities"
        reply = await graph.call("POST", path, ASSIGNMENT, Content_Type="text/plain")
        assert (reply.status, simulator.activities) == (400, [])
