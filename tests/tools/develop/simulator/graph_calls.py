"""Sends requests to the Graph simulator, and provides bodies that it accepts."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from tools.develop.simulator import Simulator

LEARNER = "7ba2228a-e020-11ec-8fea-0242ac120002"
ASSIGNER = "cea1684d-57dc-438d-a9d1-e666ec1a7f3d"
CONTENT = "57baf9dc-e020-11ec-9d64-0242ac120002"
PROVIDER = "13727311-e7bb-470d-8b20-6a23d9030d70"
EXTERNAL_ID = "12a2228a-e020-11ec-9d64-0242ac120002"

ASSIGNMENT = {
    "@odata.type": "#microsoft.graph.learningAssignment",
    "assignedDateTime": "2021-05-11T22:57:17+00:00",
    "assignerUserId": ASSIGNER,
    "assignmentType": "required",
    "completedDateTime": None,
    "completionPercentage": 20,
    "dueDateTime": {"dateTime": "2022-09-22T16:05:00.0000000", "timeZone": "UTC"},
    "externalcourseActivityId": EXTERNAL_ID,
    "learnerUserId": LEARNER,
    "learningContentId": CONTENT,
    "learningProviderId": PROVIDER,
    "notes": {"contentType": "text", "content": "required assignment added for user"},
    "status": "notStarted",
}
SELF_INITIATED = {
    "@odata.type": "#microsoft.graph.learningSelfInitiatedCourse",
    "completedDateTime": "2021-05-13T20:57:17Z",
    "completionPercentage": 100,
    "externalcourseActivityId": "self-initiated",
    "learnerUserId": LEARNER,
    "learningContentId": CONTENT,
    "startedDateTime": "2021-05-11T20:57:17.0000000+02:00",
    "status": "completed",
}
UPDATE = {"@odata.type": "#microsoft.graph.learningAssignment", "status": "inProgress"}


@dataclass
class Reply:
    """A response that has been read."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def error(self) -> str:
        """Return the message of a Graph error."""
        message: str = self.body["error"]["message"]
        return message


async def repeat_until(send: Callable[[], Awaitable[Reply]], accept: Callable[[Reply], bool]) -> Reply:
    """Repeat a request until its response is acceptable.

    Raises:
        TimeoutError: there's no acceptable response within ten seconds.
    """
    async with asyncio.timeout(10):
        while not accept(reply := await send()):
            pass
    return reply


class GraphCalls:
    """Sends requests to one simulator, with a valid token."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._provider = f"/employeeExperience/learningProviders/{simulator.config.provider_id}"

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        self._headers = {"Authorization": f"Bearer {self._simulator.token()}"}
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        """Send a request to a path below the Graph URL. In the names of `headers`, underscores stand for hyphens."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._session.request(
            method,
            self._simulator.graph_url + path,
            json=body,
            headers=self._headers | more,
        ) as response:
            text = await response.text()
            is_json = response.content_type == "application/json" and text
            return Reply(response.status, await response.json() if is_json else text, dict(response.headers))

    async def create(self, **changes: object) -> Reply:
        """Create an assignment with changed properties."""
        return await self.create_body(ASSIGNMENT | changes)

    async def create_body(self, body: object) -> Reply:
        """Create an activity."""
        return await self.call("POST", f"{self._provider}/learningCourseActivities", body)

    async def update(self, identifier: str, body: object = UPDATE) -> Reply:
        """Update an activity."""
        return await self.call("PATCH", f"{self._provider}/learningCourseActivities/{quote(identifier)}", body)

    async def delete(self, identifier: str) -> Reply:
        """Delete an activity."""
        return await self.call("DELETE", f"{self._provider}/learningCourseActivities/{quote(identifier)}")

    async def get(self, identifier: str) -> Reply:
        """Get an activity by its id."""
        return await self.call("GET", f"/employeeExperience/learningCourseActivities/{quote(identifier)}")

    async def find(self, external_id: str, name: str = "externalcourseActivityId") -> Reply:
        """Get an activity by its external id."""
        key = quote(external_id.replace("'", "''"), safe="")
        return await self.call("GET", f"{self._provider}/learningCourseActivities({name}='{key}')")

    async def find_content(self, external_id: str) -> Reply:
        """Look up a course by the provider's key."""
        key = quote(external_id.replace("'", "''"), safe="")
        return await self.call("GET", f"{self._provider}/learningContents(externalId='{key}')")
