"""Bodies that Graph would refuse are refused, with the messages of the reference."""

from typing import Any

import pytest

from tests.tools.develop.simulator.graph_calls import (
    ASSIGNMENT,
    EXTERNAL_ID,
    PROVIDER,
    SELF_INITIATED,
    UPDATE,
    GraphCalls,
)
from tools.develop.simulator import Simulator

ABSENT = object()
SELF_UPDATE = {"@odata.type": "#microsoft.graph.learningSelfInitiatedCourse", "status": "completed"}


def changed(body: dict[str, Any], **changes: object) -> dict[str, Any]:
    """Change or remove properties of a body."""
    return {name: value for name, value in (body | changes).items() if value is not ABSENT}


def invalid(name: str) -> str:
    """Return Graph's message for a value that a property can't have."""
    return f"Input field {name} is invalid"


WRONG_CREATIONS: dict[str, tuple[object, str]] = {
    "not an object": ([], "Unable to read JSON request payload. The payload must be a JSON object."),
    "no type": (
        {name: value for name, value in ASSIGNMENT.items() if name != "@odata.type"},
        "Input field @odata.type is required",
    ),
    "unknown type": (ASSIGNMENT | {"@odata.type": "#microsoft.graph.course"}, invalid("@odata.type")),
    "type is not a string": (ASSIGNMENT | {"@odata.type": ["x"]}, invalid("@odata.type")),
    "unknown property": (changed(ASSIGNMENT, learner_user_id="x"), "The property 'learner_user_id' does not exist"),
    "property of the other kind": (
        changed(ASSIGNMENT, startedDateTime="2021-05-11T22:57:17Z"),
        "The property 'startedDateTime' does not exist on type 'microsoft.graph.learningAssignment'",
    ),
    "assignment's property on a self-initiated course": (
        changed(SELF_INITIATED, assignmentType="required"),
        "The property 'assignmentType' does not exist on type 'microsoft.graph.learningSelfInitiatedCourse'",
    ),
    "own id": (changed(ASSIGNMENT, id="x"), "The property 'id' does not exist"),
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
    "learner is not an object id": (changed(ASSIGNMENT, learnerUserId="a@b.example"), invalid("learnerUserId")),
    "assigner is not an object id": (changed(ASSIGNMENT, assignerUserId="boss"), invalid("assignerUserId")),
    "number for a string": (changed(ASSIGNMENT, learningContentId=7), invalid("learningContentId")),
    "object for a string": (changed(ASSIGNMENT, externalcourseActivityId={}), invalid("externalcourseActivityId")),
    "unknown status": (changed(ASSIGNMENT, status="NotStarted"), invalid("status")),
    "status is not a string": (changed(ASSIGNMENT, status=["completed"]), invalid("status")),
    "notStarted for self-initiated": (changed(SELF_INITIATED, status="notStarted"), invalid("status")),
    "unknown assignment type": (changed(ASSIGNMENT, assignmentType="peerRecommended"), invalid("assignmentType")),
    "percentage below 0": (changed(ASSIGNMENT, completionPercentage=-1), invalid("completionPercentage")),
    "percentage above 100": (changed(ASSIGNMENT, completionPercentage=101), invalid("completionPercentage")),
    "percentage is a float": (changed(ASSIGNMENT, completionPercentage=20.0), invalid("completionPercentage")),
    "percentage is a string": (changed(ASSIGNMENT, completionPercentage="20"), invalid("completionPercentage")),
    "percentage is a Boolean": (changed(ASSIGNMENT, completionPercentage=True), invalid("completionPercentage")),
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
    "due with another property": (
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
    "percentage above 100": (changed(UPDATE, completionPercentage=101), invalid("completionPercentage")),
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
    """The response is 400 with the documented error body, and nothing is created."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        reply = await graph.create_body(body)
        assert reply.status == 400
        assert reply.body["error"]["code"] == "badRequest"
        assert reply.error.startswith(message)
        assert reply.body["error"]["innerError"].keys() == {"date", "request-id", "client-request-id"}
        assert simulator.activities == []


@pytest.mark.parametrize(("body", "message"), WRONG_UPDATES.values(), ids=WRONG_UPDATES.keys())
async def test_refuses_a_wrong_update(body: object, message: str) -> None:
    """The response is 400, and nothing is changed."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        identifier = (await graph.create()).body["id"]
        before = simulator.activities[0].body
        reply = await graph.update(identifier, body)
        assert reply.status == 400
        assert reply.error.startswith(message)
        assert simulator.activities[0].body == before


async def test_accepts_the_reference_casing_of_the_external_id() -> None:
    """`externalCourseActivityId` sets the same property, and is returned if the simulator is configured that way."""
    async with Simulator(reference_casing=True) as simulator, GraphCalls(simulator) as graph:
        body = {
            ("externalCourseActivityId" if "external" in name else name): value for name, value in ASSIGNMENT.items()
        }
        reply = await graph.create_body(body)
        assert reply.body["externalCourseActivityId"] == EXTERNAL_ID
        assert [activity.external_id for activity in simulator.activities] == [EXTERNAL_ID]


async def test_refuses_text_that_is_too_long() -> None:
    """A configured length is enforced. For notes, it's the length of their content."""
    async with Simulator(max_lengths={"notes": 3}) as simulator, GraphCalls(simulator) as graph:
        reply = await graph.create(notes={"contentType": "text", "content": "long"})
        assert reply.error == "Input field notes length exceeded than 3"
        assert (await graph.create(notes={"contentType": "text", "content": "new"})).status == 201


async def test_refuses_a_body_that_is_not_json() -> None:
    """A body with a content type other than JSON gets 400."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        path = f"/employeeExperience/learningProviders/{PROVIDER}/learningCourseActivities"
        reply = await graph.call("POST", path, ASSIGNMENT, Content_Type="text/plain")
        assert (reply.status, simulator.activities) == (400, [])
