"""Sends requests to Microsoft Graph, through msgraph-sdk and the managed identity.

The SDK's adapter sends a request, and its native response handler returns the response unparsed, because parsing it
into models costs more than sending the request. Retries belong to the queue, so those of the SDK are left out.
Every failure leaves here as a `GraphError`: whatever the layers below raise, it is no answer of Graph, so nobody knows
what became of the request.

A connection carries one request at a time (HTTP/1.1), so the request that a time-out ends takes its connection with
it, and the next one goes over another.
"""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import httpx
from azure.core.credentials import AccessToken
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_http.middleware import ParametersNameDecodingHandler, UserAgentHandler
from kiota_http.middleware.options import ResponseHandlerOption
from kiota_http.observability_options import ObservabilityOptions
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory
from msgraph_core.middleware import GraphTelemetryHandler
from opentelemetry.instrumentation.utils import suppress_http_instrumentation

from activities import telemetry
from activities.domain.errors import ActivityNotFound, EverybodysFault, GraphError, Throttled, Unclear
from activities.domain.terms import RequestKind
from activities.graph.admission import Admission
from activities.graph.credential import SCOPE, Credential, app_roles
from activities.graph.exchange import Shared
from activities.graph.responses import Response, error_from
from activities.graph.sdk import Adapter, drop_challenge
from activities.settings import Settings

# The parts of a request's deadline for a connection, and for the whole response: a peer that sends a byte now and then
# ends no sooner than one that is silent.
CONNECT, RESPONSE = 0.25, 0.4
# Seconds after which a connection that nobody uses is closed.
_IDLE = 60.0

# Without a connection, a request was certainly not sent.
_NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# A new token may have what Graph missed in this one: validity, or a permission that was granted since.
_FORGETS_TOKEN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

_REQUEST_ID = "client-request-id"
# Gateways on the way say these too. Nothing but a pause follows from them.
_OF_GATEWAYS = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
    HTTPStatus.TOO_MANY_REQUESTS,
    *(status for status in HTTPStatus if status >= HTTPStatus.INTERNAL_SERVER_ERROR),
)


class _OfAnother(httpx.RemoteProtocolError):
    """A response that has another request's id (`named`), or none where Graph echoes them. It has not been read."""

    def __init__(self, response: httpx.Response, *, named: bool) -> None:
        super().__init__("the response of another request")
        self.response = response
        self.named = named


@contextmanager
def about(kind: RequestKind) -> Iterator[None]:
    """Say in every error which kind of request it is about."""
    try:
        yield
    except GraphError as error:
        error.kind = error.kind or kind
        raise


class Transport:
    """Sends requests, if admission and identity allow. One per process, on one event loop.

    `builders` make requests; `admission` says which of them may be sent.
    """

    def __init__(self, settings: Settings, shared: Shared, clock: Callable[[], float]) -> None:
        self._deadline = settings.graph_deadline
        self._credential = Credential(settings.client_id, settings.graph_deadline)
        self.admission = Admission(
            hold=settings.hold_seconds,
            probe=settings.graph_deadline,
            shared=shared,
            share=settings.share_seconds,
            clock=clock,
        )
        # The SDK wraps the client's connections and does not close them.
        self._connections = httpx.AsyncHTTPTransport(limits=httpx.Limits(keepalive_expiry=_IDLE))
        timeout = httpx.Timeout(RESPONSE * self._deadline, connect=CONNECT * self._deadline)
        http = GraphClientFactory.create_with_custom_middleware(
            # Without those that retry, follow redirections, and write the URL into a span.
            [ParametersNameDecodingHandler(), UserAgentHandler(), GraphTelemetryHandler()],
            client=httpx.AsyncClient(
                timeout=timeout,
                transport=self._connections,
                event_hooks={"response": [self._correlate, drop_challenge]},
            ),
        )
        # Requests have their token already.
        self._adapter = Adapter(AnonymousAuthenticationProvider(), http)
        self._adapter.base_url = settings.graph_base_url.rstrip("/")
        # URLs hold addresses and external ids, which must not get into spans.
        self._adapter.observability_options = ObservabilityOptions(include_euii_attributes=False)
        self.builders = GraphServiceClient(request_adapter=self._adapter)

    async def close(self) -> None:
        """Close all connections."""
        await self.admission.close()
        await self._connections.aclose()
        await self._credential.close()

    async def roles(self) -> list[str] | None:
        """Return the app roles in the token, or None if there is no token."""
        try:
            return app_roles(await self._token())
        except EverybodysFault:
            return None

    async def forget_token(self) -> None:
        """Request a new token next time: the present one lacks a permission that may have been granted since."""
        await self._credential.forget()

    async def ready(self, *kinds: RequestKind, completes: bool = False) -> None:
        """Find out whether one request of each kind may be sent now. What `completes` an activity comes first.

        Raises:
            Throttled: not now; nothing was sent.
            EverybodysFault: there is no token, or a known fault holds one of the kinds.
        """
        with about(kinds[0]):
            # The token first: what it takes must not make anybody late for a slot.
            await self._token()
            await self.admission.admit(*kinds, completes=completes)

    async def send(self, operation: str, kind: RequestKind, request: RequestInformation) -> Response:
        """Send one request within the deadline and return the successful response.

        Raises:
            GraphError: the request failed, or could not be sent.
        """
        with about(kind):
            await self.admission.turn()
            response = await self._exchange(operation, request)
            error = error_from(operation, response)
            if error is None:
                self.admission.succeeded(kind)
                return response
            error.may_have_effect = error.may_have_effect or not response.certain
            failure = _failure_of(request, error)
            await self._learn(kind, failure, reads=request.http_method is Method.GET)
            raise failure

    async def _exchange(self, operation: str, request: RequestInformation) -> Response:
        """Send a request and return the response, whatever its status."""
        # Graph echoes it, and Microsoft's support finds the request by it.
        request.headers.add(_REQUEST_ID, str(uuid.uuid4()))
        request.add_request_options([ResponseHandlerOption(NativeResponseHandler())])
        try:
            # The lease has to outlast all of this.
            async with asyncio.timeout(RESPONSE * self._deadline):
                request.headers.add("Authorization", f"Bearer {(await self._token()).token}")
                # An instrumented HTTP client would write URLs (external ids, addresses) into its spans.
                with suppress_http_instrumentation():
                    received: Any = await self._adapter.send_primitive_async(request, "bytes", {})
            response = Response(received.status_code, received.headers, received.content)
        except GraphError:
            raise
        except _OfAnother as error:
            if error.named or error.response.status_code not in _OF_GATEWAYS:
                telemetry.requested(operation, "another's response")
                raise _failure_of(request, Unclear(f"{operation}: the response of another request")) from error
            response = Response(error.response.status_code, error.response.headers, b"", certain=False)
        except _NO_CONNECTION as error:
            telemetry.requested(operation, type(error).__name__)
            raise EverybodysFault(f"{operation}: no connection") from error
        except Exception as error:
            telemetry.requested(operation, type(error).__name__)
            raise _failure_of(request, Unclear(f"{operation}: {type(error).__name__}")) from error
        telemetry.requested(operation, response.status)
        return response

    async def _correlate(self, response: httpx.Response) -> None:
        """Make sure that a response belongs to its request. The connection of one that does not is closed.

        Graph echoes the id of a request (Graph reference, "client-request-id"). A gateway that answers twice makes
        every response on its connection the one of the request before. Nobody knows whether all front ends of Graph
        echo it always, so its absence says something only where it was there before.
        """
        sent, echoed = (one.headers.get(_REQUEST_ID, "").lower() for one in (response.request, response))
        answer = f"{response.request.method} {response.status_code}"
        if echoed == sent:
            self.admission.echoed(answer)
        elif echoed or self.admission.echoes(None if response.status_code in _OF_GATEWAYS else answer):
            raise _OfAnother(response, named=bool(echoed))

    async def _learn(self, kind: RequestKind, error: GraphError, *, reads: bool) -> None:
        """Draw the conclusions for later requests."""
        match error:
            case Throttled():
                error.after = self.admission.throttled(error.after)
                await self.admission.share()
            case EverybodysFault():
                if error.status in _FORGETS_TOKEN:
                    await self._credential.forget()
            case Unclear():
                if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    self.admission.unavailable()
            case ActivityNotFound() if reads:
                # "Not there" is a full answer to the question whether something is there.
                self.admission.succeeded(kind)
            case _:
                self.admission.unthrottled()

    async def _token(self) -> AccessToken:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._credential.get_token(SCOPE)
        except TimeoutError as error:
            raise EverybodysFault("identity: no response") from error


def _failure_of(request: RequestInformation, error: GraphError) -> GraphError:
    """Return the error of a request. A GET has no effect, even if its response is unclear."""
    error.may_have_effect = error.may_have_effect and request.http_method is not Method.GET
    return error
