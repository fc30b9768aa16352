"""What a failure leads to: a retry after a delay, or a dead letter.

A record is blamed only if there's evidence: somebody else's request of the same kind has succeeded since the record's
last try.

- Graph said what's wrong with the record: it's a dead letter at once.
- As far as the app can tell, everybody would fail: the record is retried. If there's evidence, this counts as an
  unknown refusal. It doesn't if Graph never looked at the record, because there was no token or no connection, or the
  token was refused.
- Graph refused with an error that the app doesn't know: a dead letter after `blame_tries` failures with evidence in
  between.
- The response was unclear: a dead letter once the periods with evidence add up to `patience`.
- The catalogue doesn't have the course: a dead letter once the periods in which Graph said so add up to
  `content_patience`.

Failures without evidence neither count nor reset anything. Tries that were throttled or on hold don't count at all.
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

# No record waits longer than this for its next try, so a correction takes effect within this time.
LONGEST_DELAY = 900.0
FIND_CONTENT = "find_content"
# Statuses of failures in which Graph never looked at the record: no token, no connection, or a token that it refused.
_NOT_LOOKED_AT = (0, HTTPStatus.UNAUTHORIZED)

type Failure = GraphError | ReferenceFailure


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Decides between a retry and a dead letter.

    Args:
        times: the times of the sync rules.
        patience: after this many seconds of unclear responses, while others got through, a record is given up.
        content_patience: after this many seconds without the course in the catalogue, a record is given up.
        blame_tries: after this many unknown refusals, while others got through, a record is given up.
        jitter: returns a random number between two numbers.
    """

    times: Times
    patience: float
    content_patience: float
    blame_tries: int
    jitter: Callable[[float, float], float] = random.uniform

    def decide(self, error: Failure, state: SyncState, now: float) -> Retry | DeadLetter:
        """Decide what a failure leads to. The state's failures already include this one."""
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
        """Return a retry that comes once a lookup can show what became of a request without a clear response."""
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
                # Admission spreads requests over turns, so the delay doesn't have to grow.
                wait = max(error.after or 0.0, self._backoff(Failing()))
        reason = RetryReason.THROTTLED if isinstance(error, Throttled) else RetryReason.UNCLEAR
        return Retry(max(wait, unclear) if error.may_have_effect else wait, reason)

    def _conclusive_from(self, state: SyncState) -> float:
        """Return when it can be known what became of a request without a clear response."""
        if state.attempt is not None:
            return state.attempt.conclusive_from
        return self.times.free_from(state.lease) if state.lease is not None else 0.0

    def _backoff(self, failing: Failing) -> float:
        """Return an exponential delay with full jitter, but long enough for the retry mark to be of use."""
        shortest = self.times.shortest_retry
        longest = max(shortest, LONGEST_DELAY - shortest)
        return shortest + self.jitter(0.0, min(shortest * 2 ** min(failing.tries, 20), longest))


def failing_after(failing: Failing | None, error: Failure, successes: int, now: float) -> Failing:
    """Return a record's failures with another one added.

    Args:
        failing: the failures so far.
        error: the new failure.
        successes: how many requests of its kind have succeeded so far, in all processes.
        now: the current time.
    """
    before = failing or Failing()
    if isinstance(error, Throttled) or (isinstance(error, EverybodysFault) and error.held):
        return before
    if isinstance(error, NotStarted | Settling):
        return replace(before, tries=before.tries + 1)
    kind = error.kind if isinstance(error, GraphError) else FIND_CONTENT
    evidence = before.kind == kind and successes > before.seen
    # Anything longer than a record's own delays was a hold, throttling, or a backlog. That time never counts.
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
