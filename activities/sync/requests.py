"""Sends a step's request, and says what its response means for the record.

Responses don't always tell the truth: a 404 may come too early, a lookup may show a deleted activity, and a missing
response says nothing. Which responses to believe is one of the sync rules.
"""

from collections.abc import Callable
from dataclasses import replace

from activities.domain.errors import ActivityNotFound, IdentityConflict, NotStarted, Settling, Unclear
from activities.domain.fields import Facts
from activities.domain.found import differences
from activities.domain.sync_parts import GONE, Activity, Attempt, Check
from activities.domain.sync_state import SyncState
from activities.domain.terms import ImmutablePart
from activities.domain.times import Times
from activities.sync.ports import Graph
from activities.sync.steps import Compare, Create, Delete, Lookup, Request, Update

# What's known after a request, and the facts of an activity that the ledger didn't know about.
type Learned = tuple[SyncState, Facts | None]


class Requests:
    """Sends requests under a lease. `clock` gives seconds since 1970."""

    def __init__(self, graph: Graph, times: Times, clock: Callable[[], float]) -> None:
        self._graph = graph
        self._times = times
        self._clock = clock

    async def send(self, request: Request, state: SyncState) -> Learned:
        """Send a request under the lease that `state` holds, and return what's known afterwards.

        Raises:
            NotStarted: the lease might end before the request does, so the request wasn't sent.
            Settling: the response may be older than our last change.
            IdentityConflict: the activity that was found is somebody else's.
            GraphError: the request failed.
        """
        sent = self._clock()
        if not self._times.outlasts(state.lease, sent):
            raise NotStarted("the lease might end before the request does")
        match request:
            case Create():
                return await self._create(request, state), None
            case Update():
                return await self._update(request, state, sent), None
            case Delete():
                return await self._delete(request, state, sent), None
            case Lookup():
                return await self._look_up(request, state)
            case Compare():
                return await self._compare(request, state, sent), None

    async def _create(self, request: Create, state: SyncState) -> SyncState:
        desired = request.desired
        try:
            activity_id = await self._graph.create(desired, request.resolved)
        except ActivityNotFound as error:
            unclear = Unclear(error.detail, status=error.status, request_id=error.request_id)
            unclear.kind = error.kind
            raise unclear from error
        immutable = ImmutablePart(desired.type, request.resolved.ids)
        now = self._clock()
        return state.created(Activity(activity_id, now, immutable, desired.digest, desired.completed), now)

    async def _update(self, request: Update, state: SyncState, sent: float) -> SyncState:
        desired = request.desired
        try:
            await self._graph.update(request.activity.id, desired)
        except ActivityNotFound:
            return self._vanished(request.activity, state, sent)
        return state.updated(replace(request.activity, acknowledged=desired.digest, completed=desired.completed))

    async def _delete(self, request: Delete, state: SyncState, sent: float) -> SyncState:
        try:
            await self._graph.delete(request.activity.id, request.activity.immutable.type.kind)
        except ActivityNotFound:
            return self._vanished(request.activity, state, sent)
        return state.deleted(request.activity)

    async def _look_up(self, request: Lookup, state: SyncState) -> Learned:
        found = await self._graph.find_activity(request.external_id, request.kind)
        if found is None:
            return state.attempt_ended(), None
        if found.id == state.deleted_id:
            raise Settling("lookup: Graph still shows a deleted activity", after=self._times.settle)
        ids = found.ids or request.ids
        if ids is None or request.ids not in (None, ids):
            raise IdentityConflict("lookup: the activity in Graph belongs to another learner or course")
        expected = request.attempt.immutable
        immutable = ImmutablePart(found.type if expected is None or found.says_type else expected.type, ids)
        now = self._clock()
        activity = Activity(found.id, now, immutable, completed=found.completed)
        return state.found(activity, now), found.facts() if expected is None else None

    async def _compare(self, request: Compare, state: SyncState, sent: float) -> SyncState:
        try:
            found = await self._graph.read(request.activity.id, request.desired.kind)
        except ActivityNotFound:
            vanished = self._vanished(request.activity, state, sent)
            return vanished if request.repairs else state.checked(Check(sent, "{}", GONE), repairs=False)
        check = Check(sent, found.text(), ",".join(differences(request.desired, found)))
        return state.checked(check, repairs=request.repairs)

    def _vanished(self, activity: Activity, state: SyncState, sent: float) -> SyncState:
        """Note a 404 for an activity that should be there. A lookup has to confirm that it's gone.

        If the activity was too new to be shown when the request was sent, the 404 means nothing.
        """
        shows = self._times.shows_from(activity)
        if sent < shows:
            raise Settling("404: the activity is too new to be shown", after=shows - sent)
        conclusive_from = self._clock() + self._times.margin + self._times.settle
        return state.vanished(Attempt(conclusive_from, activity.immutable))
