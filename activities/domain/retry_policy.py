"""What a failure leads to: a retry with its delay, or a dead letter. Pure but for the dice of the jitter.

Patience is counted from the first failure since Graph last acknowledged the record; waiting for a course to appear in
the catalogue has a clock of its own, so that a single failure after days of it is the first of its kind. Throttling
and configuration faults have no end of patience: they are not the event's fault, and dead-lettering would drain the
queue.
"""

import random
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
from activities.domain.record import SyncState
from activities.settings import Settings

_LONGEST_BACKOFF = 900.0
_HOUR = 3600.0
_PATIENT_WITHOUT_END = (RetryReason.HOLD, RetryReason.THROTTLED)


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides by the settings' times."""

    settings: Settings

    def verdict(self, error: ActivitySyncError, state: SyncState, now: float) -> Retry | DeadLetter:
        """Retry or dead letter for this failure of a record in this state."""
        if isinstance(error, Rejected):
            return DeadLetter(error.reason, error.detail, error.request_id)
        if isinstance(error, ReferenceFailure) and not isinstance(error, ContentNotFound):
            return DeadLetter(error.reason, error.detail)
        retry = self._retry(error, state, now)
        if retry.reason in _PATIENT_WITHOUT_END:
            return retry
        missing = retry.reason is RetryReason.CONTENT_MISSING
        since = state.missing_since if missing else state.failing_since
        hours = self.settings.content_max_age_hours if missing else self.settings.retry_max_age_hours
        if since is None or now - since < hours * _HOUR:
            return retry
        reason = Reason.CONTENT_NOT_FOUND if missing else Reason.RETRIES_EXHAUSTED
        return DeadLetter(reason, str(error), error.request_id if isinstance(error, GraphError) else None)

    def _retry(self, error: ActivitySyncError, state: SyncState, now: float) -> Retry:
        wait = self._backoff(state.failures)
        if isinstance(error, ConfigurationFault):
            return Retry(self.settings.hold_seconds * random.uniform(1.0, 1.5), RetryReason.HOLD)  # noqa: S311  jitter
        if isinstance(error, ContentNotFound):
            return Retry(wait, RetryReason.CONTENT_MISSING)
        if isinstance(error, Settling):
            return Retry(error.after, RetryReason.SETTLING)
        unclear = _unclear_until(error, state, self.settings) - now
        if isinstance(error, Throttled):
            return Retry(max((error.after or 0.0) + wait, unclear), RetryReason.THROTTLED)
        return Retry(max(wait, unclear), RetryReason.UNCLEAR)

    def _backoff(self, failures: int) -> float:
        """Exponential with full jitter, and never so short that the retry's mark would be void."""
        shortest = 2 * self.settings.clock_margin
        ceiling = min(shortest * 2 ** min(failures, 20), _LONGEST_BACKOFF)
        return shortest + random.uniform(0.0, ceiling)  # noqa: S311  jitter


def _unclear_until(error: ActivitySyncError, state: SyncState, settings: Settings) -> float:
    """When it is certain what became of a request without a clear answer."""
    if not error.may_have_effect:
        return 0.0
    settle = settings.settle if state.attempt_until is not None else 0.0
    return state.lease_until + settings.clock_margin + settle


def failing(state: SyncState, verdict: Retry | DeadLetter, now: float) -> SyncState:
    """The state after a failure: since when, how often, and whether it is parked."""
    if isinstance(verdict, DeadLetter):
        return replace(state, failing_since=None, missing_since=None, failures=0, parked=verdict.reason.value)
    failures = state.failures + 1
    if verdict.reason in _PATIENT_WITHOUT_END:
        return replace(state, failing_since=None, missing_since=None, failures=failures)
    if verdict.reason is RetryReason.CONTENT_MISSING:
        # Graph has answered, so whatever failed before fails no more.
        return replace(state, failing_since=None, missing_since=state.missing_since or now, failures=failures)
    return replace(state, failing_since=state.failing_since or now, failures=failures)
