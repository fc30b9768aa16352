"""Brings one record and Graph together: carries out what `plan` says, until there is nothing left to do."""

import asyncio
import secrets
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field

from activities.domain.desired import desired_state
from activities.domain.errors import GraphError, LeaseLost, RecordChanged, ReferenceFailure
from activities.domain.events import LearningEvent
from activities.domain.fields import fields_of
from activities.domain.message import Message
from activities.domain.outcomes import Action, DeadLetter, Done, Outcome, Retry, RetryReason
from activities.domain.retry_policy import RetryPolicy, failed
from activities.domain.sync_state import RetryMark, SyncState
from activities.domain.times import Times
from activities.sync.claimed import ClaimedRecord
from activities.sync.plan import Create, Delete, Invocation, MergeOnly, Resolve, Settled, Step, Update, WaitUntil, plan
from activities.sync.ports import Delivery, Graph, Ledger
from activities.sync.references import References
from activities.sync.requests import Requests

# How often a record may change under our hands before the queue takes over.
ROUNDS = 6
# How many steps one message may lead to before the queue takes over: a replace, and some events that come meanwhile.
STEPS = 10


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Reconciles records with Graph. One per process; `clock` gives seconds since 1970."""

    ledger: Ledger
    graph: Graph
    references: References
    delivery: Delivery
    policy: RetryPolicy
    clock: Callable[[], float]
    # They save conflicts among this process's own invocations. Correctness rests on the lease alone.
    locks: weakref.WeakValueDictionary[str, asyncio.Lock] = field(default_factory=weakref.WeakValueDictionary)

    @property
    def times(self) -> Times:
        """The times of the sync rules."""
        return self.policy.times

    async def reconcile(self, message: Message, enrollment_id: str, event: LearningEvent | None) -> Outcome:
        """Merge an event into its record, and bring Graph to the state that the record then desires.

        When this returns, what the outcome asks for has been written. What storage refuses is raised.
        """
        lock = self.locks.setdefault(enrollment_id, asyncio.Lock())
        work = _Work(self, message, enrollment_id, event)
        async with lock:
            for _ in range(ROUNDS):
                try:
                    return await work.run()
                except RecordChanged:
                    continue
                except LeaseLost:
                    return await work.retry_unmarked(Retry(self.times.lease, RetryReason.LEASED))
            return await work.retry_unmarked(Retry(self.times.shortest_retry, RetryReason.CONTENDED))


class _Work:
    """One invocation's work on its record."""

    def __init__(self, parts: Reconciler, message: Message, enrollment_id: str, event: LearningEvent | None) -> None:
        self._parts = parts
        self._message = message
        self._enrollment_id = enrollment_id
        # Random per invocation, so that two invocations of one process cannot take each other's lease for theirs.
        owner = secrets.token_hex(8)
        news = fields_of(event) if event is not None else {}
        self._claimed = ClaimedRecord(parts.ledger, enrollment_id, news, message.nonce, owner)
        self._invocation = Invocation(owner)
        self._requests = Requests(parts.graph, parts.times, parts.clock)
        self._admitted = False
        self._taken: set[type[Step]] = set()
        self._retry: RetryMark | None = None

    async def run(self) -> Outcome:
        """Load the record, then plan and act until there is an outcome.

        Raises:
            RecordChanged: before any request was sent, so the caller begins again.
            LeaseLost: nothing may be stored.
        """
        claimed, parts = self._claimed, self._parts
        await claimed.load()
        for _ in range(STEPS):
            now, state = parts.clock(), claimed.record.sync
            match plan(claimed.record, self._invocation, now, parts.times):
                case Settled():
                    if await claimed.save(state.settled()):
                        return Done(self._action())
                case MergeOnly():
                    await claimed.save(state)
                    return Done(Action.MERGED)
                case WaitUntil(time, RetryReason.LEASED):
                    await claimed.save(state)
                    return await self.retry_unmarked(Retry(time - now, RetryReason.LEASED))
                case WaitUntil(time, reason):
                    return await self._retry_later(Retry(time - now, reason), state)
                case step:
                    outcome = await self._take(step)
                    if outcome is not None:
                        return outcome
        pause = Retry(parts.times.shortest_retry, RetryReason.CONTENDED)
        return await self._retry_later(pause, claimed.record.sync.released())

    async def _take(self, step: Step) -> Outcome | None:
        """Take a step. None: plan again."""
        parts, claimed = self._parts, self._claimed
        try:
            if not self._admitted:
                # Once, before anything is written ahead.
                await parts.graph.ready(step.kind)
                self._admitted = True
            if isinstance(step, Resolve):
                self._invocation.ids[step.immutable] = await parts.references.resolve(step.immutable)
            elif await claimed.write_ahead(step, parts.clock(), parts.times):
                claimed.learn(await self._requests.send(step, claimed.record.sync))
                self._taken.add(type(step))
        except (GraphError, ReferenceFailure) as error:
            if isinstance(step, Create) and not error.may_have_effect:
                claimed.learn(claimed.record.sync.withdrawn())
            return await self._fail(error)
        return None

    async def _fail(self, error: GraphError | ReferenceFailure) -> Outcome | None:
        """Carry out what a failure leads to. None: the record has changed such that it is worth going on."""
        now, state = self._parts.clock(), self._claimed.record.sync
        decision = self._parts.policy.decide(error, state, now)
        # After an unclear response the lease runs out by itself: the request may take effect as long as it lasts.
        after = failed(state if error.may_have_effect else state.released(), decision, now)
        if isinstance(decision, Retry):
            return await self._retry_later(decision, after)
        return await self._park(decision, after, go_on=not error.may_have_effect)

    async def _park(self, letter: DeadLetter, state: SyncState, *, go_on: bool) -> Outcome | None:
        """Write a dead letter, then store that the record is parked."""
        desired = desired_state(self._claimed.record)
        digest = desired.digest if desired is not None else "absent"
        await self._parts.delivery.dead_letter(self._message, letter, self._enrollment_id, digest)
        for _ in range(ROUNDS):
            if await self._claimed.save(state):
                break
            if go_on and desired_state(self._claimed.record) != desired:
                return None
        return letter

    async def _retry_later(self, retry: Retry, state: SyncState) -> Outcome:
        """Write a retry message first, then its mark, in the write that ends the lease.

        A mark that has lapsed already is not set. If the row never stops changing, it stays without a mark: the
        message has been written, and the lease runs out.
        """
        mark = await self._write_retry(retry)
        for _ in range(ROUNDS):
            marked = state if self._parts.clock() >= mark.until else state.marked(mark)
            if await self._claimed.save(marked):
                break
        return retry

    async def retry_unmarked(self, retry: Retry) -> Outcome:
        """Write a retry message and store nothing, because the lease is somebody else's."""
        await self._write_retry(retry)
        return retry

    async def _write_retry(self, retry: Retry) -> RetryMark:
        """Write the one retry message of this invocation, and return the mark that names it."""
        if self._retry is None:
            nonce, due = secrets.token_hex(8), self._parts.clock() + retry.after
            await self._parts.delivery.retry(self._message, retry, self._enrollment_id, nonce)
            self._retry = RetryMark(nonce, self._parts.times.mark_until(due))
        return self._retry

    def _action(self) -> Action:
        if Create in self._taken:
            return Action.REPLACED if Delete in self._taken else Action.CREATED
        if Update in self._taken:
            return Action.UPDATED
        return Action.DELETED if Delete in self._taken else Action.UNCHANGED
