"""Resolves references: it finds Graph's ids for learner, assigner and course.

Entra object ids and learningContentIds already are Graph's ids. Everything else is looked up and remembered for a
while. A lookup costs quota, so simultaneous lookups of the same reference share one request. The table `people` is
read every time: it's ours and cheap, and a corrected row counts at once.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress

from activities.domain.errors import (
    ContentNotFound,
    GraphError,
    LearnerAmbiguous,
    LearnerNotFound,
    ReferenceFailure,
    StorageFault,
)
from activities.domain.terms import OwnerIds, Reference, ResolvedIds, Subject
from activities.sync.ports import Graph, People

FOUND_SECONDS = 3600.0
USER_NOT_FOUND_SECONDS = 30.0
# The catalogue takes a day or two to show a course, and until then, the record of each of its learners looks for it.
CONTENT_NOT_FOUND_SECONDS = 300.0
REMEMBERED = 50_000
_NO_ACCOUNT = "the table `people` doesn't have this account, or names somebody who can't be found"


class References:
    """Resolves references. One per process, on one event loop."""

    def __init__(self, graph: Graph, people: People) -> None:
        self._graph = graph
        self._people = people
        self._users = _Lookups(self._find_user, USER_NOT_FOUND_SECONDS)
        self._contents = _Lookups(self._find_content, CONTENT_NOT_FOUND_SECONDS)

    async def resolve(self, subject: Subject, assigner: Reference | None = None, *, anew: bool = False) -> ResolvedIds:
        """Return the ids for an activity that's about to be created.

        With `anew`, references that weren't found before are looked up again.

        An assigner who can't be found now, for whatever reason, is left out: Graph doesn't require one.

        Raises:
            LearnerNotFound, LearnerAmbiguous, ContentNotFound: a reference matches nothing, or more than one user.
            GraphError: the lookup failed.
        """
        learner, learner_remembered = await self._user(subject.learner, anew=anew)
        content, content_remembered = await self._content(subject.course, anew=anew)
        found = None
        if assigner is not None:
            try:
                found, _ = await self._user(assigner, anew=anew)
            except (GraphError, ReferenceFailure, StorageFault):
                found = None
        return ResolvedIds(OwnerIds(learner, content), found, learner_remembered or content_remembered)

    async def learner(self, reference: Reference, *, anew: bool = False) -> str:
        """Return the id of a learner. Raises the same errors as `resolve`."""
        return (await self._user(reference, anew=anew))[0]

    async def course(self, reference: Reference, *, anew: bool = False) -> str:
        """Return the id of a course. Raises the same errors as `resolve`."""
        return (await self._content(reference, anew=anew))[0]

    async def forget(self, subject: Subject) -> None:
        """Look these references up again next time, instead of using the ids that are remembered."""
        self._contents.forget(subject.course)
        with suppress(ReferenceFailure):
            person = await self._person(subject.learner)
            if person is not None:
                self._users.forget(person)

    async def _user(self, reference: Reference, *, anew: bool) -> tuple[str, bool]:
        person = await self._person(reference)
        if person is None:
            raise LearnerNotFound(_NO_ACCOUNT)
        if person.kind == "entraObjectId":
            return person.value, False
        found, remembered = await self._users.get(person, anew=anew)
        if not found:
            account = reference.kind == "lmsAccount"
            raise LearnerNotFound(_NO_ACCOUNT if account else f"no user has this {reference.kind}")
        if len(found) > 1:
            raise LearnerAmbiguous(f"more than one user has this {reference.kind}")
        return found[0], remembered

    async def _person(self, reference: Reference) -> Reference | None:
        """Return the reference itself or, for an LMS account, the table's reference to the person."""
        return await self._people.find(reference.value) if reference.kind == "lmsAccount" else reference

    async def _content(self, reference: Reference, *, anew: bool) -> tuple[str, bool]:
        if reference.kind == "learningContentId":
            return reference.value, False
        found, remembered = await self._contents.get(reference, anew=anew)
        if not found:
            raise ContentNotFound("the provider's catalogue does not have this course")
        return found[0], remembered

    async def _find_user(self, reference: Reference) -> list[str]:
        if reference.kind == "userPrincipalName":
            await self._graph.ready("find_user")
            found = await self._graph.find_user(reference.value)
            return [found] if found else []
        await self._graph.ready("find_users")
        if reference.kind == "email":
            return await self._graph.find_users(reference.value, "mail", "userPrincipalName")
        return await self._graph.find_users(reference.value, "employeeId")

    async def _find_content(self, reference: Reference) -> list[str]:
        await self._graph.ready("find_content")
        found = await self._graph.find_content(reference.value)
        return [found] if found else []


class _Lookups:
    """Remembers what lookups found: a single id for an hour, none or several only briefly, a failure not at all."""

    def __init__(self, look_up: Callable[[Reference], Awaitable[list[str]]], not_found_seconds: float) -> None:
        self._look_up = look_up
        self._not_found_seconds = not_found_seconds
        self._remembered: OrderedDict[Reference, tuple[float, list[str]]] = OrderedDict()
        self._under_way: dict[Reference, asyncio.Task[list[str]]] = {}

    async def get(self, reference: Reference, *, anew: bool) -> tuple[list[str], bool]:
        """Return the ids that a reference leads to, and whether they were remembered."""
        loop = asyncio.get_running_loop()
        until, found = self._remembered.get(reference, (0.0, []))
        if loop.time() < until and (len(found) == 1 or not anew):
            return found, True
        task = self._under_way.get(reference)
        if task is None:
            task = asyncio.ensure_future(self._look_up(reference))
            self._under_way[reference] = task
            task.add_done_callback(lambda _: self._under_way.pop(reference, None))
        found = await asyncio.shield(task)
        seconds = FOUND_SECONDS if len(found) == 1 else self._not_found_seconds
        self._remembered[reference] = (loop.time() + seconds, found)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return found, False

    def forget(self, reference: Reference) -> None:
        """Look this reference up again next time."""
        self._remembered.pop(reference, None)
