"""The fault proxy in front of the simulator, with the service's own Graph and identity clients."""

import math
from uuid import uuid4

import httpx
import pytest
from azure.identity.aio import ManagedIdentityCredential
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph.generated.models.learning_assignment import LearningAssignment
from msgraph.generated.models.learning_course_activity import LearningCourseActivity
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient

from tests.faults.actions import Status
from tests.faults.proxied import Proxied
from tools.develop.azurite import Azurite
from tools.develop.simulator import Content, Simulator, User

LEARNER = str(uuid4())
CONTENT = str(uuid4())
SCOPES = ["https://graph.microsoft.com/.default"]
JSON = {"Content-Type": "application/json"}
REFUSED = b'{"error": {"code": "Forbidden", "message": "no"}}'
ENROLMENT = "it's a/b c"


def activity(**more: object) -> LearningCourseActivity:
    """Return the body of a create or an update."""
    return LearningAssignment(
        odata_type="#microsoft.graph.learningAssignment", additional_data={"status": "inProgress", **more}
    )


# The SDK warns of its own deprecated classes when a module is first used.
@pytest.mark.filterwarnings("ignore:This class is deprecated:DeprecationWarning:msgraph")
async def test_graph_and_token_requests(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDKs' requests pass, their kinds are recognized, and they can be made to fail."""
    ann = User(id=LEARNER, user_principal_name="ann@contoso.com")
    course = Content(id=CONTENT, external_id=ENROLMENT)
    async with (
        Simulator(users=(ann,), contents=(course,)) as simulator,
        Proxied({"AzureWebJobsStorage": azurite.connection_string, **simulator.environment}) as proxied,
    ):
        for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
            monkeypatch.setenv(name, proxied.environment[name])
        async with ManagedIdentityCredential() as credential, httpx.AsyncClient() as http:
            identity = AzureIdentityAuthenticationProvider(credential, scopes=SCOPES)
            adapter = GraphRequestAdapter(identity, client=http)
            adapter.base_url = proxied.environment["GRAPH_BASE_URL"]
            client = GraphServiceClient(request_adapter=adapter)
            await send_each_kind(client, simulator)
            proxied["graph"].rule("graph:find_user", action=Status(403, JSON, REFUSED), times=math.inf)
            with pytest.raises(ODataError):
                await client.users.by_user_id("ann@contoso.com").get()
    words = ["create", "get", "get_by_external_id", "update", "delete", "find_content", *["find_user"] * 2]
    assert [exchange.kind for exchange in proxied.log] == ["token", *(f"graph:{word}" for word in words)]
    assert {exchange.status for exchange in proxied["graph"].log} == {200, 201, 204, 403}


async def send_each_kind(client: GraphServiceClient, simulator: Simulator) -> None:
    """Send one request of each kind."""
    provider = client.employee_experience.learning_providers.by_learning_provider_id(simulator.config.provider_id)
    everywhere = client.employee_experience
    made = await provider.learning_course_activities.post(
        activity(
            learnerUserId=LEARNER,
            learningContentId=CONTENT,
            learningProviderId=simulator.config.provider_id,
            assignmentType="required",
            externalcourseActivityId=ENROLMENT,
        )
    )
    assert made
    assert made.id
    await everywhere.learning_course_activities.by_learning_course_activity_id(made.id).get()
    key = ENROLMENT.replace("'", "''")
    await everywhere.learning_course_activities_with_externalcourse_activity_id(key).get()
    own = provider.learning_course_activities.by_learning_course_activity_id(made.id)
    await own.patch(activity())
    await own.delete()
    await provider.learning_contents_with_external_id(key).get()
    await client.users.by_user_id("ann@contoso.com").get()
