"""Sends the request of a step, and says what its response teaches.

A response is not always the truth: a 404 may come too early, a lookup may show what was deleted, and no response at
all says nothing. What is believed here is part of the rules of the sync.
"""

from collections.abc import Callable
from dataclasses import replace

from activities.domain.errors import ActivityNotFound, NotStarted, Settling, Unclear
from activities.domain.found import differences
from activities.domain.sync_state import Activity, Attempt, Check, SyncState
from activities.domain.times import Times
from activities.sync.plan import Compare, Create, Delete, Lookup, Request, Update
from activities.sync.ports import Graph


class Requests:
    """Sends requests under a lease. `clock` gives seconds since 1970."""

    def __init__(self, graph: Graph, times: Times, clock: Callable[[], float]) -> None:
        self._graph = graph
        self._times = times
        self._clock = clock

    async def send(self, request: Request, state: SyncState) -> SyncState:
        """Send a request under the lease that `state` holds, and return what is known afterwards.

        Raises:
            NotStarted: the lease would not outlast the request, so it was not sent.
            Settling: the response may be older than our last change.
            GraphError: the request failed.
        """
        sent = self._clock()
        if not self._times.outlasts(state.lease, sent):
            raise NotStarted("the lease would not outlast the request")
        match request:
            case Create():
                return await self._create(request, state)
            case Update():
                return await self._update(request, state, sent)
            case Delete():
                return await self._delete(request, state, sent)
            case Lookup():
                return await self._look_up(request, state)
            case Compare():
                return await self._compare(request, state, sent)

    async def _create(self, request: Create, state: SyncState) -> SyncState:
        desired = request.desired
        try:
            activity_id = await self._graph.create(desired, request.ids)
        except ActivityNotFound as error:
            raise Unclear(error.detail, status=error.status, request_id=error.request_id) from error
        return state.created(Activity(activity_id, self._clock(), desired.immutable, desired.digest))

    async def _update(self, request: Update, state: SyncState, sent: float) -> SyncState:
        try:
            await self._graph.update(request.activity.id, request.desired)
        except ActivityNotFound:
            return self._vanished(request.activity, state, sent)
        return state.updated(replace(request.activity, acknowledged=request.desired.digest))

    async def _delete(self, request: Delete, state: SyncState, sent: float) -> SyncState:
        try:
            await self._graph.delete(request.activity.id, request.kind)
        except ActivityNotFound:
            self._refuse_young(request.activity, sent)
        return state.deleted(request.activity)

    async def _look_up(self, request: Lookup, state: SyncState) -> SyncState:
        found = await self._graph.find_activity(request.external_id, request.kind)
        if found is None:
            return state.attempt_ended()
        if found == state.deleted_id:
            raise Settling("lookup: Graph still shows a deleted activity", after=self._times.settle)
        return state.found(Activity(found, self._clock(), request.attempt.immutable))

    async def _compare(self, request: Compare, state: SyncState, sent: float) -> SyncState:
        try:
            found = await self._graph.read(request.activity.id, request.kind)
        except ActivityNotFound:
            return self._vanished(request.activity, state, sent)
        return state.checked(Check(sent, found.text(), ",".join(differences(request.desired, found))))

    def _vanished(self, activity: Activity, state: SyncState, sent: float) -> SyncState:
        """Take a 404 about an activity that should be there as a question, which a lookup has to answer."""
        self._refuse_young(activity, sent)
        return state.vanished(Attempt(activity.immutable, conclusive_from=self._clock()))

    def _refuse_young(self, activity: Activity, sent: float) -> None:
        """Do not believe a 404 about an activity that was too young to show when the request was sent."""
        shows = self._times.shows_from(activity)
        if sent < shows:
            raise Settling("404: the activity is too new to be shown", after=shows - sent)
