"""One step of a sync: the request to Graph, and what its answer teaches.

An answer is not always the truth: a 404 may come too early, a lookup may show what was deleted, and no answer at all
says nothing. What is believed here, and what is not, is part of the rules of `sync`.
"""

from collections.abc import Callable

from activities.domain import sync_state as steps
from activities.domain.errors import ActivityNotFound, NotStarted, Settling, Unclear
from activities.domain.record import Kind, SyncState, Wanted
from activities.domain.sync_state import Step
from activities.graph.client import Graph
from activities.settings import Settings
from activities.sync.references import Directory


class Requests:
    """Takes steps. Raises GraphError and ReferenceFailure; `clock` gives seconds since 1970."""

    def __init__(self, settings: Settings, graph: Graph, directory: Directory, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._graph = graph
        self._directory = directory
        self._clock = clock

    async def ready(self, state: SyncState, want: Wanted | None) -> None:
        """Find out whether Graph may be asked now, and resolve the references of a create that is certain to come."""
        await self._graph.ready(_kind(state, want))
        if want is not None and steps.creates(state, want):
            await self._directory.resolve(want.fixed)

    async def take(self, step: Step, enrollment_id: str, state: SyncState, want: Wanted | None) -> SyncState:
        """Send the request of a step, under the lease that `state` holds, and return what is known then."""
        if step is Step.CREATE and want is not None:
            return await self._create(state, want)
        if step is Step.UPDATE and want is not None:
            return await self._update(state, want)
        if step is Step.DELETE:
            return await self._delete(state, want)
        return await self._look_up(enrollment_id, state, want)

    async def _create(self, state: SyncState, want: Wanted) -> SyncState:
        resolved = await self._directory.resolve(want.fixed)
        self._in_time(state)
        try:
            activity_id = await self._graph.create(want, resolved)
        except ActivityNotFound as error:
            raise Unclear(error.detail, status=error.status, request_id=error.request_id) from error
        return steps.created(state, activity_id, want.digest, self._clock())

    async def _update(self, state: SyncState, want: Wanted) -> SyncState:
        sent = self._in_time(state)
        try:
            await self._graph.update(state.activity_id or "", want)
        except ActivityNotFound:
            self._refuse_young(state, sent)
            return steps.vanished(state, self._clock())
        return steps.updated(state, want.digest)

    async def _delete(self, state: SyncState, want: Wanted | None) -> SyncState:
        sent = self._in_time(state)
        try:
            await self._graph.delete(state.activity_id or "", _kind(state, want))
        except ActivityNotFound:
            self._refuse_young(state, sent)
        return steps.deleted(state)

    async def _look_up(self, enrollment_id: str, state: SyncState, want: Wanted | None) -> SyncState:
        self._in_time(state)
        found = await self._graph.find_activity(enrollment_id, _kind(state, want))
        if found is None:
            return steps.absent(state)
        if found == state.deleted_id:
            raise Settling("lookup: shows what was deleted", after=self._settings.settle)
        return steps.found(state, found, self._clock())

    def _in_time(self, state: SyncState) -> float:
        """The time at which a request is sent, provided that the lease outlasts its deadline."""
        now = self._clock()
        if now + self._settings.graph_deadline > state.lease_until:
            raise NotStarted("the lease would not outlast the request")
        return now

    def _refuse_young(self, state: SyncState, sent: float) -> None:
        """Do not believe a 404 about an activity that was too young to show when the request was sent."""
        shows = state.activity_since + self._settings.settle + self._settings.clock_margin
        if sent < shows:
            raise Settling("too young to be gone", after=shows - sent)


def _kind(state: SyncState, want: Wanted | None) -> Kind:
    """The kind of the activity that is there, else of the one that is wanted: permissions depend on it."""
    fixed = state.fixed or (want.fixed if want is not None else None)
    return fixed.kind if fixed is not None else "selfInitiated"
