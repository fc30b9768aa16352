"""Sends requests to Microsoft Graph, through msgraph-sdk and the managed identity.

The SDK's adapter sends a request, and its native response handler returns the response unparsed, because parsing it
into models costs more than sending the request. Retries belong to the queue, so those of the SDK are switched off.
Every failure leaves here as a `GraphError`.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httpx
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
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory
from opentelemetry.instrumentation.utils import suppress_http_instrumentation

from activities import telemetry
from activities.domain.errors import ConfigurationFault, GraphError, Throttled, Unclear
from activities.domain.terms import RequestKind
from activities.graph.admission import Admission, Shared
from activities.graph.credential import SCOPE, Credential, app_roles
from activities.graph.responses import Response, error_from
from activities.settings import Settings

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0


class Transport:
    """Sends requests, if admission and identity allow. One per process, on one event loop.

    `builders` make requests.
    """

    def __init__(self, settings: Settings, shared: Shared, clock: Callable[[], float]) -> None:
        self._deadline = settings.graph_deadline
        self._credential = Credential(settings.client_id)
        self._admission = Admission(
            hold=settings.hold_seconds,
            probe=settings.graph_deadline,
            shared=shared,
            share=settings.share_seconds,
            clock=clock,
        )
        # The SDK wraps the client's connections and does not close them.
        self._connections = httpx.AsyncHTTPTransport(http2=True)
        timeout = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
        http = GraphClientFactory.create_with_default_middleware(
            client=httpx.AsyncClient(timeout=timeout, transport=self._connections),
            options={
                RetryHandlerOption.get_key(): RetryHandlerOption(should_retry=False),
                RedirectHandlerOption.get_key(): RedirectHandlerOption(should_redirect=False),
                # This middleware has nothing to replace here, and would write the URL into its span.
                UrlReplaceHandlerOption.get_key(): UrlReplaceHandlerOption(enabled=False),
            },
        )
        authentication = AzureIdentityAuthenticationProvider(self._credential, scopes=[SCOPE])
        self._adapter = GraphRequestAdapter(authentication, http)
        self._adapter.base_url = settings.graph_base_url.rstrip("/")
        # URLs hold addresses and external ids, which must not get into spans.
        self._adapter.observability_options = ObservabilityOptions(include_euii_attributes=False)
        self.builders = GraphServiceClient(request_adapter=self._adapter)

    async def close(self) -> None:
        """Close all connections."""
        await self._admission.close()
        await self._connections.aclose()
        await self._credential.close()

    async def roles(self) -> list[str] | None:
        """Return the app roles in the token, or None if there is no token."""
        try:
            async with asyncio.timeout(self._deadline):
                return app_roles(await self._credential.get_token(SCOPE))
        except (TimeoutError, ConfigurationFault):
            return None

    async def ready(self, kind: RequestKind) -> None:
        """Find out whether a request of this kind may be sent now.

        Raises:
            Throttled: not now; nothing was sent.
            ConfigurationFault: there is no token, or a known fault holds the kind.
        """
        await self._admission.admit(kind)
        try:
            async with asyncio.timeout(self._deadline):
                await self._credential.get_token(SCOPE)
        except TimeoutError as error:
            fault = ConfigurationFault("identity: no response")
            self._hold(kind, fault)
            raise fault from error
        except ConfigurationFault as fault:
            self._hold(kind, fault)
            raise

    async def send(self, operation: str, kind: RequestKind, request: RequestInformation) -> Response:
        """Send one request within the deadline and return the successful response.

        Raises:
            GraphError: the request failed, or could not be sent.
        """
        self._admission.check()
        request.add_request_options([ResponseHandlerOption(NativeResponseHandler())])
        try:
            async with asyncio.timeout(self._deadline):
                # An instrumented HTTP client would write URLs (external ids, addresses) into its spans.
                with suppress_http_instrumentation():
                    received: Any = await self._adapter.send_primitive_async(request, "bytes", {})
        except ConfigurationFault as fault:
            self._hold(kind, fault)
            raise
        except (TimeoutError, httpx.HTTPError) as error:
            telemetry.requested(operation, type(error).__name__)
            raise _failure_of(request, Unclear(f"{operation}: {type(error).__name__}")) from error
        response = Response(received.status_code, received.headers, received.content)
        telemetry.requested(operation, response.status)
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            self._admission.succeeded(kind, operation)
            return response
        failure = error_from(operation, response)
        await self._learn(kind, failure)
        raise _failure_of(request, failure)

    async def _learn(self, kind: RequestKind, error: GraphError) -> None:
        """Draw the conclusions for later requests."""
        if isinstance(error, Throttled) and error.after is not None:
            self._admission.throttled(error.after)
            await self._admission.share()
        elif isinstance(error, ConfigurationFault):
            self._hold(kind, error)
            await self._credential.forget()
        elif not isinstance(error, Unclear):
            # The response is about this one event, so nothing holds all events of the kind any longer.
            self._admission.succeeded(kind)

    def _hold(self, kind: RequestKind, fault: ConfigurationFault) -> None:
        """Hold all requests of a kind, and report it."""
        self._admission.hold(kind, fault.detail)
        telemetry.held(kind, fault.detail)


def _failure_of(request: RequestInformation, error: GraphError) -> GraphError:
    """Return the error of a request. A GET has no effect, even if its response is unclear."""
    error.may_have_effect = error.may_have_effect and request.http_method is not Method.GET
    return error
