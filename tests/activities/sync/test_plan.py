"""What comes next about a record, for what is known of its activity and what the activity should be."""

from dataclasses import replace

import pytest

from activities.domain.desired import Desired, desired_state
from activities.domain.fields import Clock, Field, Fields
from activities.domain.outcomes import RetryReason
from activities.domain.record import ActivityRecord
from activities.domain.sync_state import Activity, Attempt, Lease, RetryMark, SyncState
from activities.domain.terms import ResolvedIds
from activities.domain.times import Times
from activities.sync.plan import (
    Create,
    Delete,
    Invocation,
    Lookup,
    MergeOnly,
    Plan,
    Resolve,
    Settled,
    Update,
    WaitUntil,
    plan,
)

TIMES = Times(deadline=40, lease=60, margin=10, settle=60)
NOW = 1_000.0


def fields(**values: str | int | bool | list[str]) -> Fields:
    """Fields of one event."""
    return {name: Field(Clock(0, "event", "value"), value) for name, value in values.items()}


ASSIGNED = fields(
    present=True,
    kind="assignment",
    learner=["entraObjectId", "a"],
    course=["externalId", "LAW-1"],
    assignmentType="required",
    percentage=20,
)
NOTHING: Fields = {}
FURTHER = {**ASSIGNED, **fields(percentage=40)}
OTHER = {**ASSIGNED, **fields(assignmentType="recommended")}


def desired(of: Fields) -> Desired:
    """What the activity of these fields should be."""
    found = desired_state(ActivityRecord("enrolment-1", of))
    assert found is not None
    return found


WANT, WANT_FURTHER, WANT_OTHER = desired(ASSIGNED), desired(FURTHER), desired(OTHER)
IDS = ResolvedIds("learner", "content")
THERE = Activity("id-1", since=0.0, immutable=WANT.immutable, acknowledged=WANT.digest)
UNCERTAIN = replace(THERE, acknowledged=None)
ATTEMPT = Attempt(WANT.immutable, conclusive_from=NOW)
EARLY = Attempt(WANT.immutable, conclusive_from=NOW + 1)
OURS, THEIRS = Lease("we", NOW + 30), Lease("they", NOW + 30)
MARK = RetryMark("nonce", NOW + 1)

# Each: its name, what the events say, what is known, and what comes next once references are resolved.
CASES: list[tuple[str, Fields, SyncState, Plan]] = [
    ("nothing there, nothing desired", NOTHING, SyncState(), Settled()),
    ("nothing there", ASSIGNED, SyncState(), Create(WANT, IDS)),
    ("acknowledged", ASSIGNED, SyncState(THERE), Settled()),
    ("acknowledged otherwise", FURTHER, SyncState(THERE), Update(THERE, WANT_FURTHER)),
    ("not acknowledged", ASSIGNED, SyncState(UNCERTAIN), Update(UNCERTAIN, WANT)),
    ("no longer desired", NOTHING, SyncState(THERE), Delete(THERE)),
    ("to be replaced", OTHER, SyncState(THERE), Delete(THERE)),
    ("deleted", OTHER, SyncState(deleted_id="id-1"), Create(WANT_OTHER, IDS)),
    ("deleted, and not desired", NOTHING, SyncState(deleted_id="id-1"), Settled()),
    ("unclear", ASSIGNED, SyncState(attempt=ATTEMPT), Lookup("enrolment-1", ATTEMPT)),
    ("unclear, and not desired", NOTHING, SyncState(attempt=ATTEMPT), Lookup("enrolment-1", ATTEMPT)),
    ("unclear, and desired otherwise", OTHER, SyncState(attempt=ATTEMPT), Lookup("enrolment-1", ATTEMPT)),
    ("unclear, and too early", ASSIGNED, SyncState(attempt=EARLY), WaitUntil(NOW + 1, RetryReason.UNCLEAR)),
    ("parked", ASSIGNED, SyncState(parked="rejected_by_graph"), Create(WANT, IDS)),
    ("our lease", ASSIGNED, SyncState(lease=OURS), Create(WANT, IDS)),
    ("somebody's lease", ASSIGNED, SyncState(lease=THEIRS), WaitUntil(NOW + 40, RetryReason.LEASED)),
    (
        "somebody's lease, though settled",
        ASSIGNED,
        SyncState(THERE, lease=THEIRS),
        WaitUntil(NOW + 40, RetryReason.LEASED),
    ),
    (
        "a lease that is over, but not by every clock",
        ASSIGNED,
        SyncState(lease=Lease("they", NOW - 9)),
        WaitUntil(NOW + 1, RetryReason.LEASED),
    ),
    ("a lease that is over", ASSIGNED, SyncState(lease=Lease("they", NOW - 10)), Create(WANT, IDS)),
    ("a retry under way", FURTHER, SyncState(THERE, retry=MARK), MergeOnly()),
    ("a retry under way, and somebody's lease", FURTHER, SyncState(THERE, lease=THEIRS, retry=MARK), MergeOnly()),
    (
        "a mark that has lapsed",
        FURTHER,
        SyncState(THERE, retry=RetryMark("nonce", NOW)),
        Update(THERE, WANT_FURTHER),
    ),
    ("a mark under our own lease", FURTHER, SyncState(THERE, lease=OURS, retry=MARK), Update(THERE, WANT_FURTHER)),
]


def plan_of(of: Fields, state: SyncState, invocation: Invocation) -> Plan:
    """What comes next for a record of these fields and this state."""
    return plan(ActivityRecord("enrolment-1", of, state), invocation, NOW, TIMES)


@pytest.mark.parametrize(("of", "state", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_plan(of: Fields, state: SyncState, expected: Plan) -> None:
    """An unclear create comes first, a replace is a delete and a create, and what is acknowledged is left alone."""
    resolved = Invocation("we", {WANT.immutable: IDS, WANT_OTHER.immutable: IDS})
    assert plan_of(of, state, resolved) == expected


@pytest.mark.parametrize(("of", "state", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_references_are_resolved_before_a_create_or_a_replace(of: Fields, state: SyncState, expected: Plan) -> None:
    """A learner who cannot be found must not cost the activity that is there; nothing else needs references."""
    if isinstance(expected, Create):
        expected = Resolve(expected.desired.immutable, expected.kind)
    if isinstance(expected, Delete) and of is OTHER:
        expected = Resolve(WANT_OTHER.immutable, expected.kind)
    assert plan_of(of, state, Invocation("we")) == expected


def test_a_replace_is_admitted_as_a_request_about_the_activity_that_is_there() -> None:
    """The first request of a replace deletes an activity of the former kind, which has a permission of its own."""
    self_initiated = {**ASSIGNED, **fields(kind="selfInitiated")}
    assert plan_of(self_initiated, SyncState(THERE), Invocation("we")) == Resolve(
        desired(self_initiated).immutable, "assignment"
    )
