"""The bodies of requests: those of the Graph reference for a create, and only what may change for an update."""

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
from tests.activities.graph.reference_requests import PROVIDER, REQUESTS
from tools.develop.simulator import Simulator

EXAMPLES = ROOT / "docs" / "examples"
PATH = f"/v1.0/employeeExperience/learningProviders/{PROVIDER}/learningCourseActivities"


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Simulate Graph with the learning provider of the reference's examples."""
    async with Simulator(provider_id=PROVIDER) as running:
        yield running


@pytest.mark.parametrize("name", REQUESTS)
async def test_an_example_leads_to_the_request_of_the_reference(
    service: Service, simulator: Simulator, name: str
) -> None:
    """Graph is sent one request, which equals that of the reference in every property."""
    assert await service.handler.event((EXAMPLES / name).read_bytes()) == Done(Action.CREATED)

    [request] = [request for request in simulator.requests if request.operation != "token"]
    assert (request.method, request.path, request.status) == ("POST", PATH, 201)
    assert REQUESTS[name] == request.body


# Graph v1.0 reference, "Update learningCourseActivity". Other properties belong to a create only.
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
def test_an_update_has_only_what_graph_lets_change(events: list[LearningEvent]) -> None:
    """Graph refuses an update with any other property."""
    desired = state(*events)
    if desired is not None:
        assert set(sent(desired)) <= CHANGEABLE


def sent(desired: Desired) -> dict[str, Any]:
    """Return the body of an update as the SDK sends it."""
    writer = JsonSerializationWriter()
    update_body(desired).serialize(writer)
    body: dict[str, Any] = json.loads(writer.get_serialized_content())
    return body
