"""Sends requests to Microsoft Graph, through msgraph-sdk and the managed identity.

The SDK's adapter sends a request, and its native response handler returns the response unparsed, because parsing it
into models costs more than sending the request. Retries belong to the queue, so the SDK's own are left out.
Every failure leaves here as a `GraphError`. Whatever the layers below raise isn't an answer from Graph, so nobody knows
what became of the request.

A connection carries one request at a time (HTTP/1.1), so a request that times out takes its connection with it, and the
next one uses another.
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

# The parts of a request's deadline for connecting, and for the whole response. A peer that sends a byte now and then
# gets no more time than a silent one.
CONNECT, RESPONSE = 0.25, 0.4
# Seconds after which an unused connection is closed.
_IDLE = 60.0

# Without a connection, the request certainly wasn't sent.
_NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# A new token may have what this one lacked: validity, or a permission that has been granted since.
_FORGETS_TOKEN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

_REQUEST_ID = "client-request-id"
# Gateways on the way to Graph send these too. They lead to nothing but a pause.
_OF_GATEWAYS = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
    HTTPStatus.TOO_MANY_REQUESTS,
    *(status for status in HTTPStatus if status >= HTTPStatus.INTERNAL_SERVER_ERROR),
)


class _OfAnother(httpx.RemoteProtocolError):
    """A response with another request's id (`named`), or with no id where Graph echoes them. It hasn't been read."""

    def __init__(self, response: httpx.Response, *, named: bool) -> None:
        super().__init__("the response to another request")
        self.response = response
        self.named = named


@contextmanager
def about(kind: RequestKind) -> Iterator[None]:
    """Note in every error which kind of request it's about."""
    try:
        yield
    except GraphError as error:
        error.kind = error.kind or kind
        raise


class Transport:
    """Sends requests, if admission and identity allow. One per process, on one event loop.

    `builders` make requests, and `admission` says which of them may be sent.
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
        # The SDK wraps the client's connections and doesn't close them.
        self._connections = httpx.AsyncHTTPTransport(limits=httpx.Limits(keepalive_expiry=_IDLE))
        timeout = httpx.Timeout(RESPONSE * self._deadline, connect=CONNECT * self._deadline)
        http = GraphClientFactory.create_with_custom_middleware(
            # Without the middleware that retries, follows redirects, or writes the URL into a span.
            [ParametersNameDecodingHandler(), UserAgentHandler(), GraphTelemetryHandler()],
            client=httpx.AsyncClient(
                timeout=timeout,
                transport=self._connections,
                event_hooks={"response": [self._correlate, drop_challenge]},
            ),
        )
        # Requests already have their token.
        self._adapter = Adapter(AnonymousAuthenticationProvider(), http)
        self._adapter.base_url = settings.graph_base_url.rstrip("/")
        # URLs contain addresses and external ids, which must not get into spans.
        self._adapter.observability_options = ObservabilityOptions(include_euii_attributes=False)
        self.builders = GraphServiceClient(request_adapter=self._adapter)

    async def close(self) -> None:
        """Close all connections."""
        await self.admission.close()
        await self._connections.aclose()
        await self._credential.close()

    async def roles(self) -> list[str] | None:
        """Return the app roles in the token, or None if there's no token."""
        try:
            return app_roles(await self._token())
        except EverybodysFault:
            return None

    async def forget_token(self) -> None:
        """Request a new token next time. The present one lacks a permission that may have been granted since."""
        await self._credential.forget()

    async def ready(self, *kinds: RequestKind, completes: bool = False) -> None:
        """Find out whether one request of each kind may be sent now. Those that complete an activity go first.

        Raises:
            Throttled: not now; nothing was sent.
            EverybodysFault: there's no token, or one of the kinds is held because of a known fault.
        """
        with about(kinds[0]):
            # Get the token first, so the time it takes can't make a request late for its slot.
            await self._token()
            await self.admission.admit(*kinds, completes=completes)

    async def send(self, operation: str, kind: RequestKind, request: RequestInformation) -> Response:
        """Send one request within the deadline and return the successful response.

        Raises:
            GraphError: the request failed, or couldn't be sent.
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
        # Graph echoes this id, and Microsoft's support can find the request by it.
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
                raise _failure_of(request, Unclear(f"{operation}: the response to another request")) from error
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
        """Make sure that a response belongs to its request. If it doesn't, its connection is closed.

        Graph echoes a request's id (Graph reference, "client-request-id"). If a gateway answers twice, each later
        response on its connection belongs to the request before. Nobody knows whether all of Graph's front ends always
        echo the id, so a missing id means something only where Graph has echoed ids before.
        """
        sent, echoed = (one.headers.get(_REQUEST_ID, "").lower() for one in (response.request, response))
        answer = f"{response.request.method} {response.status_code}"
        if echoed == sent:
            self.admission.echoed(answer)
        elif echoed or self.admission.echoes(None if response.status_code in _OF_GATEWAYS else answer):
            raise _OfAnother(response, named=bool(echoed))

    async def _learn(self, kind: RequestKind, error: GraphError, *, reads: bool) -> None:
        """Learn from a failure what matters for later requests."""
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
                # To the question whether something is there, "not found" is a complete answer.
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
