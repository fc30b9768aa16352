"""The only caller of Microsoft Graph, through msgraph-sdk and a managed identity.

Requests are built by the SDK's typed builders and sent by its adapter; the answer is taken as it comes (the SDK's
native response handler), because parsing an answer into models costs more than sending the request. Retries belong
to the queue, so the SDK's own are switched off. Every failure leaves here as one of `activities.domain.errors`.
"""

import asyncio
import json
from http import HTTPStatus
from types import TracebackType
from typing import Any, Literal, Self

import httpx
from azure.core.credentials import AccessToken
from azure.identity.aio import ManagedIdentityCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from kiota_http.middleware.options import (
    RedirectHandlerOption,
    ResponseHandlerOption,
    RetryHandlerOption,
    UrlReplaceHandlerOption,
)
from kiota_http.observability_options import ObservabilityOptions
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory
from opentelemetry.instrumentation.utils import suppress_http_instrumentation

from activities import telemetry
from activities.domain.errors import ActivityNotFound, ConfigurationFault, GraphError, Throttled, Unclear
from activities.domain.record import Kind, Wanted
from activities.graph.admission import Pace
from activities.graph.bodies import Resolved, create_body, update_body
from activities.graph.responses import Answer, error_of
from activities.settings import Settings

SCOPE = "https://graph.microsoft.com/.default"
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0

type Scope = Kind | Literal["content", "user"]


class _Credential:
    """The managed identity with a single flight: concurrent first calls make one token request, not one each.

    Whatever goes wrong with it would go wrong for every event, so it is a ConfigurationFault.
    """

    def __init__(self, client_id: str | None) -> None:
        self._client_id = client_id
        self._identity = self._fresh()
        self._lock = asyncio.Lock()

    def _fresh(self) -> ManagedIdentityCredential:
        return ManagedIdentityCredential(client_id=self._client_id, retry_total=1, retry_backoff_factor=0.2)

    async def forget(self) -> None:
        """Ask for a new token next time: Graph did not take the one at hand, which is cached for up to a day.

        A token also carries the permissions that were granted when it was issued.
        """
        async with self._lock:
            await self._identity.close()
            self._identity = self._fresh()

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **options: object,
    ) -> AccessToken:
        """A token, from memory while it lasts."""
        async with self._lock:
            try:
                token: AccessToken = await self._identity.get_token(
                    *scopes, claims=claims, tenant_id=tenant_id, enable_cae=enable_cae, **options
                )
            except Exception as error:
                raise ConfigurationFault(f"identity: {type(error).__name__}") from error
        return token

    async def close(self) -> None:
        """End all connections."""
        await self._identity.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self.close()


class Graph:
    """Activities, users and catalogue content in Graph. One per process, on one event loop.

    Every method raises a `GraphError`; none takes longer than the settings' deadline.
    """

    def __init__(self, settings: Settings) -> None:
        self._provider_id = settings.learning_provider_id
        self._deadline = settings.graph_deadline
        self._credential = _Credential(settings.client_id)
        self.pace = Pace(hold=settings.hold_seconds, probe=settings.graph_deadline)
        # The SDK wraps the client's transport and does not close it, so it is kept at hand.
        self._transport = httpx.AsyncHTTPTransport(http2=True)
        timeout = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
        http = GraphClientFactory.create_with_default_middleware(
            client=httpx.AsyncClient(timeout=timeout, transport=self._transport),
            options={
                RetryHandlerOption.get_key(): RetryHandlerOption(should_retry=False),
                RedirectHandlerOption.get_key(): RedirectHandlerOption(should_redirect=False),
                # It has nothing to replace here, and writes the URL into its span.
                UrlReplaceHandlerOption.get_key(): UrlReplaceHandlerOption(enabled=False),
            },
        )
        authentication = AzureIdentityAuthenticationProvider(self._credential, scopes=[SCOPE])
        self._adapter = GraphRequestAdapter(authentication, http)
        self._adapter.base_url = settings.graph_base_url.rstrip("/")
        # URLs hold addresses and external ids: they stay out of spans.
        self._adapter.observability_options = ObservabilityOptions(include_euii_attributes=False)
        client = GraphServiceClient(request_adapter=self._adapter)
        self._users = client.users
        self._provider = client.employee_experience.learning_providers.by_learning_provider_id(self._provider_id)

    async def close(self) -> None:
        """End all connections."""
        await self._transport.aclose()
        await self._credential.close()

    async def ready(self, scope: Scope) -> None:
        """Find out, before anything is written ahead, whether a request of `scope` may be sent now.

        Raises:
            Throttled: not now; nothing was sent.
            ConfigurationFault: no token, or a known fault holds.
        """
        await self.pace.admit(scope)
        try:
            async with asyncio.timeout(self._deadline):
                await self._credential.get_token(SCOPE)
        except TimeoutError as error:
            fault = ConfigurationFault("identity: no answer")
            self._hold(scope, fault)
            raise fault from error
        except ConfigurationFault as fault:
            self._hold(scope, fault)
            raise

    async def create(self, wanted: Wanted, resolved: Resolved) -> str:
        """Create an activity and return Graph's id of it."""
        body = create_body(wanted, resolved, self._provider_id)
        info = self._provider.learning_course_activities.to_post_request_information(body)
        return _id_in(await self._send("create", wanted.fixed.kind, info), "create")

    async def update(self, activity_id: str, wanted: Wanted) -> None:
        """Bring what Graph lets change of an activity to what is wanted."""
        activity = self._provider.learning_course_activities.by_learning_course_activity_id(activity_id)
        await self._send("update", wanted.fixed.kind, activity.to_patch_request_information(update_body(wanted)))

    async def delete(self, activity_id: str, kind: Kind) -> None:
        """Delete an activity."""
        activity = self._provider.learning_course_activities.by_learning_course_activity_id(activity_id)
        await self._send("delete", kind, activity.to_delete_request_information())

    async def find_activity(self, enrollment_id: str, kind: Kind) -> str | None:
        """Graph's id of the activity with this external id, or None."""
        builder = self._provider.learning_course_activities_with_externalcourse_activity_id(_quoted(enrollment_id))
        try:
            answer = await self._send("get_by_external_id", kind, builder.to_get_request_information())
        except ActivityNotFound:
            return None
        return _id_in(answer, "get_by_external_id")

    async def find_content(self, external_id: str) -> str | None:
        """The learningContentId of a course in the provider's catalogue, or None."""
        builder = self._provider.learning_contents_with_external_id(_quoted(external_id))
        try:
            return _id_in(await self._send("find_content", "content", builder.to_get_request_information()), "content")
        except ActivityNotFound:
            return None

    async def find_user(self, name: str) -> str | None:
        """The object id of the user with this object id or user principal name, or None."""
        query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=["id"])
        info = self._users.by_user_id(name).to_get_request_information(RequestConfiguration(query_parameters=query))
        try:
            return _id_in(await self._send("find_user", "user", info), "find_user")
        except ActivityNotFound:
            return None

    async def find_users(self, value: str, *properties: str) -> list[str]:
        """The object ids of the users any of whose properties has this value; two at most: more are of no use."""
        condition = " or ".join(f"{name} eq '{_quoted(value)}'" for name in properties)
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(select=["id"], filter=condition, top=2)
        info = self._users.to_get_request_information(RequestConfiguration(query_parameters=query))
        found = _json_of(await self._send("find_user", "user", info)).get("value")
        if not isinstance(found, list):
            raise Unclear("find_user: an answer without a list of users")
        return [str(user["id"]) for user in found if isinstance(user, dict) and user.get("id")]

    async def _send(self, operation: str, scope: Scope, info: RequestInformation) -> Answer:
        """Send one request within the deadline and translate whatever comes of it."""
        self.pace.check()
        info.add_request_options([ResponseHandlerOption(NativeResponseHandler())])
        try:
            async with asyncio.timeout(self._deadline):
                # An instrumented HTTP client would write URLs (external ids, addresses) into its spans.
                with suppress_http_instrumentation():
                    response: Any = await self._adapter.send_primitive_async(info, "bytes", {})
        except ConfigurationFault as fault:
            self._hold(scope, fault)
            raise
        except (TimeoutError, httpx.HTTPError) as error:
            telemetry.asked(operation, type(error).__name__)
            raise _of(info, Unclear(f"{operation}: {type(error).__name__}")) from error
        answer = Answer(response.status_code, response.headers, response.content)
        telemetry.asked(operation, answer.status)
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            self.pace.succeeded(scope)
            return answer
        failure = error_of(operation, answer)
        if isinstance(failure, Throttled) and failure.after is not None:
            self.pace.throttled(failure.after)
        elif isinstance(failure, ConfigurationFault):
            self._hold(scope, failure)
            await self._credential.forget()
        elif not isinstance(failure, Unclear):
            # An answer about this one event: whatever held all of them does so no more.
            self.pace.succeeded(scope)
        raise _of(info, failure)

    def _hold(self, scope: Scope, fault: ConfigurationFault) -> None:
        """Hold all events of a kind, loudly."""
        self.pace.hold(scope, fault.detail)
        telemetry.held(scope, fault.detail)


def _of(info: RequestInformation, failure: GraphError) -> GraphError:
    """Whatever became of it, a GET changes nothing."""
    failure.may_have_effect = failure.may_have_effect and info.http_method is not Method.GET
    return failure


def _quoted(value: str) -> str:
    """Double the quotes of an OData string; the SDK percent-encodes but does not do this."""
    return value.replace("'", "''")


def _json_of(answer: Answer) -> dict[str, object]:
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}


def _id_in(answer: Answer, operation: str) -> str:
    """The id in a successful answer; without one nobody knows what was done."""
    found = _json_of(answer).get("id")
    if not isinstance(found, str) or not found:
        raise Unclear(f"{operation}: {answer.status} without an id", status=answer.status)
    return found
