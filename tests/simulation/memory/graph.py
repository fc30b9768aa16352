"""The app's Graph client with a tenant in memory: the real transport and admission, but without the SDK.

Only the requests' bodies are written here, because the SDK's models take longer than everything else together.
"""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
from kiota_abstractions.headers_collection import HeadersCollection
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation

from activities.domain.desired import Desired
from activities.domain.terms import ResolvedIds, request_kind
from activities.graph.admission import Admission
from activities.graph.client import Graph
from activities.graph.credential import Credential
from activities.graph.exchange import Shared
from activities.graph.transport import Transport
from activities.settings import Settings
from tests.simulation.memory.answers import Answer
from tests.simulation.memory.bodies import create_body, update_body
from tests.simulation.memory.identity import Identity, MemoryIdentity
from tests.simulation.memory.tenant import Tenant
from tests.simulation.memory.wire import Answered, NoAnswer, NoConnection, Wire

_TERM = re.compile(r"(\w+) eq '((?:[^']|'')*)'")


@dataclass(slots=True)
class Request:
    """A request to the tenant."""

    operation: str
    http_method: Method
    effect: Callable[[], Answer]
    about: str = ""
    headers: HeadersCollection = field(default_factory=HeadersCollection)
    path_parameters: dict[str, str] = field(default_factory=dict)

    def add_request_options(self, options: object) -> None:
        """Ignore the options. They're for the SDK's adapter."""


class MemoryGraph(Graph):
    """The client of one process."""

    def __init__(self, settings: Settings, shared: Shared, clock: Callable[[], float], servers: "Servers") -> None:
        self._tenant = servers.tenant
        self._transport = _Transport(settings, shared, clock, servers)
        self._provider = cast("Any", _Provider(servers.tenant))
        self._activities = self._provider
        self._users = cast("Any", _Users(servers.tenant))

    async def create(self, desired: Desired, ids: ResolvedIds) -> str:
        """Create an activity."""
        body = create_body(desired, ids)
        request = Request("create", Method.POST, lambda: self._tenant.create(body), desired.external_id)
        return await self._id_from("create", request_kind("create", desired.kind), _sdk(request))

    async def update(self, activity_id: str, desired: Desired) -> None:
        """Update an activity."""
        body = update_body(desired)
        request = Request("update", Method.PATCH, lambda: self._tenant.update(activity_id, body), desired.external_id)
        await self._transport.send("update", request_kind("update", desired.kind), _sdk(request))


@dataclass(frozen=True, slots=True)
class Servers:
    """What a Graph client talks to, and the wire to it."""

    tenant: Tenant
    identity: Identity
    wire: Wire


class _Transport(Transport):
    """The real transport with an adapter and an identity in memory."""

    def __init__(self, settings: Settings, shared: Shared, clock: Callable[[], float], servers: Servers) -> None:
        self._deadline = settings.graph_deadline
        self._credential = _Credential(servers, settings.graph_deadline)
        self.admission = Admission(
            hold=settings.hold_seconds,
            probe=settings.graph_deadline,
            shared=shared,
            share=settings.share_seconds,
            clock=clock,
        )
        self._adapter = cast("Any", _Adapter(servers.wire))

    async def close(self) -> None:
        """End an exchange that's in progress."""
        await self.admission.close()


class _Credential(Credential):
    """The real credential with an identity in memory."""

    def __init__(self, servers: Servers, deadline: float) -> None:
        self._servers = servers
        self._client_id = None
        self._deadline = deadline
        self._identity = self._fresh()
        self._lock = asyncio.Lock()

    def _fresh(self) -> Any:  # noqa: ANN401  replaces the SDK's class
        return MemoryIdentity(self._servers.identity, self._servers.wire)


@dataclass(frozen=True, slots=True)
class _Received:
    status_code: int
    headers: httpx.Headers
    content: bytes


@dataclass(frozen=True, slots=True)
class _Adapter:
    """Replaces the SDK's adapter."""

    wire: Wire

    async def send_primitive_async(self, request: Request, *_: object) -> _Received:
        """Send a request and return the response."""
        try:
            answer = await self.wire.call(f"graph:{request.operation}", request.effect, request.about)
        except NoConnection as error:
            raise httpx.ConnectError("no connection") from error
        except NoAnswer as error:
            raise httpx.ReadError("no answer") from error
        except Answered as error:
            body = {"error": {"code": error.code, "message": error.message}}
            return _received(Answer(error.status, body, error.headers))
        return _received(answer)


def _received(answer: Answer) -> _Received:
    content = b"" if answer.body is None else json.dumps(answer.body).encode()
    return _Received(answer.status, httpx.Headers(dict(answer.headers)), content)


def _sdk(request: Request) -> RequestInformation:
    return cast("RequestInformation", request)


@dataclass(frozen=True, slots=True)
class _Provider:
    """Replaces the SDK's request builders below a learning provider."""

    tenant: Tenant

    @property
    def learning_course_activities(self) -> "_Provider":
        """The activities."""
        return self

    def by_learning_course_activity_id(self, activity_id: str) -> "_One":
        """Return the builder for one activity."""
        return _One(self.tenant, activity_id)

    def learning_course_activities_with_externalcourse_activity_id(self, quoted: str) -> "_Lookup":
        """Return the lookup of an activity by external id."""
        external_id = quoted.replace("''", "'")
        return _Lookup("get_by_external_id", lambda: self.tenant.read_external(external_id), external_id)

    def learning_contents_with_external_id(self, quoted: str) -> "_Lookup":
        """Return the lookup of a course by external id."""
        return _Lookup("find_content", lambda: self.tenant.find_course(quoted.replace("''", "'")))


@dataclass(frozen=True, slots=True)
class _Lookup:
    operation: str
    effect: Callable[[], Answer]
    about: str = ""

    def to_get_request_information(self, _: object = None) -> Request:
        return Request(self.operation, Method.GET, self.effect, self.about)


@dataclass(frozen=True, slots=True)
class _One:
    tenant: Tenant
    activity_id: str

    def to_get_request_information(self) -> Request:
        return Request("get", Method.GET, lambda: self.tenant.read(self.activity_id), self._about)

    def to_delete_request_information(self) -> Request:
        return Request("delete", Method.DELETE, lambda: self.tenant.delete(self.activity_id), self._about)

    @property
    def _about(self) -> str:
        activity = self.tenant.activities.get(self.activity_id)
        return "" if activity is None else activity.external_id


@dataclass(frozen=True, slots=True)
class _Users:
    """Replaces the SDK's request builders for users."""

    tenant: Tenant

    def by_user_id(self, name: str) -> _Lookup:
        """Return the lookup of one user."""
        return _Lookup("find_user", lambda: self.tenant.find_user(name))

    def to_get_request_information(self, configuration: Any) -> Request:  # noqa: ANN401  the SDK's
        """Return the request for users by a filter."""
        condition = configuration.query_parameters.filter
        terms = [(name, value.replace("''", "'")) for name, value in _TERM.findall(condition)]
        return Request("find_users", Method.GET, lambda: self.tenant.find_users(terms))
