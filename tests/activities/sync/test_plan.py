"""Which step comes next for a record, given the desired state and what's known of the activity."""

from dataclasses import replace

import pytest

from activities.domain.fields import Facts
from activities.domain.outcomes import RetryReason
from activities.domain.retry_policy import LONGEST_DELAY
from activities.domain.sync_parts import Lease, Replacing, RetryMark
from activities.domain.sync_state import SyncState
from activities.sync.plan import Invocation
from activities.sync.steps import Create, Delete, MergeOnly, Plan, Resolve, Settled, Update, WaitUntil
from tests.activities.sync.records import (
    ACKNOWLEDGED,
    ASSIGNED,
    ATTEMPT,
    DONE,
    EARLY,
    FURTHER,
    FURTHER_STATE,
    KNOWN,
    LOOKUP,
    MARK,
    NOTHING,
    NOW,
    OTHER,
    OTHER_STATE,
    OURS,
    RECOMMENDED,
    REFUSED,
    REQUIRED,
    RESOLVED,
    SELF,
    SELF_TYPE,
    STATE,
    SUBJECT,
    THEIRS,
    UNCERTAIN,
    completed,
    desired,
    plan_of,
)

# Each has a name, what the events say, the sync state, and what comes next once references are resolved.
CASES: list[tuple[str, Facts, SyncState, Plan]] = [
    ("nothing there, nothing desired", NOTHING, SyncState(), Settled()),
    ("nothing there", ASSIGNED, SyncState(), Create(STATE, RESOLVED)),
    ("acknowledged", ASSIGNED, SyncState(ACKNOWLEDGED), Settled()),
    ("another state acknowledged", FURTHER, SyncState(ACKNOWLEDGED), Update(ACKNOWLEDGED, FURTHER_STATE)),
    ("not acknowledged", ASSIGNED, SyncState(UNCERTAIN), Update(UNCERTAIN, STATE)),
    ("no longer desired", NOTHING, SyncState(ACKNOWLEDGED), Delete(ACKNOWLEDGED)),
    (
        "another assignment type",
        OTHER,
        SyncState(ACKNOWLEDGED),
        Delete(ACKNOWLEDGED, Replacing(REQUIRED, RECOMMENDED)),
    ),
    ("another kind", SELF, SyncState(ACKNOWLEDGED), Delete(ACKNOWLEDGED, Replacing(REQUIRED, SELF_TYPE))),
    (
        "another type of a completed activity",
        completed(OTHER),
        SyncState(ACKNOWLEDGED),
        Update(ACKNOWLEDGED, desired(completed(OTHER), SyncState(ACKNOWLEDGED))),
    ),
    (
        "another type of an activity that Graph may show as completed",
        OTHER,
        SyncState(DONE),
        Settled(),
    ),
    ("another type that Graph refused", OTHER, SyncState(ACKNOWLEDGED, refused=REFUSED), Settled(refusal_stands=True)),
    (
        "another type that may be refused to everybody, for a while",
        OTHER,
        SyncState(ACKNOWLEDGED, refused=replace(REFUSED, until=NOW + 60)),
        WaitUntil(NOW + 60, RetryReason.REFUSED),
    ),
    (
        "another type that may be refused to everybody, for long",
        OTHER,
        SyncState(ACKNOWLEDGED, refused=replace(REFUSED, until=NOW + 9_999)),
        WaitUntil(NOW + LONGEST_DELAY, RetryReason.REFUSED),
    ),
    ("a wish that is no longer refused", ASSIGNED, SyncState(ACKNOWLEDGED, refused=REFUSED), Settled()),
    ("deleted", OTHER, SyncState(deleted_id="id-1"), Create(OTHER_STATE, RESOLVED)),
    ("deleted, and not desired", NOTHING, SyncState(deleted_id="id-1"), Settled()),
    (
        "deleted in order to replace it",
        OTHER,
        SyncState(deleted_id="id-1", known=KNOWN, replacing=Replacing(REQUIRED, RECOMMENDED)),
        Create(OTHER_STATE, RESOLVED),
    ),
    (
        "to be brought back",
        OTHER,
        SyncState(deleted_id="id-1", known=KNOWN, replacing=Replacing(REQUIRED, RECOMMENDED, restores=True)),
        Create(STATE, RESOLVED),
    ),
    ("unclear", ASSIGNED, SyncState(attempt=ATTEMPT), LOOKUP),
    ("unclear, and not desired", NOTHING, SyncState(attempt=ATTEMPT), LOOKUP),
    ("unclear, and another state desired", OTHER, SyncState(attempt=ATTEMPT), LOOKUP),
    ("unclear, and too early", ASSIGNED, SyncState(attempt=EARLY), WaitUntil(NOW + 1, RetryReason.UNCLEAR)),
    ("parked", ASSIGNED, SyncState(parked="rejected_by_graph"), Create(STATE, RESOLVED)),
    ("our lease", ASSIGNED, SyncState(lease=OURS), Create(STATE, RESOLVED)),
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
    ("a lease that is over", ASSIGNED, SyncState(lease=Lease("they", NOW - 10)), Create(STATE, RESOLVED)),
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


@pytest.mark.parametrize(("of", "state", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_plan(of: Facts, state: SyncState, expected: Plan) -> None:
    """An unclear create comes first, a replace begins with a delete, and an acknowledged state needs no request."""
    assert plan_of(of, state, Invocation("we", RESOLVED)) == expected


@pytest.mark.parametrize(("of", "state", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_references_are_resolved_before_a_create_or_a_replace(of: Facts, state: SyncState, expected: Plan) -> None:
    """If the learner can't be found, the existing activity isn't deleted. Other steps need no references.

    Nothing is resolved between the delete and the create of a replace, because nothing may come between them.
    """
    if isinstance(expected, Create) and state.replacing is None:
        expected = Resolve(SUBJECT, (f"create/{expected.desired.kind}",))
    if isinstance(expected, Delete) and expected.replacing is not None:
        wanted = expected.replacing.wanted
        expected = Resolve(SUBJECT, ("delete/assignment", f"create/{wanted.kind}"), role=wanted.kind)
    assert plan_of(of, state, Invocation("we")) == expected
