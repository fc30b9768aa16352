"""What happens when Graph certainly refuses to create an activity, before its record is blamed."""

from dataclasses import replace

from activities.domain.errors import EverybodysFault, Refused, Rejected, Unclear
from activities.domain.outcomes import Outcome
from activities.domain.retry_policy import Failure
from activities.domain.sync_parts import RefusedType, Replacing
from activities.domain.terms import OwnerIds, request_kind
from activities.sync.claimed import ClaimedRecord
from activities.sync.conclusion import Conclusion
from activities.sync.parts import Parts
from activities.sync.steps import Create

_CERTAIN = (Rejected, Refused, EverybodysFault)


class Refusals:
    """What Graph refused to create in one invocation: for whom, and in place of what."""

    def __init__(self, parts: Parts, claimed: ClaimedRecord, conclusion: Conclusion) -> None:
        self._references = parts.references
        self._graph = parts.graph
        self._times = parts.times
        self._claimed = claimed
        self._conclusion = conclusion
        self._ids: tuple[OwnerIds, Failure] | None = None
        self._type: tuple[Replacing, Failure] | None = None

    async def asks_again(self, step: Create, error: Failure) -> bool:
        """Have references looked up again if Graph refused ids from memory. Return whether it did."""
        if not isinstance(error, Rejected) or not step.resolved.remembered:
            return False
        await self._references.forget(step.desired.subject)
        self._ids = (step.resolved.ids, error)
        return True

    def of(self, ids: OwnerIds) -> Failure | None:
        """Return the error with which Graph refused these ids, or None if it didn't."""
        return self._ids[1] if self._ids is not None and self._ids[0] == ids else None

    def restores(self, error: Failure) -> bool:
        """Begin to restore the former activity if Graph refused its replacement. Return whether it did."""
        state = self._claimed.record.sync
        if state.replacing is None or state.replacing.restores or not isinstance(error, _CERTAIN):
            return False
        self._restore(state.replacing, error)
        return True

    def _restore(self, replacing: Replacing, error: Failure) -> None:
        self._type = (replacing, error)
        self._claimed.learn(self._claimed.record.sync.restoring())

    def miss(self) -> None:
        """Begin to restore the former activity if creating its replacement failed and a lookup found nothing."""
        state = self._claimed.record.sync
        if state.attempt is None and state.replacing is not None and not state.replacing.restores:
            kind = request_kind("create", state.replacing.wanted.kind)
            if state.failing is not None and state.failing.kind == kind:
                unclear = Unclear("create: the activity with the new type didn't appear")
                unclear.kind, unclear.may_have_effect = kind, False
                self._restore(state.replacing, unclear)

    async def conclude(self) -> Outcome | None:
        """Carry out what a refusal leads to, once the former activity has been restored and is up to date."""
        activity = self._claimed.record.sync.activity
        if self._type is None or activity is None or activity.acknowledged is None:
            return None
        replacing, error = self._type
        refused = RefusedType(replacing.wanted, replacing.former)
        outcome = await self._conclusion.fail(error, refused)
        if outcome is None:
            # First bring the former activity up to date.
            self._claimed.learn(self._claimed.record.sync.refusing(replace(refused, until=0.0)))
        return outcome

    def reconsider(self, now: float) -> None:
        """Forget a refusal in one of two cases, so that the change is tried again.

        Either it may not be the record's own fault, and its time has come or others got through. Or its letter may
        never have been written, because its invocation ended without releasing the lease.
        """
        state = self._claimed.record.sync
        if state.refused is None:
            return
        if state.refused.until is None:
            forgets = state.lease is not None and now >= self._times.free_from(state.lease)
        else:
            kind = request_kind("create", state.refused.wanted.kind)
            forgets = now >= state.refused.until or self._graph.successes(kind) > state.refused.seen
        if forgets:
            self._claimed.learn(state.refusing(None))
