"""Brings one record and Graph together: merge, lease, write ahead, request, settle.

The rules are those of the design: each closes a way in which a crash, a lost or late answer, a stale lookup or a
second worker could lose, double or reset an activity. `docs/decisions/` gives the reasons.
"""

import asyncio
import secrets
import weakref
from collections.abc import Callable
from dataclasses import replace

from activities.domain import sync_state as steps
from activities.domain.errors import GraphError, LeaseLost, RecordChanged, ReferenceFailure
from activities.domain.events import LearningEvent
from activities.domain.outcomes import Action, DeadLetter, Done, Outcome, Retry, RetryReason
from activities.domain.record import ActivityRecord, Fields, SyncState, Wanted, fields_of, merge, wanted
from activities.domain.retry_policy import Judge, failing
from activities.domain.sync_state import Step
from activities.graph.client import Graph
from activities.settings import Settings
from activities.storage.delivery import Delivery, Message
from activities.storage.ledger import Ledger
from activities.sync.perform import Requests
from activities.sync.references import Directory

# How often a row may change under our hands before the queue takes over.
ROUNDS = 6
# How many requests one message may lead to before the queue takes over: a replace and some events that came meanwhile.
STEPS = 8


class Sync:
    """What all messages of a process share. `clock` gives seconds since 1970."""

    def __init__(  # noqa: PLR0913  the parts of which it is made
        self,
        *,
        settings: Settings,
        ledger: Ledger,
        graph: Graph,
        directory: Directory,
        delivery: Delivery,
        clock: Callable[[], float],
    ) -> None:
        self.settings = settings
        self.ledger = ledger
        self.requests = Requests(settings, graph, directory, clock)
        self.delivery = delivery
        self.clock = clock
        self.judge = Judge(settings)
        # Saves conflicts among this process's own invocations; the lease alone is what correctness rests on.
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def bring(self, message: Message, enrollment_id: str, event: LearningEvent | None) -> Outcome:
        """Merge the event into its record and bring Graph to what the record then wants.

        When this returns, whatever the outcome asks for has been written. What storage refuses is raised.
        """
        lock = self._locks.setdefault(enrollment_id, asyncio.Lock())
        run = _Run(self, message, enrollment_id, fields_of(event) if event is not None else {})
        async with lock:
            for _ in range(ROUNDS):
                try:
                    return await run.once()
                except RecordChanged:
                    continue
                except LeaseLost:
                    return await run.unmarked(Retry(self.settings.lease, RetryReason.LEASED))
            return await run.unmarked(Retry(2 * self.settings.clock_margin, RetryReason.CONTENDED))


class _Run:
    """One message's work on its record."""

    def __init__(self, sync: Sync, message: Message, enrollment_id: str, news: Fields) -> None:
        self.parts = sync
        self.message = message
        self.enrollment_id = enrollment_id
        self.news = news
        # Random per invocation: two invocations of one process must not take each other's lease for theirs.
        self.owner = secrets.token_hex(8)
        self.held = False
        self.record = ActivityRecord(enrollment_id)
        self.etag: str | None = None
        self.taken: list[Step] = []
        self.written_retry: tuple[str, float] | None = None

    async def once(self) -> Outcome:
        """Load, decide, act.

        Raises:
            RecordChanged: before anything was asked of Graph, so the caller begins anew.
            LeaseLost: nothing may be stored.
        """
        entry = await self.parts.ledger.load(self.enrollment_id)
        stored, now = entry.record.sync, self.parts.clock()
        ours = self.message.nonce is not None and self.message.nonce == stored.retry_nonce
        state = replace(stored, retry_nonce=None, retry_until=0.0) if ours else stored
        self.record = ActivityRecord(self.enrollment_id, merge(entry.record.fields, self.news), state)
        self.etag = entry.etag
        changed = ours or self.record.fields != entry.record.fields
        margin = self.parts.settings.clock_margin
        leased = state.lease_owner not in (None, self.owner) and now < state.lease_until + margin
        marked = state.retry_nonce is not None and now < state.retry_until
        if leased or marked:
            if changed:
                await self._store(state)
            # A marked retry will come and find what was merged; a lease's owner may already have looked.
            wait = Retry(state.lease_until + margin - now, RetryReason.LEASED)
            return Done(Action.MERGED) if marked else await self.unmarked(wait)
        want = wanted(self.record)
        if steps.next_step(state, want) is None:
            if changed or steps.settled(state) != state:
                await self._store(steps.settled(state))
            return Done(Action.UNCHANGED)
        return await self._begin(state, want, now)

    async def _begin(self, state: SyncState, want: Wanted | None, now: float) -> Outcome:
        """Find out whether Graph may be asked at all before anything is written ahead."""
        settings = self.parts.settings
        if state.attempt_until is not None:
            clear_at = state.attempt_until + settings.clock_margin + settings.settle
            if now < clear_at:
                return await self._later(Retry(clear_at - now, RetryReason.UNCLEAR), state)
        try:
            await self.parts.requests.ready(state, want)
        except (GraphError, ReferenceFailure) as error:
            return await self._fail(error) or await self._work()
        return await self._work()

    async def _work(self) -> Outcome:
        """Take steps until Graph has acknowledged what is wanted, under the lease."""
        for _ in range(STEPS):
            want = wanted(self.record)
            step = steps.next_step(self.record.sync, want)
            if step is None:
                if await self._store_held(steps.settled(self.record.sync)):
                    return Done(self._action())
                continue
            try:
                if await self._claim(step, want):
                    learned = await self.parts.requests.take(step, self.enrollment_id, self.record.sync, want)
                    self.record = replace(self.record, sync=learned)
                    self.taken.append(step)
            except (GraphError, ReferenceFailure) as error:
                if step is Step.CREATE and not error.may_have_effect:
                    self.record = replace(self.record, sync=steps.absent(self.record.sync))
                outcome = await self._fail(error)
                if outcome is not None:
                    return outcome
        return await self._later(
            Retry(2 * self.parts.settings.clock_margin, RetryReason.CONTENDED), steps.free(self.record.sync)
        )

    async def _claim(self, step: Step, want: Wanted | None) -> bool:
        """Write ahead what is about to be asked of Graph; False where the record changed and has to be read anew."""
        until = self.parts.clock() + self.parts.settings.lease
        state = steps.ahead(self.record.sync, step, want, owner=self.owner, until=until)
        if not await self._store_held(state):
            return False
        self.record = replace(self.record, sync=state)
        self.held = True
        return True

    async def _fail(self, error: GraphError | ReferenceFailure) -> Outcome | None:
        """Carry out what a failure leads to; None where the record changed so that it is worth going on."""
        now = self.parts.clock()
        verdict = self.parts.judge.verdict(error, self.record.sync, now)
        # After an unclear answer the lease runs out by itself: the request may land as long as it lasts.
        state = self.record.sync if error.may_have_effect else steps.free(self.record.sync)
        if isinstance(verdict, Retry):
            return await self._later(verdict, failing(state, verdict, now))
        return await self._park(verdict, failing(state, verdict, now), go_on=not error.may_have_effect)

    async def _park(self, letter: DeadLetter, state: SyncState, *, go_on: bool) -> Outcome | None:
        want = wanted(self.record)
        digest = want.digest if want is not None else "absent"
        await self.parts.delivery.dead_letter(self.message, letter, self.enrollment_id, digest)
        for _ in range(ROUNDS):
            if await self._store_held(state):
                break
            if go_on and wanted(self.record) != want:
                return None
        return letter

    async def _later(self, retry: Retry, state: SyncState) -> Outcome:
        """Write a retry message first, then its mark, in the write that ends the lease.

        The mark lapses a margin before the message shows itself: whoever consumes the message must not be told that
        it is still to come. A row that is never still stays without it: the message is there, the lease runs out.
        """
        if self.written_retry is None:
            nonce, due = secrets.token_hex(8), self.parts.clock() + retry.after
            await self.parts.delivery.retry(self.message, retry, self.enrollment_id, nonce)
            self.written_retry = (nonce, due)
        nonce, due = self.written_retry
        lapses = due - self.parts.settings.clock_margin
        for _ in range(ROUNDS):
            marked = state
            if self.parts.clock() < lapses:
                marked = replace(state, retry_nonce=nonce, retry_until=lapses)
            if await self._store_held(marked):
                break
        return retry

    async def unmarked(self, retry: Retry) -> Outcome:
        """Write a retry message and store nothing: the lease is somebody else's."""
        if self.written_retry is None:
            await self.parts.delivery.retry(self.message, retry, self.enrollment_id, secrets.token_hex(8))
        return retry

    async def _store(self, state: SyncState) -> None:
        self.etag = await self.parts.ledger.store(replace(self.record, sync=state), self.etag)

    async def _store_held(self, state: SyncState) -> bool:
        """Store under our lease. False: the record changed, and is now read anew with what we know of Graph kept.

        Raises:
            RecordChanged: we hold no lease yet, so nothing is known that would have to be kept.
            LeaseLost: somebody else took over.
        """
        try:
            await self._store(state)
        except RecordChanged:
            if not self.held:
                raise
            await self._read_anew()
            return False
        return True

    async def _read_anew(self) -> None:
        entry = await self.parts.ledger.load(self.enrollment_id)
        theirs = entry.record.sync
        if theirs.lease_owner != self.owner:
            raise LeaseLost
        state = replace(self.record.sync, retry_nonce=theirs.retry_nonce, retry_until=theirs.retry_until)
        self.record = ActivityRecord(self.enrollment_id, merge(entry.record.fields, self.news), state)
        self.etag = entry.etag

    def _action(self) -> Action:
        if Step.CREATE in self.taken:
            return Action.REPLACED if Step.DELETE in self.taken else Action.CREATED
        if Step.UPDATE in self.taken:
            return Action.UPDATED
        return Action.DELETED if Step.DELETE in self.taken else Action.UNCHANGED
