"""What each response says about an activity, and what each step writes down first."""

from dataclasses import replace

import pytest

from activities.domain.sync_parts import (
    Activity,
    Attempt,
    Check,
    Failing,
    Known,
    Lease,
    RefusedType,
    Replacing,
    RetryMark,
)
from activities.domain.sync_state import SyncState
from activities.domain.terms import ActivityType, ImmutablePart, OwnerIds

REQUIRED, SELF = ActivityType("assignment", "required"), ActivityType("selfInitiated")
IDS = OwnerIds("learner", "content")
IMMUTABLE = ImmutablePart(REQUIRED, IDS)
ACTIVITY = Activity("id-1", since=30.0, immutable=IMMUTABLE, acknowledged="digest")
ATTEMPT = Attempt(130.0, IMMUTABLE)
LEASE = Lease("me", until=60.0)
KNOWN, MARK = Known(IDS, 20.0), RetryMark("nonce", 9.0)
REPLACING, REFUSED = Replacing(REQUIRED, SELF), RefusedType(SELF, REQUIRED)


@pytest.mark.parametrize(
    ("was", "completes", "then"),
    [(False, False, False), (False, True, True), (True, False, True), (True, True, True)],
)
def test_before_an_update_it_is_uncertain_what_graph_has(*, was: bool, completes: bool, then: bool) -> None:
    """What was acknowledged is no longer relied on. The activity may be completed before the response says so."""
    state = SyncState(replace(ACTIVITY, completed=was)).leased_for_update(LEASE, completes=completes)
    assert state == SyncState(replace(ACTIVITY, acknowledged=None, completed=then), lease=LEASE)


@pytest.mark.parametrize("replacing", [None, REPLACING])
@pytest.mark.parametrize("known", [None, KNOWN])
def test_before_a_delete_it_is_noted_what_comes_after(replacing: Replacing | None, known: Known | None) -> None:
    """After a crash, the record says what was to replace the activity, or that it was to be rebound."""
    state = SyncState(ACTIVITY, known=KNOWN).leased_for_delete(LEASE, replacing, known)
    uncertain = replace(ACTIVITY, acknowledged=None)
    assert state == SyncState(uncertain, lease=LEASE, replacing=replacing, known=known)


def test_an_attempt_is_noted_before_a_create() -> None:
    """After a crash, the record says what was about to be created, and from when on a lookup shows it."""
    gone = SyncState(ACTIVITY, known=KNOWN).deleted(ACTIVITY)
    assert gone.attempting(LEASE, ATTEMPT) == SyncState(lease=LEASE, attempt=ATTEMPT, deleted_id="id-1", known=KNOWN)


def test_a_request_that_changes_nothing_leaves_what_is_known() -> None:
    """A lookup or a comparison takes the lease and nothing else."""
    assert SyncState(ACTIVITY).leased_for_reading(LEASE) == SyncState(ACTIVITY, lease=LEASE)


def test_an_acknowledged_create_ends_the_attempt() -> None:
    """The owner is known, and a replace is over. For a while, a lookup may still show the deleted activity."""
    state = SyncState(attempt=ATTEMPT, deleted_id="id-0", replacing=REPLACING, refused=REFUSED)
    expected = SyncState(ACTIVITY, known=Known(IDS, 40.0), refused=REFUSED, deleted_id="id-0")
    assert state.created(ACTIVITY, 40.0) == expected


def test_an_acknowledged_update_is_remembered() -> None:
    """The digest that Graph acknowledged is the one that was sent."""
    acknowledged = replace(ACTIVITY, acknowledged="other", completed=True)
    assert SyncState(ACTIVITY, lease=LEASE).updated(acknowledged) == SyncState(acknowledged, lease=LEASE)


def test_a_lookup_ends_an_attempt() -> None:
    """A lookup either finds the activity or shows that there is none."""
    state = SyncState(attempt=ATTEMPT, deleted_id="id-0", replacing=REPLACING)
    assert state.found(ACTIVITY, 40.0) == SyncState(ACTIVITY, deleted_id="id-0", known=Known(IDS, 40.0))
    assert state.attempt_ended() == SyncState(deleted_id="id-0", replacing=REPLACING)


def test_an_activity_that_vanished_does_not_count_as_deleted() -> None:
    """The app didn't delete it, so a lookup that finds it is believed."""
    assert SyncState(ACTIVITY, known=KNOWN).vanished(ATTEMPT) == SyncState(attempt=ATTEMPT, known=KNOWN)


def test_what_references_lead_to_is_confirmed() -> None:
    """A record that never had an activity has nothing to confirm."""
    assert SyncState(known=KNOWN).confirmed(50.0) == SyncState(known=Known(IDS, 50.0))
    assert SyncState().confirmed(50.0) == SyncState()


def test_after_a_refusal_the_former_activity_is_brought_back() -> None:
    """The refused create had no effect, so its attempt is over."""
    restoring = SyncState(attempt=ATTEMPT, replacing=REPLACING, deleted_id="id-0").restoring()
    assert restoring == SyncState(replacing=replace(REPLACING, restores=True), deleted_id="id-0")


def test_a_replace_that_never_began_is_forgotten() -> None:
    """Graph certainly didn't delete the former activity, so there's nothing to bring back."""
    assert SyncState(ACTIVITY, replacing=REPLACING).not_replacing() == SyncState(ACTIVITY)


def test_settling_forgets_what_went_wrong() -> None:
    """The lease is given back, and patience starts again. The retry mark stays, because its message is on its way."""
    troubled = SyncState(
        ACTIVITY,
        lease=LEASE,
        retry=MARK,
        failing=Failing(3),
        replacing=REPLACING,
        refused=REFUSED,
        waiting_since=1.0,
        parked="rejected_by_graph",
    )
    assert troubled.settled() == SyncState(ACTIVITY, retry=MARK, sweep=True)


def test_a_refusal_that_stands_keeps_its_letter() -> None:
    """The activity isn't of the type that the events ask for, and the letter says why."""
    refused = SyncState(ACTIVITY, lease=LEASE, refused=REFUSED, parked="rejected_by_graph", letter=1)
    assert refused.settled(refusal_stands=True) == replace(refused, lease=None)
    assert SyncState(ACTIVITY).refusing(REFUSED).refusing(None) == SyncState(ACTIVITY)


def test_a_parked_record_that_settles_has_a_letter_to_sweep() -> None:
    """The letter is numbered, so that a later one is told apart. The next letter replaces what was to be swept."""
    settled = SyncState(ACTIVITY, parked="rejected_by_graph", letter=1).settled()
    assert SyncState(ACTIVITY, letter=1, sweep=True) == settled == settled.settled()
    parked = replace(settled, failing=Failing(3), waiting_since=1.0).parking("content_not_found", LEASE)
    assert SyncState(ACTIVITY, lease=LEASE, letter=2, parked="content_not_found") == parked
    assert SyncState(ACTIVITY, letter=1) == settled.swept()


def test_an_operator_begins_patience_anew() -> None:
    """A redrive doesn't wait for the retry and forgets refusals, but not what Graph has."""
    state = SyncState(ACTIVITY, retry=MARK, failing=Failing(9), refused=REFUSED, known=KNOWN, waiting_since=1.0)
    assert state.anew() == SyncState(ACTIVITY, known=KNOWN, waiting_since=1.0)


def test_a_record_waits_since_its_first_retry() -> None:
    """Operators see for how long, and a completion of unknown kind waits no longer than its grace time."""
    waiting = SyncState().waiting(5.0)
    assert waiting == waiting.waiting(9.0) == SyncState(waiting_since=5.0)
    assert waiting.marked(MARK) == SyncState(retry=MARK, waiting_since=5.0)


@pytest.mark.parametrize(("differed", "acknowledged"), [("", "digest"), ("status", None)])
def test_a_check_that_finds_a_difference_leads_to_an_update(differed: str, acknowledged: str | None) -> None:
    """If somebody else changed something in Graph, it's put right."""
    check = Check(70.0, "{}", differed)
    expected = SyncState(replace(ACTIVITY, acknowledged=acknowledged), check=check)
    assert expected == SyncState(ACTIVITY).checked(check)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (SyncState(), "settled"),
        (SyncState(ACTIVITY), "settled"),
        (SyncState(ACTIVITY, known=KNOWN, refused=REFUSED, sweep=True), "settled"),
        (SyncState(replace(ACTIVITY, acknowledged=None)), "waiting"),
        (SyncState(ACTIVITY, lease=LEASE), "waiting"),
        (SyncState(ACTIVITY, retry=MARK), "waiting"),
        (SyncState(failing=Failing()), "waiting"),
        (SyncState(attempt=ATTEMPT, lease=LEASE), "unclear"),
        (SyncState(attempt=Attempt(0.0)), "unclear"),
        (SyncState(attempt=ATTEMPT, parked="retries_exhausted"), "parked"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_state_in_a_word(state: SyncState, word: str) -> None:
    """Operators count records by this word."""
    assert word == state.state
