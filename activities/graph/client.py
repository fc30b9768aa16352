"""What the app does in Microsoft Graph: activities, users and the courses of the provider's catalogue.

The SDK's typed builders make the requests. Sources: Graph v1.0 reference, "learningCourseActivity", "learningContent"
and "user".
"""

import json
from collections.abc import Callable

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from activities.domain.desired import Desired
from activities.domain.errors import ActivityNotFound, Unclear
from activities.domain.found import Found
from activities.domain.terms import Kind, RequestKind, ResolvedIds
from activities.graph.admission import Shared
from activities.graph.bodies import create_body, found_activity, update_body
from activities.graph.responses import Response
from activities.graph.transport import Transport
from activities.settings import Settings


class Graph:
    """Activities, users and catalogue content in Graph. One per process, on one event loop.

    Every method may raise a `GraphError`, and none takes longer than the deadline in the settings.
    """

    def __init__(self, settings: Settings, shared: Shared, clock: Callable[[], float]) -> None:
        self._provider_id = settings.learning_provider_id
        self._transport = Transport(settings, shared, clock)
        self._users = self._transport.builders.users
        experience = self._transport.builders.employee_experience
        self._provider = experience.learning_providers.by_learning_provider_id(self._provider_id)
        # A GET by id has no provider in its path.
        self._activities = experience.learning_course_activities

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    async def roles(self) -> list[str] | None:
        """Return the app roles in the token (the permissions that were granted), or None if there is no token."""
        return await self._transport.roles()

    async def ready(self, kind: RequestKind) -> None:
        """Find out, before anything is written ahead, whether a request of this kind may be sent now.

        Raises:
            Throttled: not now; nothing was sent.
            ConfigurationFault: there is no token, or a known fault holds the kind.
        """
        await self._transport.ready(kind)

    async def create(self, desired: Desired, ids: ResolvedIds) -> str:
        """Create an activity and return its id in Graph."""
        body = create_body(desired, ids, self._provider_id)
        request = self._provider.learning_course_activities.to_post_request_information(body)
        return _id_in(await self._transport.send("create", desired.immutable.kind, request), "create")

    async def update(self, activity_id: str, desired: Desired) -> None:
        """Update an activity to the desired state, except for its immutable part."""
        activity = self._provider.learning_course_activities.by_learning_course_activity_id(activity_id)
        request = activity.to_patch_request_information(update_body(desired))
        await self._transport.send("update", desired.immutable.kind, request)

    async def delete(self, activity_id: str, kind: Kind) -> None:
        """Delete an activity."""
        activity = self._provider.learning_course_activities.by_learning_course_activity_id(activity_id)
        await self._transport.send("delete", kind, activity.to_delete_request_information())

    async def read(self, activity_id: str, kind: Kind) -> Found:
        """Return the values that an activity has in Graph."""
        activity = self._activities.by_learning_course_activity_id(activity_id)
        response = await self._transport.send("get", kind, activity.to_get_request_information())
        return found_activity(_json_of(response))

    async def find_activity(self, external_id: str, kind: Kind) -> str | None:
        """Return Graph's id of the activity with this external id, or None."""
        builder = self._provider.learning_course_activities_with_externalcourse_activity_id(_quoted(external_id))
        request = builder.to_get_request_information()
        try:
            return _id_in(await self._transport.send("get_by_external_id", kind, request), "get_by_external_id")
        except ActivityNotFound:
            return None

    async def find_content(self, external_id: str) -> str | None:
        """Return the learningContentId of a course in the provider's catalogue, or None."""
        request = self._provider.learning_contents_with_external_id(_quoted(external_id)).to_get_request_information()
        try:
            return _id_in(await self._transport.send("find_content", "content", request), "content")
        except ActivityNotFound:
            return None

    async def find_user(self, name: str) -> str | None:
        """Return the object id of the user with this object id or user principal name, or None."""
        query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=["id"])
        request = self._users.by_user_id(name).to_get_request_information(RequestConfiguration(query_parameters=query))
        try:
            return _id_in(await self._transport.send("find_user", "user", request), "find_user")
        except ActivityNotFound:
            return None

    async def find_users(self, value: str, *properties: str) -> list[str]:
        """Return the object ids of the users who have this value in one of these properties.

        At most two are returned, because two already show that the value is ambiguous.

        Raises:
            Unclear: the response holds no list of users.
        """
        condition = " or ".join(f"{name} eq '{_quoted(value)}'" for name in properties)
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(select=["id"], filter=condition, top=2)
        request = self._users.to_get_request_information(RequestConfiguration(query_parameters=query))
        found = _json_of(await self._transport.send("find_user", "user", request)).get("value")
        if not isinstance(found, list):
            raise Unclear("find_user: a response without a list of users")
        return [str(user["id"]) for user in found if isinstance(user, dict) and user.get("id")]


def _quoted(value: str) -> str:
    """Double the quotes of an OData string. The SDK percent-encodes but does not do this."""
    return value.replace("'", "''")


def _json_of(response: Response) -> dict[str, object]:
    try:
        body = json.loads(response.body)
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}


def _id_in(response: Response, operation: str) -> str:
    """Return the id in a successful response. Without an id, nobody knows what was done."""
    found = _json_of(response).get("id")
    if not isinstance(found, str) or not found:
        raise Unclear(f"{operation}: {response.status} without an id", status=response.status)
    return found
