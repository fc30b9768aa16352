"""What each response says about an activity."""

from dataclasses import replace

import pytest

from activities.domain.sync_state import Activity, Attempt, Failing, Lease, RetryMark, SyncState
from activities.domain.terms import ImmutablePart, Reference

IMMUTABLE = ImmutablePart(
    "assignment", Reference("entraObjectId", "a"), Reference("externalId", "LAW-1"), None, "required"
)
ACTIVITY = Activity("id-1", since=30.0, immutable=IMMUTABLE, acknowledged="digest")
ATTEMPT = Attempt(IMMUTABLE, conclusive_from=130.0)
LEASE = Lease("me", until=60.0)


def test_a_claim_takes_the_lease() -> None:
    """What Graph acknowledged before is no longer relied on."""
    uncertain = Activity("id-1", since=30.0, immutable=IMMUTABLE)
    assert SyncState(uncertain, lease=LEASE) == SyncState(ACTIVITY).leased_for_change(LEASE)


def test_an_attempt_is_noted_before_a_create() -> None:
    """After a crash, the record says what was about to be created and from when on a lookup shows it."""
    gone = SyncState(ACTIVITY).deleted(ACTIVITY)
    assert gone.leased_for_change(LEASE).attempting(ATTEMPT) == SyncState(
        lease=LEASE, attempt=ATTEMPT, deleted_id="id-1"
    )


def test_an_acknowledged_create_ends_the_attempt() -> None:
    """From then on, a lookup can no longer show what was deleted before."""
    assert SyncState(attempt=ATTEMPT, deleted_id="id-0").created(ACTIVITY) == SyncState(ACTIVITY)


def test_a_lookup_ends_an_attempt() -> None:
    """A lookup either finds the activity or shows that there is none."""
    state = SyncState(attempt=ATTEMPT, deleted_id="id-0")
    assert state.found(ACTIVITY) == SyncState(ACTIVITY, deleted_id="id-0")
    assert state.attempt_ended() == SyncState(deleted_id="id-0")


def test_an_activity_that_vanished_does_not_count_as_deleted() -> None:
    """The service did not delete it, so a lookup that finds it is believed."""
    assert SyncState(ACTIVITY).vanished(ATTEMPT) == SyncState(attempt=ATTEMPT)


def test_settling_forgets_what_went_wrong() -> None:
    """The lease is given back, and patience starts again. The retry mark stays, because its message is on its way."""
    mark = RetryMark("nonce", 9.0)
    troubled = SyncState(ACTIVITY, lease=LEASE, retry=mark, failing=Failing(3, since=1.0), parked="rejected_by_graph")
    assert troubled.settled() == SyncState(ACTIVITY, retry=mark, sweep=True)


def test_a_parked_record_that_settles_has_a_letter_to_sweep() -> None:
    """The letter is numbered, so that a later one is told apart. The next letter replaces what was to be swept."""
    settled = SyncState(ACTIVITY, parked="rejected_by_graph", letter=1).settled()
    assert SyncState(ACTIVITY, letter=1, sweep=True) == settled
    assert SyncState(ACTIVITY, lease=LEASE, letter=2) == settled.with_next_letter(LEASE)
    assert SyncState(ACTIVITY, letter=1) == settled.swept()


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (SyncState(), "settled"),
        (SyncState(ACTIVITY), "settled"),
        (SyncState(replace(ACTIVITY, acknowledged=None)), "waiting"),
        (SyncState(ACTIVITY, lease=LEASE), "waiting"),
        (SyncState(ACTIVITY, retry=RetryMark("n", 1.0)), "waiting"),
        (SyncState(attempt=ATTEMPT, lease=LEASE), "unclear"),
        (SyncState(attempt=ATTEMPT, parked="retries_exhausted"), "parked"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_state_in_a_word(state: SyncState, word: str) -> None:
    """Operators count records by it."""
    assert word == state.state
