"""One invocation's work on its record: it carries out what `plan` says until there's an outcome."""

import secrets
from collections.abc import Mapping
from dataclasses import replace

from activities import telemetry
from activities.domain.desired import desired_state
from activities.domain.errors import GraphError, IdentityConflict, ReferenceFailure, Settling
from activities.domain.message import Message
from activities.domain.news import News
from activities.domain.outcomes import Action, Done, Outcome, Retry, RetryReason
from activities.domain.record import row_key
from activities.domain.sync_parts import HeldStep
from activities.domain.terms import RequestKind, ResolvedIds
from activities.sync.claimed import ClaimedRecord
from activities.sync.conclusion import Conclusion
from activities.sync.identity import succeeds
from activities.sync.parts import Parts
from activities.sync.plan import Forgets, Invocation, Task, plan
from activities.sync.refusals import Refusals
from activities.sync.requests import Requests
from activities.sync.steps import (
    Compare,
    Create,
    Delete,
    Forget,
    HoldBack,
    Lookup,
    MergeOnly,
    Plan,
    Request,
    Resolve,
    Settled,
    Step,
    Update,
    WaitUntil,
)

# How many steps one message may lead to before the queue takes over. It's enough for a replace that Graph refuses
# while events arrive.
STEPS = 14
_ACTIONS: Mapping[type[Step], Action] = {
    Create: Action.CREATED,
    Update: Action.UPDATED,
    Delete: Action.DELETED,
    Compare: Action.CHECKED,
}


class Work:
    """One invocation's work on its record."""

    def __init__(self, parts: Parts, message: Message, enrollment_id: str, news: News | None, task: Task) -> None:
        self._parts = parts
        self._news = news
        self._given = self._task = task
        # Random for each invocation, so two invocations of one process can't mistake each other's lease for their own.
        owner = secrets.token_hex(8)
        self._claimed = ClaimedRecord(
            parts.ledger,
            enrollment_id,
            news,
            nonce=message.nonce,
            task=task,
            owner=owner,
            rebuilds=parts.rebuilds,
            shadow=parts.shadow.covers(None, None),
        )
        self.conclusion = Conclusion(parts, message, self._claimed, owner)
        self._owner = owner
        self._requests = Requests(parts.graph, parts.times, parts.clock)
        self._admitted: set[RequestKind] = set()
        # Whether the activity should be completed.
        self._completes = False
        self._steps_taken: set[type[Step]] = set()

    async def run(self) -> Outcome:
        """Load the record, then plan and act until there is an outcome.

        Raises:
            RecordChanged: the record changed before any request was sent, so the caller begins again.
            LeaseLost: the lease is lost or too short, so nothing may be stored.
        """
        claimed, parts = self._claimed, self._parts
        # What an earlier round found out may be about another owner of the record.
        task = self._task = self._given
        self._invocation = Invocation(
            self._owner,
            checks=task.checks or task.compares,
            repairs=not task.compares,
            rebinds=task.rebinds,
            forgets=task.forgets,
            shadow=parts.shadow,
        )
        self._refusals = Refusals(parts, claimed, self.conclusion)
        if not await claimed.load():
            outcome = await self._identify()
            if outcome is not None:
                return outcome
        self._refusals.reconsider(parts.clock())
        self._set_going()
        for _ in range(STEPS):
            # Nobody needs a letter about a record that's being forgotten.
            refused = None if self._task.forgets else await self._refusals.conclude()
            outcome = refused or await self._act(self._plan())
            if outcome is not None:
                return outcome
        pause = Retry(parts.times.shortest_retry, RetryReason.CONTENDED)
        return await self.conclusion.put_off(pause, claimed.record.sync.released())

    def _set_going(self) -> None:
        """Set a held-back record going, unless it's still in shadow. In that case, use the ids that were found before.

        A task that an operator had asked for goes on too, unless an event has brought news since.
        """
        record = self._claimed.record
        held = record.sync.held_back
        if held is None:
            return
        if not self._claimed.has_news and not self._task.compares:
            self._go_on_with(held.step)
        task = self._task
        if task.rebinds or not self._parts.shadow.covers(record.owner, held.ids):
            self._claimed.learn(record.sync.set_going())
        else:
            self._invocation = replace(self._invocation, resolved=ResolvedIds(held.ids))

    def _go_on_with(self, step: HeldStep) -> None:
        match step:
            case "rebind" if self._task.forgets is None:
                self._task = replace(self._task, rebinds=True)
            case "forget" | "forget-activity" if not self._task.rebinds:
                asked: Forgets = "record" if step == "forget" else "activity"
                self._task = replace(self._task, forgets=self._task.forgets or asked)
        self._invocation = replace(self._invocation, rebinds=self._task.rebinds, forgets=self._task.forgets)

    def _plan(self) -> Plan:
        record, parts = self._claimed.record, self._parts
        desired = desired_state(record, parts.provider_id)
        self._completes = desired is not None and desired.completed
        return plan(record, desired, self._invocation, parts.clock(), parts.times)

    async def _act(self, planned: Plan) -> Outcome | None:
        """Carry out the plan. Return the outcome, or None to plan again."""
        claimed = self._claimed
        match planned:
            case _ if self._task.compares and not isinstance(planned, Compare | Settled):
                return Done(Action.UNCHANGED)
            case Settled() | Forget() | HoldBack():
                return await self._end(planned)
            case MergeOnly():
                await claimed.save(claimed.record.sync)
                return Done(Action.MERGED)
            case WaitUntil():
                return await self._wait(planned)
            case step:
                return await self._step(step)

    async def _wait(self, planned: WaitUntil) -> Outcome | None:
        state = self._claimed.record.sync
        retry = Retry(planned.time - self._parts.clock(), planned.reason)
        if planned.reason is RetryReason.LEASED:
            await self._claimed.save(state)
            return await self.conclusion.leave(retry)
        if self._task.gives_up is not None:
            return await self.conclusion.park(self._task.gives_up, goes_on=True)
        return await self.conclusion.put_off(retry, state.released())

    async def _step(self, step: Step) -> Outcome | None:
        if self._task.gives_up is not None:
            return await self.conclusion.park(self._task.gives_up, goes_on=True)
        return await (self._resolve(step) if isinstance(step, Resolve) else self._take(step))

    async def _end(self, planned: Settled | Forget | HoldBack) -> Outcome | None:
        match planned:
            case Settled(refusal_stands):
                return await self.conclusion.settle(self._action(), refusal_stands=refusal_stands)
            case Forget():
                return await self.conclusion.forget()
            case HoldBack(step, ids):
                return await self.conclusion.hold_back(step, ids)

    async def _identify(self) -> Outcome | None:
        """Find out whom an event means if it names the owner differently. Return the outcome if it isn't merged.

        Nothing is concluded during another invocation's lease or under a retry mark, because what's known about the
        owner may be about to change.
        """
        claimed, parts, news = self._claimed, self._parts, self._news
        state, now = claimed.record.sync, parts.clock()
        if news is None:
            return None
        until = max(
            parts.times.free_from(state.lease) if state.lease else 0.0,
            state.retry.until if state.retry and not (self._task.anew or self._task.at_once) else 0.0,
        )
        if now < until:
            return await self.conclusion.leave(Retry(until - now, RetryReason.LEASED))
        if self._task.gives_up is not None:
            return await self.conclusion.refuse(self._task.gives_up)
        try:
            begins_anew = await succeeds(parts.references, claimed.record, news, anew=self._task.anew)
        except (GraphError, ReferenceFailure) as error:
            return await self.conclusion.fail_apart(error)
        if not begins_anew:
            claimed.accept()
            return None
        if state.parked is not None:
            await parts.letters.keep(row_key(claimed.record.enrollment_id))
        claimed.take_over()
        return None

    async def _admit(self, kinds: tuple[RequestKind, ...]) -> None:
        """Get admission for requests, unless this invocation already has it, before anything is written ahead."""
        missing = [kind for kind in kinds if kind not in self._admitted]
        if missing:
            await self._parts.graph.ready(*missing, completes=self._completes)
            self._admitted.update(missing)

    async def _resolve(self, step: Resolve) -> Outcome | None:
        record, parts = self._claimed.record, self._parts
        try:
            await self._admit(step.kinds)
            if step.role is not None:
                await parts.graph.check_role(step.role)
            resolved = await self._resolved(step)
            known = record.sync.known
            if known is not None and resolved.ids != known.ids and not self._task.rebinds:
                raise IdentityConflict("the references lead to a different learner or course than the activity's")
        except (GraphError, ReferenceFailure) as error:
            return await self.conclusion.fail(error)
        self._invocation = replace(self._invocation, resolved=resolved)
        self._claimed.learn(record.sync.confirmed(parts.clock()))
        refused = self._refusals.of(resolved.ids)
        return None if refused is None else await self.conclusion.fail(refused)

    async def _resolved(self, step: Resolve) -> ResolvedIds:
        """Return the ids that the owner's references lead to. If they no longer lead anywhere, known ids may do."""
        references = self._parts.references
        try:
            if self._task.rebinds:
                await references.forget(step.subject)
            return await references.resolve(step.subject, step.assigner, anew=self._task.anew)
        except ReferenceFailure:
            known = self._claimed.record.sync.known
            if step.may_fail and known is not None:
                return ResolvedIds(known.ids)
            raise

    async def _take(self, step: Request) -> Outcome | None:
        """Send a step's request. Return the outcome, or None to plan again."""
        parts, claimed = self._parts, self._claimed
        begins = isinstance(step, Delete) and claimed.record.sync.replacing is None
        try:
            await self._admit(step.kinds)
            if await claimed.write_ahead(step, parts.clock(), parts.times):
                claimed.learn(*await self._requests.send(step, claimed.record.sync))
                self._steps_taken.add(type(step))
                self._look_at_result(step)
        except (GraphError, ReferenceFailure) as error:
            if isinstance(error, IdentityConflict) and self._task.forgets:
                # Graph's activity is somebody else's, so it's no trace of the person who is being forgotten.
                claimed.learn(claimed.record.sync.attempt_ended())
                return None
            if isinstance(step, Create) and not error.may_have_effect:
                claimed.learn(claimed.record.sync.attempt_ended())
                if self._refusals.restores(error):
                    return None
                if await self._refusals.asks_again(step, error):
                    self._invocation = replace(self._invocation, resolved=None)
                    return None
            if begins and not error.may_have_effect and not isinstance(error, Settling):
                claimed.learn(claimed.record.sync.not_replacing())
            return await self.conclusion.fail(error)
        return None

    def _look_at_result(self, step: Request) -> None:
        match step:
            case Compare():
                self._compared()
            case Create() | Update():
                # Graph has just said what it has.
                self._invocation = replace(self._invocation, checks=False)
            case Lookup():
                self._refusals.miss()

    def _compared(self) -> None:
        """Count the values that differed, and don't compare again."""
        self._invocation = replace(self._invocation, checks=False)
        check = self._claimed.record.sync.check
        for name in check.differed.split(",") if check is not None and check.differed else ():
            telemetry.drifted(name)

    def _action(self) -> Action:
        if Create in self._steps_taken and Delete in self._steps_taken:
            return Action.REBOUND if self._task.rebinds else Action.REPLACED
        for step, action in _ACTIONS.items():
            if step in self._steps_taken:
                return action
        return Action.UNCHANGED
