"""What a failure leads to: a retry after some time, or a dead letter.

Patience is counted from the first failure since Graph last acknowledged the record. Waiting for a course to appear in
the catalogue is counted separately, so that another failure after days of waiting still has its full patience.
Throttling and faults of the configuration are not the event's fault. They are retried without end, because otherwise
every event would become a dead letter.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from activities.domain.errors import (
    ActivitySyncError,
    ConfigurationFault,
    ContentNotFound,
    GraphError,
    ReferenceFailure,
    Rejected,
    Settling,
    Throttled,
)
from activities.domain.outcomes import DeadLetter, Reason, Retry, RetryReason
from activities.domain.sync_state import Failing, SyncState
from activities.domain.times import Times

_LONGEST_BACKOFF = 900.0
_PATIENT_WITHOUT_END = (RetryReason.HOLD, RetryReason.THROTTLED)
_NEVER_FAILED = Failing(0)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Decides between a retry and a dead letter.

    Args:
        times: the times of the sync rules.
        hold: seconds between two tries while a fault of the configuration holds everything.
        patience: seconds from the first failure until a record is given up.
        content_patience: the same for a course that the catalogue does not have.
        jitter: returns a random number between two others.
    """

    times: Times
    hold: float
    patience: float
    content_patience: float
    jitter: Callable[[float, float], float] = random.uniform

    def decide(self, error: ActivitySyncError, state: SyncState, now: float) -> Retry | DeadLetter:
        """Decide what this failure of a record in this state leads to."""
        if isinstance(error, Rejected):
            return DeadLetter(error.reason, error.detail, error.request_id)
        if isinstance(error, ReferenceFailure) and not isinstance(error, ContentNotFound):
            return DeadLetter(error.reason, error.detail)
        failing = state.failing or _NEVER_FAILED
        retry = self._retry(error, state, failing.count, now)
        if retry.reason in _PATIENT_WITHOUT_END:
            return retry
        missing = retry.reason is RetryReason.CONTENT_MISSING
        since = failing.missing_since if missing else failing.since
        if since is None or now - since < (self.content_patience if missing else self.patience):
            return retry
        reason = Reason.CONTENT_NOT_FOUND if missing else Reason.RETRIES_EXHAUSTED
        return DeadLetter(reason, str(error), error.request_id if isinstance(error, GraphError) else None)

    def _retry(self, error: ActivitySyncError, state: SyncState, failures: int, now: float) -> Retry:
        wait = self._backoff(failures)
        if isinstance(error, ConfigurationFault):
            return Retry(self.hold * self.jitter(1.0, 1.5), RetryReason.HOLD)
        if isinstance(error, ContentNotFound):
            return Retry(wait, RetryReason.CONTENT_MISSING)
        if isinstance(error, Settling):
            return Retry(error.after, RetryReason.SETTLING)
        unclear = self._conclusive_from(state) - now if error.may_have_effect else 0.0
        if isinstance(error, Throttled):
            return Retry(max((error.after or 0.0) + wait, unclear), RetryReason.THROTTLED)
        return Retry(max(wait, unclear), RetryReason.UNCLEAR)

    def _backoff(self, failures: int) -> float:
        """Return an exponential delay with full jitter, but long enough for the mark of the retry to take effect."""
        shortest = self.times.shortest_retry
        return shortest + self.jitter(0.0, min(shortest * 2 ** min(failures, 20), _LONGEST_BACKOFF))

    def _conclusive_from(self, state: SyncState) -> float:
        """Return when it is certain what became of a request without a clear response."""
        if state.attempt is not None:
            return state.attempt.conclusive_from
        return self.times.free_from(state.lease) if state.lease is not None else 0.0


def failed(state: SyncState, decision: Retry | DeadLetter, now: float) -> SyncState:
    """Return the state after a failure: how often and since when, or the reason why the record is parked."""
    if isinstance(decision, DeadLetter):
        return replace(state, failing=None, parked=decision.reason.value)
    before = state.failing or _NEVER_FAILED
    count = before.count + 1
    if decision.reason in _PATIENT_WITHOUT_END:
        return replace(state, failing=Failing(count))
    if decision.reason is RetryReason.CONTENT_MISSING:
        # Graph has responded, so what failed before no longer fails.
        return replace(state, failing=Failing(count, missing_since=before.missing_since or now))
    return replace(state, failing=replace(before, count=count, since=before.since or now))
