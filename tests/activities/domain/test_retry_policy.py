"""What a failure leads to: a retry after a delay, or a dead letter."""

from dataclasses import replace
from random import Random

import pytest

from activities.domain.errors import EverybodysFault, Throttled
from activities.domain.outcomes import DeadLetter, Reason, Retry, RetryReason
from activities.domain.retry_policy import LONGEST_DELAY, Failure, failing_after
from activities.domain.sync_parts import Attempt, Failing
from activities.domain.sync_state import SyncState
from tests.activities.domain.failures import (
    CONFLICT,
    CONTENT,
    DISCONNECTED,
    EVERYBODY,
    HELD,
    LATE,
    MISSING,
    NOBODY,
    NOW,
    POLICY,
    REFUSED,
    REJECTED,
    RETRIES,
    SEVERAL,
    THROTTLED,
    TIMES,
    UNAUTHORISED,
    UNCLEAR,
    UNCLEAR_READ,
    YOUNG,
    of_kind,
)

NEVER = Failing()
# As far as patience goes for each of the three counts, and one step beyond.
ALMOST = Failing(9_999, refusals=4, unclear=RETRIES - 1, absent=CONTENT - 1)
TOO_LONG = Failing(9_999, refusals=5, unclear=RETRIES, absent=CONTENT)

# Each has a name, the failure, and the reasons of the decisions: at the first time, just before patience ends, and
# after.
CASES: list[tuple[str, Failure, tuple[str, str, str]]] = [
    ("rejected", REJECTED, (Reason.LEARNER_UNLICENSED,) * 3),
    ("no such learner", NOBODY, (Reason.LEARNER_NOT_FOUND,) * 3),
    ("several learners", SEVERAL, (Reason.LEARNER_AMBIGUOUS,) * 3),
    ("somebody else's", CONFLICT, (Reason.IDENTITY_CONFLICT,) * 3),
    ("course missing", MISSING, (RetryReason.CONTENT_MISSING, RetryReason.CONTENT_MISSING, Reason.CONTENT_NOT_FOUND)),
    ("refused", REFUSED, (RetryReason.REFUSED, RetryReason.REFUSED, Reason.REJECTED_BY_GRAPH)),
    ("everybody's", EVERYBODY, (RetryReason.HOLD, RetryReason.HOLD, Reason.REJECTED_BY_GRAPH)),
    ("unclear", UNCLEAR, (RetryReason.UNCLEAR, RetryReason.UNCLEAR, Reason.RETRIES_EXHAUSTED)),
    ("an unclear read", UNCLEAR_READ, (RetryReason.UNCLEAR, RetryReason.UNCLEAR, Reason.RETRIES_EXHAUSTED)),
    ("throttled", THROTTLED, (RetryReason.THROTTLED,) * 3),
    ("not started", LATE, (RetryReason.UNCLEAR,) * 3),
    ("settling", YOUNG, (RetryReason.SETTLING,) * 3),
]


@pytest.mark.parametrize(("error", "reasons"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_decision(error: Failure, reasons: tuple[str, str, str]) -> None:
    """What's certainly the record's own fault ends at once, and the rest when patience does. Quota has no patience."""
    for failing, reason in zip((NEVER, ALMOST, TOO_LONG), reasons, strict=True):
        decision = POLICY.decide(error, SyncState(failing=failing), NOW)
        assert decision.reason == reason
        assert isinstance(decision, DeadLetter) is isinstance(reason, Reason)


@pytest.mark.parametrize(
    ("error", "only"),
    [
        (MISSING, {"absent": CONTENT}),
        (REFUSED, {"refusals": 5}),
        (EVERYBODY, {"refusals": 5}),
        (UNCLEAR, {"unclear": RETRIES}),
    ],
    ids=["course missing", "refused", "everybody's", "unclear"],
)
def test_each_sort_of_failure_has_a_count_of_its_own(error: Failure, only: dict[str, float]) -> None:
    """After days of waiting for the catalogue, a lost response is still the first failure of its kind."""
    assert isinstance(POLICY.decide(error, SyncState(failing=Failing(**only)), NOW), DeadLetter)
    others = {"absent": CONTENT, "refusals": 5, "unclear": RETRIES}
    failing = Failing(200, **{name: value for name, value in others.items() if name not in only})
    assert isinstance(POLICY.decide(error, SyncState(failing=failing), NOW), Retry)


def test_a_dead_letter_has_the_request_id_of_graph() -> None:
    """A dead letter names the request to Graph, because Microsoft's support asks for its id."""
    letters = [
        POLICY.decide(error, SyncState(failing=TOO_LONG), NOW) for error in (REJECTED, UNCLEAR, EVERYBODY, REFUSED)
    ]
    assert letters == [
        DeadLetter(Reason.LEARNER_UNLICENSED, "create: 400", "r-1"),
        DeadLetter(Reason.RETRIES_EXHAUSTED, "create: 500", "r-2"),
        DeadLetter(Reason.REJECTED_BY_GRAPH, "create: 403", "r-3"),
        DeadLetter(Reason.REJECTED_BY_GRAPH, "create: 403", "r-4"),
    ]


SHORTEST = TIMES.shortest_retry
LEASE = TIMES.leased("me", NOW)
LEASED = SyncState(lease=LEASE)
ATTEMPT = SyncState(lease=LEASE, attempt=Attempt(TIMES.conclusive_from(LEASE)))
LEASE_OVER = TIMES.lease + TIMES.margin
# Each has a name, the failure, the state, and the shortest and longest delay in seconds.
DELAYS: list[tuple[str, Failure, SyncState, float, float]] = [
    (
        "throttled for as long as Graph says",
        of_kind(Throttled("create: 429", after=300.0)),
        SyncState(),
        300.0,
        300.0,
    ),
    ("throttled without a time", of_kind(Throttled("the next slot", after=None)), SyncState(), SHORTEST, 2 * SHORTEST),
    ("throttled after many failures", THROTTLED, SyncState(failing=Failing(99)), 30.0, max(30.0, 2 * SHORTEST)),
    ("the backoff grows", LATE, SyncState(failing=Failing(3)), SHORTEST, 9 * SHORTEST),
    ("the backoff has a limit", LATE, SyncState(failing=Failing(10_000)), SHORTEST, LONGEST_DELAY),
    ("refused", REFUSED, SyncState(failing=Failing(10_000)), SHORTEST, LONGEST_DELAY),
    ("everybody's", EVERYBODY, SyncState(failing=Failing(10_000)), SHORTEST, LONGEST_DELAY),
    ("no connection", DISCONNECTED, SyncState(failing=Failing(3)), SHORTEST, 9 * SHORTEST),
    ("course missing", MISSING, SyncState(failing=Failing(10_000)), SHORTEST, LONGEST_DELAY),
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
        of_kind(Throttled("create: 503", after=1.0, status=503, may_have_effect=True)),
        ATTEMPT,
        LEASE_OVER + TIMES.settle,
        LEASE_OVER + TIMES.settle,
    ),
    ("a refusal under a lease waits for nothing", REFUSED, LEASED, SHORTEST, 2 * SHORTEST),
    ("a young activity waits until Graph shows it", YOUNG, SyncState(failing=Failing(9)), 7.0, 7.0),
    ("a young hold", HELD, SyncState(failing=Failing(9)), SHORTEST, 1.5 * SHORTEST),
    ("an old hold", of_kind(EverybodysFault("held", wait=250.0)), SyncState(failing=Failing(9)), 250.0, 375.0),
]


@pytest.mark.parametrize(
    ("error", "state", "least", "most"), [case[1:] for case in DELAYS], ids=[case[0] for case in DELAYS]
)
def test_the_delay(error: Failure, state: SyncState, least: float, most: float) -> None:
    """A retry comes only when it can succeed. Jitter spreads the records that failed together."""
    delays = [_delay(error, state) for _ in range(200)]
    assert least <= min(delays) <= max(delays) <= most
    assert (len(set(delays)) > 1) is (least < most)
    assert max(delays) - min(delays) >= (most - least) / 2


def _delay(error: Failure, state: SyncState) -> float:
    decision = POLICY.decide(error, state, NOW)
    assert isinstance(decision, Retry)
    return decision.after


DAY = 24 * 3600


def _given_up(
    error: Failure, seed: int, days: int, *, throttled: float, others: bool
) -> tuple[float, float, DeadLetter | None]:
    """Try for this many days. Return for how long, how much of that was waiting for quota, and the dead letter."""
    random = Random(seed)  # noqa: S311  the same in every run
    policy = replace(POLICY, jitter=random.uniform)
    failing, now, waited = None, 0.0, 0.0
    while now < days * DAY:
        met = THROTTLED if random.random() < throttled else error
        failing = failing_after(failing, met, int(now) if others else 0, now)
        decision = policy.decide(met, SyncState(failing=failing), now)
        if isinstance(decision, DeadLetter):
            return now, waited, decision
        now += decision.after
        waited += decision.after if met is THROTTLED else 0.0
    return now, waited, None


@pytest.mark.parametrize("throttled", [0.0, 0.02, 0.5])
@pytest.mark.parametrize(
    ("error", "patience", "reason"),
    [
        (MISSING, CONTENT, Reason.CONTENT_NOT_FOUND),
        (UNCLEAR, RETRIES, Reason.RETRIES_EXHAUSTED),
        (REFUSED, 0.0, Reason.REJECTED_BY_GRAPH),
        (EVERYBODY, 0.0, Reason.REJECTED_BY_GRAPH),
    ],
    ids=["course missing", "unclear", "refused", "everybody's"],
)
def test_nothing_hopeless_is_tried_for_ever(error: Failure, patience: float, reason: Reason, throttled: float) -> None:
    """While others get through, a record is given up within its patience plus the time that it waited for quota."""
    for seed in range(5):
        ended, waited, letter = _given_up(error, seed, 365, throttled=throttled, others=True)
        assert letter is not None
        assert letter.reason == reason
        assert patience <= ended <= patience + waited + 5 * LONGEST_DELAY


@pytest.mark.parametrize(
    "error", [UNCLEAR, REFUSED, EVERYBODY, DISCONNECTED, UNAUTHORISED, HELD, THROTTLED, LATE, YOUNG], ids=str
)
def test_without_a_success_by_anybody_nobody_is_blamed(error: Failure) -> None:
    """A long weekend without Graph, or a week, makes no dead letters."""
    assert _given_up(error, 1, 7, throttled=0.02, others=False)[2] is None


@pytest.mark.parametrize("error", [DISCONNECTED, UNAUTHORISED, HELD, THROTTLED], ids=str)
def test_a_process_without_a_way_to_graph_blames_nobody(error: Failure) -> None:
    """If others get through, the trouble is this process's and not the record's."""
    assert _given_up(error, 1, 30, throttled=0.0, others=True)[2] is None


def test_the_latest_failure_is_remembered_in_words() -> None:
    """Operators see it in the record. A request that wasn't sent is no failure and doesn't replace the earlier text."""
    failing = failing_after(None, REFUSED, 0, NOW)
    assert failing.detail == REFUSED.detail
    assert failing_after(failing, THROTTLED, 0, NOW).detail == REFUSED.detail
    assert failing_after(failing, MISSING, 0, NOW).detail == MISSING.detail
