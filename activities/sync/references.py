"""Resolves references: learner, assigner and course become Graph's ids.

An Entra object id and a learningContentId are Graph's ids already. Everything else is looked up and remembered for a
while. A lookup costs quota, so lookups of the same reference at the same time share one request.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from activities import telemetry
from activities.domain.errors import ConfigurationFault, ContentNotFound, LearnerAmbiguous, LearnerNotFound, Rejected
from activities.domain.terms import ImmutablePart, Reference, ResolvedIds
from activities.sync.ports import Graph, People

FOUND_SECONDS = 3600.0
USER_NOT_FOUND_SECONDS = 30.0
# The catalogue takes a day or two to show a course, and the record of each of its learners looks for it.
CONTENT_NOT_FOUND_SECONDS = 300.0
REMEMBERED = 50_000
_NO_ACCOUNT = "the table `people` does not have this account, or names nobody who can be found"


class References:
    """Resolves references. One per process, on one event loop."""

    def __init__(self, graph: Graph, people: People) -> None:
        self._graph = graph
        self._people = people
        self._users = _Lookups(self._find_user, USER_NOT_FOUND_SECONDS)
        self._contents = _Lookups(self._find_content, CONTENT_NOT_FOUND_SECONDS)

    async def resolve(self, immutable: ImmutablePart, *, anew: bool = False) -> ResolvedIds:
        """Return the ids of an activity that is about to be created.

        With `anew`, what was not found before is looked up again.

        An assigner who is not found, or whose name Graph refuses, is left out: Graph does not require one.

        Raises:
            LearnerNotFound, LearnerAmbiguous, ContentNotFound: a reference matches nothing, or more than one user.
            GraphError: the lookup failed.
        """
        learner = await self._user(immutable.learner, anew=anew)
        content = await self._content(immutable.course, anew=anew)
        assigner = None
        if immutable.assigner is not None:
            try:
                assigner = await self._user(immutable.assigner, anew=anew)
            except (LearnerNotFound, LearnerAmbiguous, Rejected):
                assigner = None
        return ResolvedIds(learner, content, assigner)

    async def _user(self, reference: Reference, *, anew: bool) -> str:
        if reference.kind == "entraObjectId":
            return reference.value
        found = await self._users.get(reference, anew=anew)
        if not found:
            unknown = reference.kind == "lmsAccount"
            raise LearnerNotFound(_NO_ACCOUNT if unknown else f"no user has this {reference.kind}")
        if len(found) > 1:
            raise LearnerAmbiguous(f"more than one user has this {reference.kind}")
        return found[0]

    async def _content(self, reference: Reference, *, anew: bool) -> str:
        if reference.kind == "learningContentId":
            return reference.value
        found = await self._contents.get(reference, anew=anew)
        if not found:
            raise ContentNotFound("the provider's catalogue does not have this course")
        return found[0]

    async def _find_user(self, reference: Reference) -> list[str]:
        if reference.kind == "lmsAccount":
            person = await self._find_person(reference.value)
            if person is None:
                return []
            reference = person
        if reference.kind == "entraObjectId":
            return [reference.value]
        await self._graph.ready("user")
        if reference.kind == "userPrincipalName":
            found = await self._graph.find_user(reference.value)
            return [found] if found else []
        if reference.kind == "email":
            return await self._graph.find_users(reference.value, "mail", "userPrincipalName")
        return await self._graph.find_users(reference.value, "employeeId")

    async def _find_person(self, account: str) -> Reference | None:
        try:
            return await self._people.find(account)
        except ConfigurationFault as fault:
            telemetry.held("people", fault.detail)
            raise

    async def _find_content(self, reference: Reference) -> list[str]:
        await self._graph.ready("content")
        found = await self._graph.find_content(reference.value)
        return [found] if found else []


class _Lookups:
    """Remembers what lookups found: one id for an hour, none or several only for a short time, a failure not at all."""

    def __init__(self, look_up: Callable[[Reference], Awaitable[list[str]]], not_found_seconds: float) -> None:
        self._look_up = look_up
        self._not_found_seconds = not_found_seconds
        self._remembered: OrderedDict[Reference, tuple[float, list[str]]] = OrderedDict()
        self._under_way: dict[Reference, asyncio.Task[list[str]]] = {}

    async def get(self, reference: Reference, *, anew: bool) -> list[str]:
        until, found = self._remembered.get(reference, (0.0, []))
        if time.monotonic() < until and (len(found) == 1 or not anew):
            return found
        task = self._under_way.get(reference)
        if task is None:
            task = asyncio.ensure_future(self._look_up(reference))
            self._under_way[reference] = task
            task.add_done_callback(lambda _: self._under_way.pop(reference, None))
        found = await asyncio.shield(task)
        seconds = FOUND_SECONDS if len(found) == 1 else self._not_found_seconds
        self._remembered[reference] = (time.monotonic() + seconds, found)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return found
