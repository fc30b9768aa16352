"""How an invocation's work on a record ends: it is settled, parked, put off, or left to somebody else.

Whatever an outcome asks for has been written before it is returned.
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

# So long a refused change of type waits that nobody else got through with either.
REFUSED_SECONDS = 6 * 3600.0


class Conclusion:
    """Ends the work of one invocation on its record.

    Attributes:
        retry: what the message that has been put on the retry queue stands for, if there is one.
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
        """Note that nothing is left to do. Return None if the record has changed: plan again."""
        if not await self._claimed.save(self._claimed.record.sync.settled(refusal_stands=refusal_stands)):
            return None
        await self._sweep()
        return Done(action)

    async def hold_back(self, step: HeldStep, ids: OwnerIds) -> Outcome | None:
        """Note that the next step is not taken now. Return None if the record has changed: plan again."""
        state = self._claimed.record.sync
        since = self._parts.clock() if state.held_back is None else state.held_back.since
        if not await self._claimed.save(state.holding_back(HeldBack(since, step, ids))):
            return None
        await self._sweep()
        return Done(Action.HELD_BACK)

    async def forget(self) -> Outcome | None:
        """Leave a tombstone, and delete the letter. Return None if the record has changed: plan again."""
        times = self._parts.times
        if not await self._claimed.entomb(self._parts.clock() + times.margin + times.settle):
            return None
        await self._sweep()
        return Done(Action.FORGOTTEN)

    async def fail(self, error: Failure, refused: RefusedType | None = None) -> Outcome | None:
        """Carry out what a failure leads to. Return the outcome, or None if the record has changed: plan again.

        With `refused`, Graph refused to have the activity with another type, and it is back with the former one.
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
        # After an unclear response the lease runs out by itself: the request may take effect as long as it lasts.
        return await self.put_off(decision, state if error.may_have_effect else state.released())

    async def fail_apart(self, error: Failure) -> Outcome:
        """Carry out what a failure leads to for an event that is not merged, because it is not clear whose it is.

        Its record stays as it is. The message has a retry or a dead letter of its own, and counts its own failures.
        """
        now = self._parts.clock()
        failing = await self._count(self._message.failing, error, now)
        decision = self._parts.policy.decide(error, SyncState(failing=failing), now)
        if isinstance(decision, DeadLetter):
            return await self.refuse(decision)
        self._message = replace(self._message, failing=failing)
        return await self.leave(decision)

    async def refuse(self, letter: DeadLetter) -> Outcome:
        """Write a dead letter for a message that is not merged into its record."""
        await self._parts.letters.write(self._message, letter, self._enrollment_id)
        return letter

    async def leave(self, retry: Retry) -> Outcome:
        """Write a retry message and store nothing, because the record is somebody else's at the moment."""
        await self._write_retry(retry)
        return retry

    async def put_off(self, retry: Retry, state: SyncState) -> Outcome:
        """Write a retry message first, then its mark, in the write that ends the lease.

        A mark that has lapsed already is not set. If the row never stops changing, it stays without a mark: the
        message has been written, and the lease runs out.
        """
        state = state.waiting(self._parts.clock())
        mark = await self._write_retry(retry)
        for _ in range(ROUNDS):
            marked = state if self._parts.clock() >= mark.until else state.marked(mark)
            if await self._claimed.save(marked):
                break
        return retry

    async def park(self, letter: DeadLetter, *, goes_on: bool, refused: RefusedType | None = None) -> Outcome | None:
        """Note the letter that is about to be written, write it under the lease, and release the lease.

        Return the letter, or None if the desired state has changed meanwhile: plan again. With `goes_on` false, the
        lease is not released and nothing else is done, because a request may take effect until the lease ends.
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
        """Delete the letter of a record that has healed, then forget about it unless the record has changed."""
        claimed = self._claimed
        if claimed.record.sync.sweep:
            await self._parts.letters.sweep(row_key(self._enrollment_id), claimed.record.sync.letter)
            with suppress(RecordChanged):
                await claimed.save(claimed.record.sync.swept())

    async def _count(self, failing: Failing | None, error: Failure, now: float) -> Failing:
        """Return the failures, this one included, with what all processes know of the requests of others."""
        graph = self._parts.graph
        if isinstance(error, EverybodysFault) and not error.held:
            await graph.suspect(error, row_key(self._enrollment_id))
        kind = error.kind if isinstance(error, GraphError) else FIND_CONTENT
        after = failing_after(failing, error, graph.successes(kind), now)
        if isinstance(error, EverybodysFault) and not error.held and after.tries % self._parts.policy.blame_tries == 0:
            # Where few records meet a fault, there is no hold that operators would hear of.
            telemetry.held(error.kind, error.detail, row_key(self._enrollment_id))
        return after

    def _parking(self, letter: DeadLetter, refused: RefusedType | None, lease: Lease) -> SyncState:
        state = self._claimed.record.sync.parking(letter.reason, lease)
        return state if refused is None else state.refusing(refused)

    def _desired(self) -> Desired | None:
        return desired_state(self._claimed.record, self._parts.provider_id)

    async def _write_letter(self, letter: DeadLetter, lease: Lease) -> None:
        """Write a dead letter within the lease, just as a request is sent.

        Raises:
            LeaseLost: the lease would not outlast it.
            StorageFault: it took too long.
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
    """Whether nothing may be there in place of what was deleted: the create of a replace was lost.

    A lookup has to tell. If there is nothing, the former activity is brought back before anything is given up.
    """
    replacing = state.replacing
    return error.may_have_effect and state.attempt is not None and replacing is not None and not replacing.restores
