"""The order of requests: which one is next for what is known of an activity and what is wanted."""

from dataclasses import replace

import pytest

from activities.domain.record import Fixed, SyncState, Wanted
from activities.domain.sync_state import (
    Step,
    absent,
    ahead,
    created,
    creates,
    deleted,
    found,
    next_step,
    settled,
    updated,
    vanished,
)

FIXED = Fixed("assignment", ("entraObjectId", "a"), ("externalId", "LAW-1"), None, "required")
WANT = Wanted("enrolment-1", FIXED, "inProgress", 20, None, None, None, None, None)
OTHER = replace(WANT, fixed=replace(FIXED, assignment_type="recommended"))
FURTHER = replace(WANT, percentage=40)

NOTHING = SyncState()
ATTEMPT = ahead(NOTHING, Step.CREATE, WANT, owner="me", until=60.0)
CREATED = created(ATTEMPT, "id-1", WANT.digest, 30.0)
# Each: its name, what is known, what is wanted, the next step, and whether a create is certain to come.
CASES = [
    ("nothing there, nothing wanted", NOTHING, None, None, False),
    ("nothing there", NOTHING, WANT, Step.CREATE, True),
    ("acknowledged", CREATED, WANT, None, False),
    ("acknowledged otherwise", CREATED, FURTHER, Step.UPDATE, False),
    ("not acknowledged", replace(CREATED, acknowledged=None), WANT, Step.UPDATE, False),
    ("not wanted any more", CREATED, None, Step.DELETE, False),
    ("to be replaced", CREATED, OTHER, Step.DELETE, True),
    ("deleted", deleted(CREATED), OTHER, Step.CREATE, True),
    ("deleted, and not wanted", deleted(CREATED), None, None, False),
    ("unclear", ATTEMPT, WANT, Step.LOOKUP, False),
    ("unclear, and not wanted", ATTEMPT, None, Step.LOOKUP, False),
    ("unclear, and wanted otherwise", ATTEMPT, OTHER, Step.LOOKUP, False),
    ("found", found(ATTEMPT, "id-1", 200.0), WANT, Step.UPDATE, False),
    ("found, and wanted otherwise", found(ATTEMPT, "id-1", 200.0), OTHER, Step.DELETE, True),
    ("found, and not wanted", found(ATTEMPT, "id-1", 200.0), None, Step.DELETE, False),
    ("not found", absent(ATTEMPT), WANT, Step.CREATE, True),
    ("not found, and not wanted", absent(ATTEMPT), None, None, False),
    ("vanished", vanished(CREATED, 200.0), WANT, Step.LOOKUP, False),
    ("updated", updated(CREATED, FURTHER.digest), FURTHER, None, False),
    ("parked", replace(NOTHING, parked="rejected_by_graph"), WANT, Step.CREATE, True),
]


@pytest.mark.parametrize(("state", "want", "step", "certain"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_the_next_step(state: SyncState, want: Wanted | None, step: Step | None, *, certain: bool) -> None:
    """An unclear create comes first, a replace is a delete and a create, and what is acknowledged is left alone."""
    assert (step, certain) == (next_step(state, want), creates(state, want))


@pytest.mark.parametrize("step", [Step.LOOKUP, Step.UPDATE, Step.DELETE])
def test_every_request_is_written_ahead(step: Step) -> None:
    """The lease is taken, and what Graph acknowledged before is not relied on any more."""
    expected = replace(CREATED, lease_owner="you", lease_until=120.0, acknowledged=None)
    assert expected == ahead(CREATED, step, FURTHER, owner="you", until=120.0)


def test_a_create_is_written_ahead_with_what_cannot_be_changed() -> None:
    """Whoever finds the activity after a crash knows what it was created with, and until when it may land."""
    gone = deleted(CREATED)
    expected = replace(
        gone, lease_owner="you", lease_until=120.0, acknowledged=None, attempt_until=120.0, fixed=OTHER.fixed
    )
    assert expected == ahead(gone, Step.CREATE, OTHER, owner="you", until=120.0)
    assert expected.deleted_id == "id-1"


def test_settling_forgets_what_went_wrong() -> None:
    """The lease is free, and patience begins anew; the retry's mark is not settled, for its message is under way."""
    worn = replace(CREATED, failing_since=1.0, failures=3, parked="rejected_by_graph", retry_nonce="n", retry_until=9.0)
    calm = settled(worn)
    assert calm == replace(worn, lease_owner=None, lease_until=0.0, failing_since=None, failures=0, parked=None)
