"""The requests that Graph is sent are those that its reference documents."""

from urllib.parse import unquote

from activities.service import Service
from tools.develop.simulator import Simulator


async def test_an_activity_is_looked_up_below_its_provider(service: Service, simulator: Simulator) -> None:
    """The reference documents the external id as a key only below the provider. Elsewhere a 404 would mean nothing."""
    assert await service.graph.find_activity("an 'enrolment'/1", "assignment") is None

    [request] = [found for found in simulator.requests if found.operation == "get_by_external_id"]
    assert unquote(request.path) == (
        f"/v1.0/employeeExperience/learningProviders/{service.settings.learning_provider_id}"
        "/learningCourseActivities(externalcourseActivityId='an ''enrolment''/1')"
    )
