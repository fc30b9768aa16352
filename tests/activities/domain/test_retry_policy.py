"""What a failure leads to: a retry after some time, or a dead letter."""

import pytest

from activities.domain.errors import (
    ActivitySyncError,
    ConfigurationFault,
    ContentNotFound,
    LearnerAmbiguous,
    LearnerNotFound,
    NotStarted,
    Rejected,
    Settling,
    Throttled,
    Unclear,
)
from activities.domain.outcomes import DeadLetter, Reason, Retry, RetryReason
from activities.domain.retry_policy import RetryPolicy, failed
from activities.domain.sync_state import Attempt, Failing, SyncState
from activities.domain.terms import ImmutablePart, Reference
from activities.domain.times import Times

HOUR = 3600.0
RETRIES, CONTENT = 48 * HOUR, 72 * HOUR
TIMES = Times(deadline=40, lease=60, margin=10, settle=60)
POLICY = RetryPolicy(TIMES, hold=300, patience=RETRIES, content_patience=CONTENT)
NOW = 10_000_000.0

REJECTED = Rejected("create: 400", reason=Reason.REJECTED_BY_GRAPH, status=400, request_id="r-1")
UNCLEAR = Unclear("create: 500", status=500, request_id="r-2")
THROTTLED = Throttled("create: 429", after=30.0, status=429)

# Each has a name, the failure, for how long the record has failed (None: not before), and the reason of the decision.
CASES: list[tuple[str, ActivitySyncError, float | None, RetryReason | Reason]] = [
    ("rejected", REJECTED, None, Reason.REJECTED_BY_GRAPH),
    ("no such learner", LearnerNotFound("?"), None, Reason.LEARNER_NOT_FOUND),
    ("several learners", LearnerAmbiguous("?"), None, Reason.LEARNER_AMBIGUOUS),
    ("unclear, first", UNCLEAR, None, RetryReason.UNCLEAR),
    ("unclear, patient", UNCLEAR, RETRIES - 1, RetryReason.UNCLEAR),
    ("unclear, too long", UNCLEAR, RETRIES, Reason.RETRIES_EXHAUSTED),
    ("not started, too long", NotStarted("late"), RETRIES, Reason.RETRIES_EXHAUSTED),
    ("settling, too long", Settling("young", after=5.0), RETRIES, Reason.RETRIES_EXHAUSTED),
    ("course missing, first", ContentNotFound("?"), None, RetryReason.CONTENT_MISSING),
    (
        "course missing, for longer than other failures may last",
        ContentNotFound("?"),
        RETRIES,
        RetryReason.CONTENT_MISSING,
    ),
    ("course missing, patient", ContentNotFound("?"), CONTENT - 1, RetryReason.CONTENT_MISSING),
    ("course missing, too long", ContentNotFound("?"), CONTENT, Reason.CONTENT_NOT_FOUND),
    ("throttled for years", THROTTLED, 1000 * RETRIES, RetryReason.THROTTLED),
    ("held for years", ConfigurationFault("create: 401"), 1000 * RETRIES, RetryReason.HOLD),
]


@pytest.mark.parametrize(("error", "failing_for", "reason"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_the_decision(error: ActivitySyncError, failing_for: float | None, reason: RetryReason | Reason) -> None:
    """Each kind of failure has its own patience. That for throttling and configuration faults has no end."""
    since = None if failing_for is None else NOW - failing_for
    missing = isinstance(error, ContentNotFound)
    failing = Failing(3, since=None if missing else since, missing_since=since if missing else None)
    decision = POLICY.decide(error, SyncState(failing=failing), NOW)
    assert decision.reason == reason
    assert isinstance(decision, DeadLetter) is isinstance(reason, Reason)


def test_waiting_for_a_course_does_not_count_as_failing() -> None:
    """After days of waiting for the catalogue, a lost response is the first failure of its kind."""
    missing_since = NOW - (RETRIES + CONTENT) / 2
    state = SyncState(failing=Failing(200, missing_since=missing_since))
    decision = POLICY.decide(UNCLEAR, state, NOW)
    assert decision.reason == RetryReason.UNCLEAR
    assert failed(state, decision, NOW) == SyncState(failing=Failing(201, since=NOW, missing_since=missing_since))


def test_a_dead_letter_has_the_request_id_of_graph() -> None:
    """A dead letter names Graph's request, because Microsoft's support asks for its id."""
    assert POLICY.decide(REJECTED, SyncState(), NOW) == DeadLetter(Reason.REJECTED_BY_GRAPH, "create: 400", "r-1")
    exhausted = POLICY.decide(UNCLEAR, SyncState(failing=Failing(1, since=0.0)), NOW)
    assert exhausted == DeadLetter(Reason.RETRIES_EXHAUSTED, "create: 500", "r-2")


SHORTEST = TIMES.shortest_retry
LEASE = TIMES.leased("me", NOW)
IMMUTABLE = ImmutablePart(
    "selfInitiated", Reference("entraObjectId", "a"), Reference("externalId", "LAW-1"), None, None
)
LEASED = SyncState(lease=LEASE)
ATTEMPT = SyncState(lease=LEASE, attempt=Attempt(IMMUTABLE, TIMES.conclusive_from(LEASE)))
LEASE_OVER = TIMES.lease + TIMES.margin
# Each has a name, the failure, the state, and the shortest and longest delay in seconds.
DELAYS: list[tuple[str, ActivitySyncError, SyncState, float, float]] = [
    (
        "throttled for as long as Graph says, and a little longer",
        THROTTLED,
        SyncState(),
        30 + SHORTEST,
        30 + 2 * SHORTEST,
    ),
    ("throttled without a time", Throttled("the next slot", after=None), SyncState(), SHORTEST, 2 * SHORTEST),
    ("the backoff grows", NotStarted("late"), SyncState(failing=Failing(3)), SHORTEST, 9 * SHORTEST),
    ("the backoff has a limit", NotStarted("late"), SyncState(failing=Failing(10_000)), SHORTEST, SHORTEST + 900),
    ("an unclear update waits until its lease is over", UNCLEAR, LEASED, LEASE_OVER, LEASE_OVER),
    (
        "an unclear create waits until a lookup shows it",
        UNCLEAR,
        ATTEMPT,
        LEASE_OVER + TIMES.settle,
        LEASE_OVER + TIMES.settle,
    ),
    (
        "a 503 may have had an effect",
        Throttled("create: 503", after=1.0, status=503, may_have_effect=True),
        ATTEMPT,
        LEASE_OVER + TIMES.settle,
        LEASE_OVER + TIMES.settle,
    ),
    (
        "a young activity waits until Graph shows it",
        Settling("young", after=7.0),
        SyncState(failing=Failing(9)),
        7.0,
        7.0,
    ),
    ("held", ConfigurationFault("401"), SyncState(), POLICY.hold, 1.5 * POLICY.hold),
]


@pytest.mark.parametrize(
    ("error", "state", "least", "most"), [case[1:] for case in DELAYS], ids=[case[0] for case in DELAYS]
)
def test_the_delay(error: ActivitySyncError, state: SyncState, least: float, most: float) -> None:
    """A retry comes only when it can succeed, and jitter spreads the records that failed together."""
    delays = [_delay(error, state) for _ in range(50)]
    assert least <= min(delays) <= max(delays) <= most
    assert (len(set(delays)) > 1) is (least < most)


def _delay(error: ActivitySyncError, state: SyncState) -> float:
    decision = POLICY.decide(error, state, NOW)
    assert isinstance(decision, Retry)
    return decision.after


RETRY = Retry(30.0, RetryReason.UNCLEAR)
MISSING = Retry(30.0, RetryReason.CONTENT_MISSING)
FAILED = Failing(2, since=NOW - 5)
WAITING = Failing(2, missing_since=NOW - 60 * HOUR)
# Each has a name, the failures before, the decision, and the state afterwards.
COUNTS: list[tuple[str, Failing | None, Retry | DeadLetter, SyncState]] = [
    ("first", None, RETRY, SyncState(failing=Failing(1, since=NOW))),
    ("again", FAILED, RETRY, SyncState(failing=Failing(3, since=NOW - 5))),
    ("held", FAILED, Retry(30.0, RetryReason.HOLD), SyncState(failing=Failing(3))),
    ("course missing", FAILED, MISSING, SyncState(failing=Failing(3, missing_since=NOW))),
    ("still missing", WAITING, MISSING, SyncState(failing=Failing(3, missing_since=NOW - 60 * HOUR))),
    ("parked", FAILED, DeadLetter(Reason.RETRIES_EXHAUSTED, ""), SyncState(parked="retries_exhausted")),
    (
        "parked because the course is missing",
        WAITING,
        DeadLetter(Reason.CONTENT_NOT_FOUND, ""),
        SyncState(parked="content_not_found"),
    ),
]


@pytest.mark.parametrize(
    ("before", "decision", "after"), [case[1:] for case in COUNTS], ids=[case[0] for case in COUNTS]
)
def test_failures_are_counted(before: Failing | None, decision: Retry | DeadLetter, after: SyncState) -> None:
    """Patience counts from the first failure, and starts again after a dead letter."""
    assert after == failed(SyncState(failing=before), decision, NOW)
