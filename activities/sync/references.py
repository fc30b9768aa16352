"""Who and what a reference means: learner, assigner and course as Graph's ids.

An Entra object id and a learningContentId mean themselves; everything else is looked up, once, and remembered for a
while. A lookup costs quota, so concurrent ones for the same key share one request.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient

from activities.domain.errors import ConfigurationFault, ContentNotFound, LearnerAmbiguous, LearnerNotFound, Rejected
from activities.domain.record import Fixed
from activities.graph.bodies import Resolved
from activities.graph.client import Graph
from activities.storage.ledger import keys

FOUND_SECONDS = 3600.0
USER_NOT_FOUND_SECONDS = 30.0
# The catalogue takes a day or two to show a course, and each of its learners' records asks.
CONTENT_NOT_FOUND_SECONDS = 300.0
REMEMBERED = 50_000


class Directory:
    """Resolves references. One per process, on one event loop."""

    def __init__(self, graph: Graph, people: TableClient) -> None:
        self._graph = graph
        self._people = people
        self._users = _Remembered(self._find_user, USER_NOT_FOUND_SECONDS)
        self._contents = _Remembered(self._find_content, CONTENT_NOT_FOUND_SECONDS)

    async def resolve(self, fixed: Fixed) -> Resolved:
        """The ids behind the references of an activity that is about to be created.

        An assigner whom the directory does not know (any more), or whose name it refuses, is left out: Graph does not
        need one.

        Raises:
            LearnerNotFound, LearnerAmbiguous, ContentNotFound: the reference leads nowhere, or to several.
            GraphError: the lookup failed.
        """
        learner = await self._user(fixed.learner)
        content = await self._content(fixed.course)
        assigner = None
        if fixed.assigner is not None:
            try:
                assigner = await self._user(fixed.assigner)
            except (LearnerNotFound, LearnerAmbiguous, Rejected):
                assigner = None
        return Resolved(learner, content, assigner)

    async def _user(self, reference: tuple[str, str]) -> str:
        if reference[0] == "entraObjectId":
            return reference[1]
        found = await self._users.get(reference)
        if not found:
            raise LearnerNotFound(f"nobody has this {reference[0]}")
        if len(found) > 1:
            raise LearnerAmbiguous(f"more than one user has this {reference[0]}")
        return found[0]

    async def _content(self, reference: tuple[str, str]) -> str:
        if reference[0] == "learningContentId":
            return reference[1]
        found = await self._contents.get(reference)
        if not found:
            raise ContentNotFound("the provider's catalogue does not have this course")
        return found[0]

    async def _find_user(self, reference: tuple[str, str]) -> list[str]:
        way, value = reference
        if way == "lmsAccount":
            way, value = await self._person(value)
        if way == "entraObjectId":
            return [value] if value else []
        await self._graph.ready("user")
        if way == "userPrincipalName":
            found = await self._graph.find_user(value)
            return [found] if found else []
        if way == "email":
            return await self._graph.find_users(value, "mail", "userPrincipalName")
        return await self._graph.find_users(value, "employeeId")

    async def _person(self, account: str) -> tuple[str, str]:
        """What the `people` table says about an account of an LMS ("source", a line break, "id")."""
        try:
            row = await self._people.get_entity(*keys(account))
        except ResourceNotFoundError as error:
            if error.error_code == "TableNotFound":  # type: ignore[attr-defined]  # set by the tables SDK
                raise ConfigurationFault("people: no such table") from error
            return "entraObjectId", ""
        for way in ("entraObjectId", "userPrincipalName", "email", "employeeId"):
            if row.get(way):
                return way, str(row[way]).strip().lower() if way != "employeeId" else str(row[way])
        return "entraObjectId", ""

    async def _find_content(self, reference: tuple[str, str]) -> list[str]:
        await self._graph.ready("content")
        found = await self._graph.find_content(reference[1])
        return [found] if found else []


class _Remembered:
    """Answers of a lookup, kept for a while; none or several only shortly, a failure not at all."""

    def __init__(self, look_up: Callable[[tuple[str, str]], Awaitable[list[str]]], not_found_seconds: float) -> None:
        self._look_up = look_up
        self._not_found_seconds = not_found_seconds
        self._answers: OrderedDict[tuple[str, str], tuple[float, list[str]]] = OrderedDict()
        self._under_way: dict[tuple[str, str], asyncio.Task[list[str]]] = {}

    async def get(self, key: tuple[str, str]) -> list[str]:
        until, answer = self._answers.get(key, (0.0, []))
        if time.monotonic() < until:
            return answer
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.ensure_future(self._look_up(key))
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        answer = await asyncio.shield(task)
        seconds = FOUND_SECONDS if len(answer) == 1 else self._not_found_seconds
        self._answers[key] = (time.monotonic() + seconds, answer)
        if len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)
        return answer
