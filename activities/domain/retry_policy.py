"""What a failure leads to: a retry after some time, or a dead letter.

A record is blamed only on evidence: since its last try, somebody else's request of the same kind has succeeded.

- Graph said what is wrong with the record: it is a dead letter at once.
- Everybody would fail, as far as can be told: the record is retried. With evidence, this counts as an unknown refusal,
  unless Graph never looked at the record: there was no token, no connection, or the token was refused.
- An unknown refusal: a dead letter after `blame_tries` failures with evidence in between.
- An unclear response: a dead letter when the stretches of time with evidence add up to `patience`.
- A course that the catalogue does not have: a dead letter when the stretches in which Graph said so add up to
  `content_patience`.

Failures without evidence neither count nor reset anything. Tries that were throttled or held do not count at all.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus

from activities.domain.errors import (
    ContentNotFound,
    EverybodysFault,
    GraphError,
    NotStarted,
    ReferenceFailure,
    Refused,
    Rejected,
    Settling,
    Throttled,
    Unclear,
)
from activities.domain.outcomes import DeadLetter, Reason, Retry, RetryReason
from activities.domain.sync_parts import Failing
from activities.domain.sync_state import SyncState
from activities.domain.times import Times

# No record waits longer for its next try, so that a correction does not wait longer either.
LONGEST_DELAY = 900.0
FIND_CONTENT = "find_content"
# The trouble of one process: no token or no connection, or a token that Graph refused.
_NOT_LOOKED_AT = (0, HTTPStatus.UNAUTHORIZED)

type Failure = GraphError | ReferenceFailure


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Decides between a retry and a dead letter.

    Args:
        times: the times of the sync rules.
        patience: seconds of unclear responses, while others got through, until a record is given up.
        content_patience: seconds until a course is given up that the catalogue does not have.
        blame_tries: unknown refusals, while others got through, until a record is given up.
        jitter: returns a random number between two others.
    """

    times: Times
    patience: float
    content_patience: float
    blame_tries: int
    jitter: Callable[[float, float], float] = random.uniform

    def decide(self, error: Failure, state: SyncState, now: float) -> Retry | DeadLetter:
        """Decide what a failure leads to. The failures of the state include this one."""
        failing = state.failing or Failing()
        match error:
            case Rejected():
                return DeadLetter(error.reason, error.detail, error.request_id)
            case ContentNotFound() if failing.absent < self.content_patience:
                return Retry(self._backoff(failing), RetryReason.CONTENT_MISSING)
            case ReferenceFailure():
                return DeadLetter(error.reason, error.detail)
            case EverybodysFault() | Refused() if failing.refusals >= self.blame_tries:
                return DeadLetter(Reason.REJECTED_BY_GRAPH, error.detail, error.request_id)
            case Unclear() if failing.unclear >= self.patience:
                return DeadLetter(Reason.RETRIES_EXHAUSTED, error.detail, error.request_id)
        return self._retry(error, failing, self._conclusive_from(state) - now)

    def until_conclusive(self, state: SyncState, now: float) -> Retry:
        """Return a retry that comes when a lookup can tell what became of a request without a clear response."""
        wait = self._backoff(state.failing or Failing())
        return Retry(max(wait, self._conclusive_from(state) - now), RetryReason.UNCLEAR)

    def _retry(self, error: GraphError, failing: Failing, unclear: float) -> Retry:
        wait = self._backoff(failing)
        match error:
            case EverybodysFault(wait=float(held)):
                return Retry(max(held, self.times.shortest_retry) * self.jitter(1.0, 1.5), RetryReason.HOLD)
            case EverybodysFault():
                return Retry(wait, RetryReason.HOLD)
            case Refused():
                return Retry(wait, RetryReason.REFUSED)
            case Settling():
                return Retry(error.after, RetryReason.SETTLING)
            case Throttled():
                # Admission gives each its turn, so nothing has to be added.
                wait = max(error.after or 0.0, self._backoff(Failing()))
        reason = RetryReason.THROTTLED if isinstance(error, Throttled) else RetryReason.UNCLEAR
        return Retry(max(wait, unclear) if error.may_have_effect else wait, reason)

    def _conclusive_from(self, state: SyncState) -> float:
        """Return when it is certain what became of a request without a clear response."""
        if state.attempt is not None:
            return state.attempt.conclusive_from
        return self.times.free_from(state.lease) if state.lease is not None else 0.0

    def _backoff(self, failing: Failing) -> float:
        """Return an exponential delay with full jitter, but long enough for the mark of the retry to take effect."""
        shortest = self.times.shortest_retry
        longest = max(shortest, LONGEST_DELAY - shortest)
        return shortest + self.jitter(0.0, min(shortest * 2 ** min(failing.tries, 20), longest))


def failing_after(failing: Failing | None, error: Failure, successes: int, now: float) -> Failing:
    """Return the failures of a record after another one.

    Args:
        failing: the failures before.
        error: the failure.
        successes: how many requests of its kind have succeeded so far, whoever sent them.
        now: the present time.
    """
    before = failing or Failing()
    if isinstance(error, Throttled) or (isinstance(error, EverybodysFault) and error.held):
        return before
    if isinstance(error, NotStarted | Settling):
        return replace(before, tries=before.tries + 1)
    kind = error.kind if isinstance(error, GraphError) else FIND_CONTENT
    evidence = before.kind == kind and successes > before.seen
    # What is longer than a record's own delays was a hold, a wait for quota, or a backlog, which never counts.
    stretch = min(now - before.at, LONGEST_DELAY)
    after = replace(
        before, tries=before.tries + 1, kind=kind, seen=successes, at=now, missing=False, detail=error.detail
    )
    if isinstance(error, ContentNotFound):
        return replace(after, missing=True, absent=before.absent + (stretch if before.missing else 0.0))
    if isinstance(error, EverybodysFault) and error.status in _NOT_LOOKED_AT:
        return after
    if isinstance(error, EverybodysFault | Refused):
        return replace(after, refusals=before.refusals + 1 if evidence or before.refusals == 0 else before.refusals)
    return replace(after, unclear=before.unclear + (stretch if evidence else 0.0))
