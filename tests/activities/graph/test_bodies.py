"""The bodies of requests are those of the Graph reference: the two examples of a create, and no more in an update."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from kiota_serialization_json.json_serialization_writer import JsonSerializationWriter

from activities.domain.desired import Desired
from activities.domain.events import LearningEvent
from activities.domain.outcomes import Action, Done
from activities.graph.bodies import update_body
from activities.service import Service
from tests import ROOT
from tests.activities.domain.learning_events import SOME_EVENTS, state, thorough
from tools.develop.simulator import Simulator

EXAMPLES = ROOT / "docs" / "examples"
PROVIDER = "01e8f81b-3060-4dec-acf0-0389665a0a38"
PATH = f"/v1.0/employeeExperience/learningProviders/{PROVIDER}/learningCourseActivities"
# Microsoft Graph v1.0 reference, "Create learningCourseActivity", examples 1 and 2, with the external id under the
# name that the service's metadata and the SDK have for it, and without `"completedDateTime": null`.
REQUESTS: dict[str, dict[str, Any]] = {
    "assignment.json": {
        "@odata.type": "#microsoft.graph.learningAssignment",
        "assignedDateTime": "2021-05-11T22:57:17+00:00",
        "assignmentType": "required",
        "assignerUserId": "cea1684d-57dc-438d-a9d1-e666ec1a7f3d",
        "completionPercentage": 20,
        "dueDateTime": {"dateTime": "2022-09-22T16:05:00.0000000", "timeZone": "UTC"},
        "externalcourseActivityId": "12a2228a-e020-11ec-9d64-0242ac120002",
        "learningContentId": "57baf9dc-e020-11ec-9d64-0242ac120002",
        "learningProviderId": PROVIDER,
        "learnerUserId": "7ba2228a-e020-11ec-9d64-0242ac120002",
        "notes": {"contentType": "text", "content": "required assignment added for user"},
        "status": "notStarted",
    },
    "self-initiated.json": {
        "@odata.type": "#microsoft.graph.learningSelfInitiatedCourse",
        "completionPercentage": 20,
        "externalcourseActivityId": "12a2228a-e020-11ec-9d64-0242ac120002",
        "learningContentId": "57baf9dc-e020-11ec-9d64-0242ac120002",
        "learnerUserId": "7ba2228a-e020-11ec-9d64-0242ac120002",
        "startedDateTime": "2021-05-21T22:57:17+00:00",
        "status": "inProgress",
    },
}


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Graph, with the provider of the reference's examples."""
    async with Simulator(provider_id=PROVIDER) as running:
        yield running


@pytest.mark.parametrize("name", REQUESTS)
async def test_reference_requests(service: Service, simulator: Simulator, name: str) -> None:
    """The event leads to exactly one request to Graph, equal to the reference's in every property."""
    assert await service.handler.event((EXAMPLES / name).read_bytes()) == Done(Action.CREATED)

    [request] = [request for request in simulator.requests if request.operation != "token"]
    assert (request.method, request.path, request.status) == ("POST", PATH, 201)
    assert REQUESTS[name] == request.body


# Graph v1.0 reference, "Update learningCourseActivity": everything else belongs to the create alone.
CHANGEABLE = {
    "@odata.type",
    "assignedDateTime",
    "completedDateTime",
    "completionPercentage",
    "dueDateTime",
    "notes",
    "startedDateTime",
    "status",
}


@thorough
@given(SOME_EVENTS)
def test_an_update_names_only_what_graph_lets_change(events: list[LearningEvent]) -> None:
    """A PATCH with any other property is refused, so the update's body holds none."""
    desired = state(*events)
    if desired is not None:
        assert set(sent(desired)) <= CHANGEABLE


def sent(desired: Desired) -> dict[str, Any]:
    """The update as the SDK writes it."""
    writer = JsonSerializationWriter()
    update_body(desired).serialize(writer)
    body: dict[str, Any] = json.loads(writer.get_serialized_content())
    return body
