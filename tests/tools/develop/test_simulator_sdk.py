"""The simulator under the real msgraph-sdk with the real managed identity credential."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
import pytest
from azure.identity.aio import ManagedIdentityCredential
from kiota_abstractions.api_error import APIError
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph.generated.models.assignment_type import AssignmentType
from msgraph.generated.models.course_status import CourseStatus
from msgraph.generated.models.learning_assignment import LearningAssignment
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory

from tests.tools.develop.graph_calls import CONTENT, LEARNER, PROVIDER
from tools.develop.simulator import Content, Simulator, User

# Every request builder of the SDK warns of the SDK's own classes when it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:This class is deprecated:DeprecationWarning:msgraph")

EXTERNAL_ID = "enrolment 'ä'/1"


class Sdk(NamedTuple):
    """A simulator and an SDK client of it."""

    simulator: Simulator
    client: GraphServiceClient


@pytest.fixture
async def sdk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sdk]:
    """Connect the SDK to a simulator, as the function app does."""
    users = [User(id=LEARNER, user_principal_name="adele@contoso.example")]
    async with Simulator(users=users, contents=[Content(id=CONTENT, external_id="C/1")]) as simulator:
        for name, value in simulator.environment.items():
            monkeypatch.setenv(name, value)
        # The SDK wraps the transport, and its client does not close what it wraps.
        async with ManagedIdentityCredential() as credential, httpx.AsyncHTTPTransport() as transport:
            http = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(transport=transport))
            scopes = ["https://graph.microsoft.com/.default"]
            provider = AzureIdentityAuthenticationProvider(credential, scopes=scopes)
            adapter = GraphRequestAdapter(provider, http)
            adapter.base_url = simulator.graph_url
            yield Sdk(simulator, GraphServiceClient(request_adapter=adapter))


def assignment() -> LearningAssignment:
    """Make an assignment of the SDK."""
    return LearningAssignment(
        odata_type="#microsoft.graph.learningAssignment",
        learner_user_id=LEARNER,
        learning_content_id=CONTENT,
        learning_provider_id=PROVIDER,
        externalcourse_activity_id=EXTERNAL_ID,
        assignment_type=AssignmentType.Required,
        status=CourseStatus.NotStarted,
    )


async def test_the_sdk_creates_updates_gets_and_deletes(sdk: Sdk) -> None:
    """An activity goes through its life by the SDK, with one token."""
    experience = sdk.client.employee_experience
    provider = experience.learning_providers.by_learning_provider_id(PROVIDER)
    activities = provider.learning_course_activities
    created = await activities.post(assignment())
    assert created is not None
    assert created.id is not None
    assert created.externalcourse_activity_id == EXTERNAL_ID
    one = activities.by_learning_course_activity_id(created.id)
    await one.patch(
        LearningAssignment(
            odata_type="#microsoft.graph.learningAssignment",
            status=CourseStatus.InProgress,
            completion_percentage=40,
        ),
    )
    by_id = experience.learning_course_activities.by_learning_course_activity_id(created.id)
    key = EXTERNAL_ID.replace("'", "''")  # the SDK encodes, but does not double
    by_external_id = provider.learning_course_activities_with_externalcourse_activity_id(key)
    for found in (await by_id.get(), await by_external_id.get()):
        assert isinstance(found, LearningAssignment)
        assert (found.id, found.completion_percentage) == (created.id, 40)
        assert found.status is CourseStatus.InProgress
    await one.delete()
    with pytest.raises(ODataError) as gone:
        await by_id.get()
    assert gone.value.response_status_code == 404
    assert gone.value.error is not None
    assert gone.value.error.inner_error is not None
    assert gone.value.error.inner_error.request_id == sdk.simulator.requests[-1].request_id
    assert [request.operation for request in sdk.simulator.requests] == [
        "token",
        "create",
        "update",
        "get",
        "get_by_external_id",
        "delete",
        "get",
    ]


async def test_the_sdk_looks_people_and_courses_up(sdk: Sdk) -> None:
    """People and courses are found by the SDK's own requests."""
    user = await sdk.client.users.by_user_id("adele@contoso.example").get()
    provider = sdk.client.employee_experience.learning_providers.by_learning_provider_id(PROVIDER)
    content = await provider.learning_contents_with_external_id("C/1").get()
    assert user is not None
    assert content is not None
    assert (user.id, content.id) == (LEARNER, CONTENT)


async def test_the_sdk_reports_what_is_wrong_with_an_answer(sdk: Sdk) -> None:
    """An HTML error reaches the caller as the SDK's error for it."""
    sdk.simulator.fault(operation="create", status=502, damage="html")
    provider = sdk.client.employee_experience.learning_providers.by_learning_provider_id(PROVIDER)
    with pytest.raises(APIError) as failed:
        await provider.learning_course_activities.post(assignment())
    assert failed.value.response_status_code == 502
