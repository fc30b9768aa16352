"""One invocation's work on its record: carries out what `plan` says, until there is an outcome."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from activities import telemetry
from activities.domain.desired import desired_state
from activities.domain.errors import GraphError, LeaseLost, RecordChanged, ReferenceFailure
from activities.domain.events import LearningEvent
from activities.domain.fields import fields_of
from activities.domain.message import Message
from activities.domain.outcomes import Action, DeadLetter, Done, Outcome, Retry, RetryReason
from activities.domain.record import row_key
from activities.domain.retry_policy import RetryPolicy, failed
from activities.domain.sync_state import Lease, RetryMark, SyncState
from activities.domain.times import Times
from activities.sync.claimed import ClaimedRecord
from activities.sync.plan import (
    Compare,
    Create,
    Delete,
    Invocation,
    MergeOnly,
    Resolve,
    Settled,
    Step,
    Task,
    Update,
    WaitUntil,
    plan,
)
from activities.sync.ports import Delivery, Graph, Ledger, Letters
from activities.sync.references import References
from activities.sync.requests import Requests

# How often a record may change while we write it before the queue takes over.
ROUNDS = 6
# How many steps one message may lead to before the queue takes over: enough for a replace while events arrive.
STEPS = 10


@dataclass(frozen=True, slots=True)
class Parts:
    """What the work needs. `clock` gives seconds since 1970."""

    ledger: Ledger
    graph: Graph
    references: References
    delivery: Delivery
    letters: Letters
    policy: RetryPolicy
    clock: Callable[[], float]

    @property
    def times(self) -> Times:
        """The times of the sync rules."""
        return self.policy.times


class Work:
    """One invocation's work on its record."""

    def __init__(
        self, parts: Parts, message: Message, enrollment_id: str, event: LearningEvent | None, task: Task
    ) -> None:
        self._parts = parts
        self._message = message
        self._enrollment_id = enrollment_id
        self._task = task
        # Random per invocation, so that two invocations of one process cannot take each other's lease for theirs.
        self._owner = secrets.token_hex(8)
        news = fields_of(event) if event is not None else {}
        self._claimed = ClaimedRecord(
            parts.ledger, enrollment_id, news, nonce=message.nonce, anew=task.anew, owner=self._owner
        )
        self._invocation = Invocation(self._owner, checks=task.checks)
        self._requests = Requests(parts.graph, parts.times, parts.clock)
        self._admitted = False
        self._steps_taken: set[type[Step]] = set()
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
            now, state, outcome = parts.clock(), claimed.record.sync, None
            match plan(claimed.record, self._invocation, now, parts.times):
                case Settled():
                    if await claimed.save(state.settled()):
                        await self._sweep()
                        return Done(self._action())
                case MergeOnly():
                    await claimed.save(state)
                    return Done(Action.MERGED)
                case WaitUntil(time, RetryReason.LEASED):
                    await claimed.save(state)
                    return await self.retry_unmarked(Retry(time - now, RetryReason.LEASED))
                case _ if self._task.gives_up is not None:
                    outcome = await self._park(self._task.gives_up, goes_on=True)
                case WaitUntil(time, reason):
                    return await self._retry_later(Retry(time - now, reason), state)
                case step:
                    outcome = await self._take(step)
            if outcome is not None:
                return outcome
        pause = Retry(parts.times.shortest_retry, RetryReason.CONTENDED)
        return await self._retry_later(pause, claimed.record.sync.released())

    async def _take(self, step: Step) -> Outcome | None:
        """Take a step. Return the outcome, or None to plan again."""
        parts, claimed = self._parts, self._claimed
        try:
            if not self._admitted:
                # Once, before anything is written ahead.
                await parts.graph.ready(step.kind)
                self._admitted = True
            if isinstance(step, Resolve):
                self._invocation.ids[step.immutable] = await parts.references.resolve(
                    step.immutable, anew=self._task.anew
                )
            elif await claimed.write_ahead(step, parts.clock(), parts.times):
                claimed.learn(await self._requests.send(step, claimed.record.sync))
                self._steps_taken.add(type(step))
                if isinstance(step, Compare):
                    self._compared()
        except (GraphError, ReferenceFailure) as error:
            if isinstance(step, Create) and not error.may_have_effect:
                claimed.learn(claimed.record.sync.attempt_ended())
            return await self._fail(error)
        return None

    async def _fail(self, error: GraphError | ReferenceFailure) -> Outcome | None:
        """Carry out what a failure leads to. Return the outcome, or None if the record has changed: plan again."""
        now, state = self._parts.clock(), self._claimed.record.sync
        decision = self._parts.policy.decide(error, state, now)
        if isinstance(decision, DeadLetter):
            return await self._park(decision, goes_on=not error.may_have_effect)
        # After an unclear response the lease runs out by itself: the request may take effect as long as it lasts.
        return await self._retry_later(
            decision, failed(state if error.may_have_effect else state.released(), decision, now)
        )

    async def _park(self, letter: DeadLetter, *, goes_on: bool) -> Outcome | None:
        """Note the letter that is about to be written, write it under the lease, and release the lease.

        Return the letter, or None if the desired state has changed meanwhile: plan again. With `goes_on` false, the
        lease is not released and nothing else is done, because a request may take effect until the lease ends.
        """
        claimed, times = self._claimed, self._parts.times
        desired = desired_state(claimed.record)
        for _ in range(ROUNDS):
            now = self._parts.clock()
            lease = times.leased(self._owner, now)
            if await claimed.save(failed(claimed.record.sync, letter, now).with_next_letter(lease)):
                break
            if goes_on and desired_state(claimed.record) != desired:
                return None
        else:
            return await self._retry_later(Retry(times.shortest_retry, RetryReason.CONTENDED), claimed.record.sync)
        await self._write_letter(letter, lease)
        for _ in range(ROUNDS if goes_on else 0):
            if await claimed.save(claimed.record.sync.released()):
                break
            if desired_state(claimed.record) != desired:
                return None
        return letter

    async def _write_letter(self, letter: DeadLetter, lease: Lease) -> None:
        """Write a dead letter within the lease, just as a request is sent.

        Raises:
            LeaseLost: the lease would not outlast it.
        """
        times, number = self._parts.times, self._claimed.record.sync.letter
        if not times.outlasts(lease, self._parts.clock()):
            raise LeaseLost
        async with asyncio.timeout(times.deadline):
            await self._parts.letters.write(self._message, letter, self._enrollment_id, number=number)

    async def _sweep(self) -> None:
        """Delete the letter of a record that has healed, then forget about it unless the record has changed."""
        claimed = self._claimed
        if claimed.record.sync.sweep:
            await self._parts.letters.sweep(row_key(self._enrollment_id), claimed.record.sync.letter)
            with suppress(RecordChanged):
                await claimed.save(claimed.record.sync.swept())

    def _compared(self) -> None:
        """Count the values that differed, and do not compare again."""
        self._invocation = replace(self._invocation, checks=False)
        check = self._claimed.record.sync.check
        for name in check.differed.split(",") if check is not None and check.differed else ():
            telemetry.drifted(name)

    async def _retry_later(self, retry: Retry, state: SyncState) -> Outcome:
        """Write a retry message first, then its mark, in the write that ends the lease.

        A mark that has lapsed already is not set. If the row never stops changing, it stays without a mark: the
        message has been written, and the lease runs out.
        """
        mark = await self._write_retry(retry)
        state = state.waiting(self._parts.clock())
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
        if Create in self._steps_taken:
            return Action.REPLACED if Delete in self._steps_taken else Action.CREATED
        if Update in self._steps_taken:
            return Action.UPDATED
        if Delete in self._steps_taken:
            return Action.DELETED
        return Action.CHECKED if Compare in self._steps_taken else Action.UNCHANGED
