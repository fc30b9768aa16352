"""Which step comes next for a record, given the desired state and what is known of the activity."""

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
    """Return the fields of one event."""
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
    """Return what the activity should be according to these fields."""
    found = desired_state(ActivityRecord("enrolment-1", of))
    assert found is not None
    return found


STATE, FURTHER_STATE, OTHER_STATE = desired(ASSIGNED), desired(FURTHER), desired(OTHER)
IDS = ResolvedIds("learner", "content")
ACKNOWLEDGED = Activity("id-1", since=0.0, immutable=STATE.immutable, acknowledged=STATE.digest)
UNCERTAIN = replace(ACKNOWLEDGED, acknowledged=None)
ATTEMPT = Attempt(STATE.immutable, conclusive_from=NOW)
EARLY = Attempt(STATE.immutable, conclusive_from=NOW + 1)
OURS, THEIRS = Lease("we", NOW + 30), Lease("they", NOW + 30)
MARK = RetryMark("nonce", NOW + 1)

# Each has a name, what the events say, the sync state, and what comes next once references are resolved.
CASES: list[tuple[str, Fields, SyncState, Plan]] = [
    ("nothing there, nothing desired", NOTHING, SyncState(), Settled()),
    ("nothing there", ASSIGNED, SyncState(), Create(STATE, IDS)),
    ("acknowledged", ASSIGNED, SyncState(ACKNOWLEDGED), Settled()),
    ("another state acknowledged", FURTHER, SyncState(ACKNOWLEDGED), Update(ACKNOWLEDGED, FURTHER_STATE)),
    ("not acknowledged", ASSIGNED, SyncState(UNCERTAIN), Update(UNCERTAIN, STATE)),
    ("no longer desired", NOTHING, SyncState(ACKNOWLEDGED), Delete(ACKNOWLEDGED)),
    ("to be replaced", OTHER, SyncState(ACKNOWLEDGED), Delete(ACKNOWLEDGED)),
    ("deleted", OTHER, SyncState(deleted_id="id-1"), Create(OTHER_STATE, IDS)),
    ("deleted, and not desired", NOTHING, SyncState(deleted_id="id-1"), Settled()),
    ("unclear", ASSIGNED, SyncState(attempt=ATTEMPT), Lookup("enrolment-1", ATTEMPT)),
    ("unclear, and not desired", NOTHING, SyncState(attempt=ATTEMPT), Lookup("enrolment-1", ATTEMPT)),
    ("unclear, and another state desired", OTHER, SyncState(attempt=ATTEMPT), Lookup("enrolment-1", ATTEMPT)),
    ("unclear, and too early", ASSIGNED, SyncState(attempt=EARLY), WaitUntil(NOW + 1, RetryReason.UNCLEAR)),
    ("parked", ASSIGNED, SyncState(parked="rejected_by_graph"), Create(STATE, IDS)),
    ("our lease", ASSIGNED, SyncState(lease=OURS), Create(STATE, IDS)),
    ("another's lease", ASSIGNED, SyncState(lease=THEIRS), WaitUntil(NOW + 40, RetryReason.LEASED)),
    (
        "another's lease, though settled",
        ASSIGNED,
        SyncState(ACKNOWLEDGED, lease=THEIRS),
        WaitUntil(NOW + 40, RetryReason.LEASED),
    ),
    (
        "a lease that is over, but not by every clock",
        ASSIGNED,
        SyncState(lease=Lease("they", NOW - 9)),
        WaitUntil(NOW + 1, RetryReason.LEASED),
    ),
    ("a lease that is over", ASSIGNED, SyncState(lease=Lease("they", NOW - 10)), Create(STATE, IDS)),
    ("a retry under way", FURTHER, SyncState(ACKNOWLEDGED, retry=MARK), MergeOnly()),
    ("a retry under way, and another's lease", FURTHER, SyncState(ACKNOWLEDGED, lease=THEIRS, retry=MARK), MergeOnly()),
    (
        "a mark that has lapsed",
        FURTHER,
        SyncState(ACKNOWLEDGED, retry=RetryMark("nonce", NOW)),
        Update(ACKNOWLEDGED, FURTHER_STATE),
    ),
    (
        "a mark under our own lease",
        FURTHER,
        SyncState(ACKNOWLEDGED, lease=OURS, retry=MARK),
        Update(ACKNOWLEDGED, FURTHER_STATE),
    ),
]


def plan_of(of: Fields, state: SyncState, invocation: Invocation) -> Plan:
    """Return what comes next for a record with these fields and this state."""
    return plan(ActivityRecord("enrolment-1", of, state), invocation, NOW, TIMES)


@pytest.mark.parametrize(("of", "state", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_plan(of: Fields, state: SyncState, expected: Plan) -> None:
    """An unclear create comes first, a replace begins with a delete, and an acknowledged state needs no request."""
    resolved = Invocation("we", {STATE.immutable: IDS, OTHER_STATE.immutable: IDS})
    assert plan_of(of, state, resolved) == expected


@pytest.mark.parametrize(("of", "state", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_references_are_resolved_before_a_create_or_a_replace(of: Fields, state: SyncState, expected: Plan) -> None:
    """If the learner cannot be found, the existing activity is not deleted. Other steps need no references."""
    if isinstance(expected, Create):
        expected = Resolve(expected.desired.immutable, expected.kind)
    if isinstance(expected, Delete) and of is OTHER:
        expected = Resolve(OTHER_STATE.immutable, expected.kind)
    assert plan_of(of, state, Invocation("we")) == expected


def test_a_replace_is_admitted_under_the_kind_of_the_existing_activity() -> None:
    """Its first request deletes that activity, and each kind has a permission of its own."""
    self_initiated = {**ASSIGNED, **fields(kind="selfInitiated")}
    assert plan_of(self_initiated, SyncState(ACKNOWLEDGED), Invocation("we")) == Resolve(
        desired(self_initiated).immutable, "assignment"
    )
