"""What the app does in Microsoft Graph, with activities, users and the courses in the provider's catalogue.

The SDK's typed builders make the requests. Sources: Graph v1.0 reference, "learningCourseActivity", "learningContent"
and "user".
"""

from collections.abc import Callable

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from activities.domain.desired import Desired
from activities.domain.errors import (
    ActivityNotFound,
    EverybodysFault,
    Refused,
    Unclear,
    UriRefused,
)
from activities.domain.found import Found, FoundActivity
from activities.domain.terms import Kind, RequestKind, ResolvedIds, request_kind
from activities.graph.bodies import create_body, found_activity, found_values, update_body
from activities.graph.exchange import Shared
from activities.graph.responses import Response
from activities.graph.transport import Transport, about
from activities.settings import Settings

# The app role that lets the app write activities of a kind.
_ROLES: dict[Kind, str] = {
    "assignment": "LearningAssignedCourse.ReadWrite.All",
    "selfInitiated": "LearningSelfInitiatedCourse.ReadWrite.All",
}

_FIND_CONTENT: RequestKind = "find_content"
_SLASH = (
    "find_content: Graph can't read a URL with the slash in this course's external id: "
    "give the course an external id without a slash, or name it by its learningContentId"
)


class Graph:
    """Activities, users and catalogue content in Graph. One per process, on one event loop.

    Every method may raise a `GraphError`, and none takes longer than the deadline in the settings.
    """

    # How Graph may want a slash in a course's external id: encoded once (by the SDK), or twice. They're tried in this
    # order.
    _slashes = ("/", "%2F")

    def __init__(self, settings: Settings, shared: Shared, clock: Callable[[], float]) -> None:
        self._transport = Transport(settings, shared, clock)
        self._users = self._transport.builders.users
        experience = self._transport.builders.employee_experience
        self._provider = experience.learning_providers.by_learning_provider_id(settings.learning_provider_id)
        # A GET by id has no provider in its path.
        self._activities = experience.learning_course_activities

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    async def ready(self, *kinds: RequestKind, completes: bool = False) -> None:
        """Find out, before anything is written ahead, whether one request of each kind may be sent now.

        If not all requests can be sent, those that complete an activity (`completes`) go first.

        Raises:
            Throttled: not now; nothing was sent.
            EverybodysFault: there's no token, or one of the kinds is held because of a known fault.
        """
        await self._transport.ready(*kinds, completes=completes)

    async def check_role(self, kind: Kind) -> None:
        """Fail if the app certainly lacks the permission to create activities of this kind.

        Raises:
            EverybodysFault: the token names app roles, but not the one for this kind.
        """
        roles = await self._transport.roles()
        if roles and _ROLES[kind] not in roles:
            await self._transport.forget_token()
            with about(request_kind("create", kind)):
                raise EverybodysFault(f"create: the token lacks {_ROLES[kind]}")

    def successes(self, kind: RequestKind) -> int:
        """Return how many requests of this kind are known to have succeeded, whoever sent them."""
        return self._transport.admission.successes(kind)

    def count(self, kind: RequestKind) -> None:
        """Count a success that isn't a request's under this kind, and tell all processes."""
        self._transport.admission.count(kind)

    async def listen(self) -> None:
        """Learn what has succeeded in the other processes, unless that was done recently."""
        await self._transport.admission.listen()

    async def suspect(self, fault: EverybodysFault, record: str) -> None:
        """Note that the record with this row key met a fault that, as far as can be told, everybody would meet."""
        await self._transport.admission.suspect(fault, record)

    async def create(self, desired: Desired, ids: ResolvedIds) -> str:
        """Create an activity and return its id in Graph."""
        body = create_body(desired, ids)
        request = self._provider.learning_course_activities.to_post_request_information(body)
        return await self._id_from("create", request_kind("create", desired.kind), request)

    async def update(self, activity_id: str, desired: Desired) -> None:
        """Update an activity to the desired state, except for its immutable part."""
        activity = self._provider.learning_course_activities.by_learning_course_activity_id(activity_id)
        request = activity.to_patch_request_information(update_body(desired))
        await self._transport.send("update", request_kind("update", desired.kind), request)

    async def delete(self, activity_id: str, kind: Kind) -> None:
        """Delete an activity."""
        activity = self._provider.learning_course_activities.by_learning_course_activity_id(activity_id)
        await self._transport.send("delete", request_kind("delete", kind), activity.to_delete_request_information())

    async def read(self, activity_id: str, kind: Kind) -> Found:
        """Return the values that an activity has in Graph."""
        activity = self._activities.by_learning_course_activity_id(activity_id)
        request = activity.to_get_request_information()
        response = await self._transport.send("get", request_kind("read", kind), request)
        return found_values(response.document or {})

    async def find_activity(self, external_id: str, kind: Kind) -> FoundActivity | None:
        """Return the activity with this external id, or None. `kind` is the kind that it should have."""
        builder = self._provider.learning_course_activities_with_externalcourse_activity_id(_quoted(external_id))
        request = _with_its_own_key(builder.to_get_request_information())
        operation = "get_by_external_id"
        with about(request_kind("read", kind)):
            try:
                response = await self._transport.send(operation, request_kind("read", kind), request)
            except ActivityNotFound:
                return None
            return found_activity(_id_in(response, operation), response.document or {}, kind)

    async def find_content(self, external_id: str) -> str | None:
        """Return the learningContentId of a course in the provider's catalogue, or None.

        Raises:
            UriRefused: Graph doesn't understand the URL.
            Refused: Graph understands other courses' URLs, so the slash in this id is to blame.
        """
        if "/" not in external_id:
            return await self._find_content(external_id)
        first, second = self._slashes
        try:
            return await self._find_content(external_id.replace("/", first))
        except UriRefused:
            try:
                found = await self._find_content(external_id.replace("/", second))
            except UriRefused as refused:
                kind = Refused if self.successes(_FIND_CONTENT) else UriRefused
                with about(_FIND_CONTENT):
                    raise kind(_SLASH, status=refused.status, request_id=refused.request_id) from refused
            # Next time, begin with this one.
            self._slashes = (second, first)
            return found

    async def _find_content(self, external_id: str) -> str | None:
        builder = self._provider.learning_contents_with_external_id(_quoted(external_id))
        request = _with_its_own_key(builder.to_get_request_information())
        try:
            return await self._id_from("find_content", "find_content", request)
        except ActivityNotFound:
            return None

    async def find_user(self, name: str) -> str | None:
        """Return the object id of the user with this object id or user principal name, or None."""
        query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=["id"])
        request = self._users.by_user_id(name).to_get_request_information(RequestConfiguration(query_parameters=query))
        try:
            return (await self._id_from("find_user", "find_user", request)).lower()
        except ActivityNotFound:
            return None

    async def find_users(self, value: str, *properties: str) -> list[str]:
        """Return the object ids of the users who have this value in one of these properties.

        At most two are returned, because two already show that the value is ambiguous.

        Raises:
            Unclear: the response has no list of users.
        """
        condition = " or ".join(f"{name} eq '{_quoted(value)}'" for name in properties)
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(select=["id"], filter=condition, top=2)
        request = self._users.to_get_request_information(RequestConfiguration(query_parameters=query))
        with about("find_users"):
            response = await self._transport.send("find_users", "find_users", request)
            found = (response.document or {}).get("value")
            if not isinstance(found, list):
                raise Unclear("find_users: a response without a list of users")
        return [str(user["id"]).lower() for user in found if isinstance(user, dict) and user.get("id")]

    async def _id_from(self, operation: str, kind: RequestKind, request: RequestInformation) -> str:
        """Send a request and return the id in the response."""
        with about(kind):
            return _id_in(await self._transport.send(operation, kind, request), operation)


def _with_its_own_key(request: RequestInformation) -> RequestInformation:
    """Return a request whose key no other request can change.

    The SDK's builders for a key in parentheses write the key into parameters that they share with their provider's
    builder, and the URL is built only when the request is sent. Simultaneous requests would all use the last key.
    """
    request.path_parameters = dict(request.path_parameters)
    return request


def _quoted(value: str) -> str:
    """Double the quotes in an OData string. The SDK percent-encodes it, but doesn't do this."""
    return value.replace("'", "''")


def _id_in(response: Response, operation: str) -> str:
    """Return the id in a successful response. If there's no id, it's unclear what was done."""
    found = (response.document or {}).get("id")
    if not isinstance(found, str) or not found:
        raise Unclear(f"{operation}: {response.status} without an id", status=response.status)
    return found
