"""How an invocation's work on a record ends: it's settled, parked, put off, or left to another invocation.

Everything that an outcome calls for is written before the outcome is returned.
"""

import asyncio
import secrets
from contextlib import suppress
from dataclasses import replace

from activities import telemetry
from activities.domain.desired import Desired, desired_state
from activities.domain.errors import EverybodysFault, GraphError, LeaseLost, RecordChanged, StorageFault
from activities.domain.message import Message
from activities.domain.outcomes import Action, DeadLetter, Done, Outcome, Retry, RetryReason
from activities.domain.record import row_key
from activities.domain.retry_policy import FIND_CONTENT, Failure, failing_after
from activities.domain.sync_parts import Failing, HeldBack, HeldStep, Lease, RefusedType, RetryMark
from activities.domain.sync_state import SyncState
from activities.domain.terms import OwnerIds
from activities.sync.claimed import ClaimedRecord
from activities.sync.parts import ROUNDS, Parts

# How long a refused change of type waits for another try, if no other create of that kind succeeds sooner.
REFUSED_SECONDS = 6 * 3600.0


class Conclusion:
    """Ends the work of one invocation on its record.

    Attributes:
        retry: the retry whose message has been put on the retry queue, if there is one.
    """

    def __init__(self, parts: Parts, message: Message, claimed: ClaimedRecord, owner: str) -> None:
        self._parts = parts
        self._message = message
        self._claimed = claimed
        self._enrollment_id = claimed.record.enrollment_id
        self._owner = owner
        self.retry: Retry | None = None
        self._mark: RetryMark | None = None

    async def settle(self, action: Action, *, refusal_stands: bool) -> Outcome | None:
        """Note that nothing is left to do. Return None, to plan again, if the record has changed."""
        if not await self._claimed.save(self._claimed.record.sync.settled(refusal_stands=refusal_stands)):
            return None
        await self._sweep()
        return Done(action)

    async def hold_back(self, step: HeldStep, ids: OwnerIds) -> Outcome | None:
        """Note that the next step isn't taken now. Return None, to plan again, if the record has changed."""
        state = self._claimed.record.sync
        since = self._parts.clock() if state.held_back is None else state.held_back.since
        if not await self._claimed.save(state.holding_back(HeldBack(since, step, ids))):
            return None
        await self._sweep()
        return Done(Action.HELD_BACK)

    async def forget(self) -> Outcome | None:
        """Leave a tombstone, and delete the letter. Return None, to plan again, if the record has changed."""
        times = self._parts.times
        if not await self._claimed.entomb(self._parts.clock() + times.margin + times.settle):
            return None
        await self._sweep()
        return Done(Action.FORGOTTEN)

    async def fail(self, error: Failure, refused: RefusedType | None = None) -> Outcome | None:
        """Carry out what a failure leads to. Return the outcome, or None, to plan again, if the record has changed.

        If `refused` is given, Graph refused to change the activity's type, and the former activity has been restored.
        """
        state, now = self._claimed.record.sync, self._parts.clock()
        failing = await self._count(state.failing, error, now)
        state = replace(state, failing=failing)
        decision = self._parts.policy.decide(error, state, now)
        if isinstance(decision, DeadLetter) and _may_be_missing(error, state):
            decision = self._parts.policy.until_conclusive(state, now)
        if isinstance(decision, DeadLetter):
            return await self.park(decision, goes_on=not error.may_have_effect, refused=refused)
        if refused is not None:
            state = state.refusing(replace(refused, until=now + REFUSED_SECONDS, seen=failing.seen))
        # After an unclear response, the lease is left to run out: until then, the request may still take effect.
        return await self.put_off(decision, state if error.may_have_effect else state.released())

    async def fail_apart(self, error: Failure) -> Outcome:
        """Carry out what a failure leads to for an event that isn't merged, because it isn't clear whose it is.

        The record stays as it is. The message gets its own retry or dead letter, and counts its own failures.
        """
        now = self._parts.clock()
        failing = await self._count(self._message.failing, error, now)
        decision = self._parts.policy.decide(error, SyncState(failing=failing), now)
        if isinstance(decision, DeadLetter):
            return await self.refuse(decision)
        self._message = replace(self._message, failing=failing)
        return await self.leave(decision)

    async def refuse(self, letter: DeadLetter) -> Outcome:
        """Write a dead letter for a message that isn't merged into its record."""
        await self._parts.letters.write(self._message, letter, self._enrollment_id)
        return letter

    async def leave(self, retry: Retry) -> Outcome:
        """Write a retry message and store nothing, because another invocation has the record at the moment."""
        await self._write_retry(retry)
        return retry

    async def put_off(self, retry: Retry, state: SyncState) -> Outcome:
        """Write a retry message, then store its mark in the same write that ends the lease.

        A mark that has already lapsed isn't set. If the row keeps changing, it gets no mark. That's fine: the message
        has been written, and the lease runs out.
        """
        state = state.waiting(self._parts.clock())
        mark = await self._write_retry(retry)
        for _ in range(ROUNDS):
            marked = state if self._parts.clock() >= mark.until else state.marked(mark)
            if await self._claimed.save(marked):
                break
        return retry

    async def park(self, letter: DeadLetter, *, goes_on: bool, refused: RefusedType | None = None) -> Outcome | None:
        """Note that a letter is about to be written, write it under the lease, and release the lease.

        Return the letter, or None, to plan again, if the desired state has changed in the meantime. If `goes_on` is
        false, keep the lease and do nothing else, because a request may still take effect until the lease ends.
        """
        claimed, times = self._claimed, self._parts.times
        desired = self._desired()
        for _ in range(ROUNDS):
            lease = times.leased(self._owner, self._parts.clock())
            if await claimed.save(self._parking(letter, refused, lease)):
                break
            if goes_on and self._desired() != desired:
                return None
        else:
            return await self.put_off(Retry(times.shortest_retry, RetryReason.CONTENDED), claimed.record.sync)
        desired = self._desired()
        await self._write_letter(letter, lease)
        for _ in range(ROUNDS if goes_on else 0):
            if await claimed.save(claimed.record.sync.released()):
                break
            if self._desired() != desired:
                return None
        return letter

    async def _sweep(self) -> None:
        """Delete the letter of a record that has healed, then note that it's gone, unless the record has changed."""
        claimed = self._claimed
        if claimed.record.sync.sweep:
            await self._parts.letters.sweep(row_key(self._enrollment_id), claimed.record.sync.letter)
            with suppress(RecordChanged):
                await claimed.save(claimed.record.sync.swept())

    async def _count(self, failing: Failing | None, error: Failure, now: float) -> Failing:
        """Return the failures including this one, given which requests have succeeded in all processes."""
        graph = self._parts.graph
        if isinstance(error, EverybodysFault) and not error.held:
            await graph.suspect(error, row_key(self._enrollment_id))
        kind = error.kind if isinstance(error, GraphError) else FIND_CONTENT
        after = failing_after(failing, error, graph.successes(kind), now)
        if isinstance(error, EverybodysFault) and not error.held and after.tries % self._parts.policy.blame_tries == 0:
            # If only a few records meet a fault, there's no hold, so operators hear of it here.
            telemetry.held(error.kind, error.detail, row_key(self._enrollment_id))
        return after

    def _parking(self, letter: DeadLetter, refused: RefusedType | None, lease: Lease) -> SyncState:
        state = self._claimed.record.sync.parking(letter.reason, lease)
        return state if refused is None else state.refusing(refused)

    def _desired(self) -> Desired | None:
        return desired_state(self._claimed.record, self._parts.provider_id)

    async def _write_letter(self, letter: DeadLetter, lease: Lease) -> None:
        """Write a dead letter within the lease, in the same way as a request is sent.

        Raises:
            LeaseLost: the lease wouldn't last long enough.
            StorageFault: the write took too long.
        """
        times, number = self._parts.times, self._claimed.record.sync.letter
        if not times.outlasts(lease, self._parts.clock()):
            raise LeaseLost
        try:
            async with asyncio.timeout(times.deadline):
                await self._parts.letters.write(self._message, letter, self._enrollment_id, number=number)
        except TimeoutError as error:
            raise StorageFault("dead-letters", "no response") from error

    async def _write_retry(self, retry: Retry) -> RetryMark:
        """Write the one retry message of this invocation, and return the mark that names it."""
        if self._mark is None:
            nonce, due = secrets.token_hex(8), self._parts.clock() + retry.after
            await self._parts.delivery.retry(self._message, retry, self._enrollment_id, nonce)
            awaits_kind = retry.reason is RetryReason.AWAITING_KIND
            self.retry = retry
            self._mark = RetryMark(nonce, self._parts.times.mark_until(due), awaits_kind)
        return self._mark


def _may_be_missing(error: Failure, state: SyncState) -> bool:
    """Whether a replace may have left no activity: the former one was deleted, and the create's result isn't known.

    A lookup has to find out. If there's no activity, the former one is restored before the record is given up.
    """
    replacing = state.replacing
    return error.may_have_effect and state.attempt is not None and replacing is not None and not replacing.restores
