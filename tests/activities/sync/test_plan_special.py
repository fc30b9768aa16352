"""Which step comes next when other things matter too: tasks, old ids, a lost ledger, an unknown kind."""

from dataclasses import replace

import pytest

from activities.domain.fields import Facts
from activities.domain.outcomes import RetryReason
from activities.domain.record import ActivityRecord
from activities.domain.sync_parts import Attempt, Known
from activities.domain.sync_state import SyncState
from activities.domain.terms import Reference, ResolvedIds
from activities.sync.plan import CONFIRMED_FOR, Invocation, plan
from activities.sync.steps import Compare, Create, Delete, Lookup, Plan, Resolve, Settled, Update, WaitUntil
from tests.activities.sync.records import (
    ACKNOWLEDGED,
    ASSIGNED,
    ATTEMPT,
    FURTHER,
    FURTHER_STATE,
    IDS,
    KNOWN,
    NOTHING,
    NOW,
    OTHER,
    OTHERS_IDS,
    OWNER,
    RESOLVED,
    SELF,
    STATE,
    SUBJECT,
    TIMES,
    completed,
    desired,
    plan_of,
    said,
)

ASSIGNER = Reference("email", "lee@contoso.example")
BY_LEE = Facts({**ASSIGNED.fields, **said(assigner=list(ASSIGNER)).fields})
SETTLED = SyncState(ACKNOWLEDGED, known=KNOWN)


def test_only_what_is_created_needs_an_assigner() -> None:
    """An assigner is looked up together with the owner, before a create, and never for an update."""
    assert plan_of(BY_LEE, SyncState(), Invocation("we")) == Resolve(SUBJECT, ("create/assignment",), ASSIGNER)
    assert plan_of(BY_LEE, SETTLED, Invocation("we")) == Settled()


@pytest.mark.parametrize(
    ("of", "resolved", "expected"),
    [
        (ASSIGNED, None, Resolve(SUBJECT, ("delete/assignment", "create/assignment"))),
        (ASSIGNED, RESOLVED, Settled()),
        (FURTHER, RESOLVED, Update(ACKNOWLEDGED, FURTHER_STATE)),
        (ASSIGNED, ResolvedIds(OTHERS_IDS), Delete(ACKNOWLEDGED, rebinds=True)),
        (NOTHING, None, Delete(ACKNOWLEDGED)),
    ],
    ids=["whose is it", "the same owner's", "the same owner's, and late", "somebody else's", "not desired"],
)
def test_a_rebind(of: Facts, resolved: ResolvedIds | None, expected: Plan) -> None:
    """An activity is deleted only if it turns out to be somebody else's."""
    assert plan_of(of, SETTLED, Invocation("we", resolved, rebinds=True)) == expected


def test_a_rebind_of_an_unclear_create_believes_what_graph_says() -> None:
    """The attempt may have named the wrong person, which is what the operator wants to correct."""
    looked_up = plan_of(ASSIGNED, SyncState(attempt=ATTEMPT), Invocation("we", rebinds=True))
    assert looked_up == Lookup("enrolment-1", ATTEMPT, "assignment", None)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (ASSIGNED, Compare(ACKNOWLEDGED, STATE)),
        (FURTHER, Update(ACKNOWLEDGED, FURTHER_STATE)),
        (NOTHING, Delete(ACKNOWLEDGED)),
    ],
    ids=["settled", "late", "not desired"],
)
def test_a_check(of: Facts, expected: Plan) -> None:
    """Only a settled activity is compared. Any other is synced, as with every message."""
    assert plan_of(of, SETTLED, Invocation("we", checks=True)) == expected
    assert plan_of(of, SyncState(), Invocation("we", checks=True)) == plan_of(of, SyncState(), Invocation("we"))


@pytest.mark.parametrize(
    ("ago", "resolved", "expected"),
    [
        (CONFIRMED_FOR, None, Update(ACKNOWLEDGED, FURTHER_STATE)),
        (CONFIRMED_FOR + 1, None, Resolve(SUBJECT, ("update/assignment",), may_fail=True)),
        (CONFIRMED_FOR + 1, RESOLVED, Update(ACKNOWLEDGED, FURTHER_STATE)),
    ],
    ids=["recently", "long ago", "just now"],
)
def test_old_ids_are_confirmed_before_an_update(ago: float, resolved: ResolvedIds | None, expected: Plan) -> None:
    """An address may have been given to somebody else. Somebody who can't be found any more was only renamed."""
    state = SyncState(ACKNOWLEDGED, known=Known(IDS, NOW - ago))
    assert plan_of(FURTHER, state, Invocation("we", resolved)) == expected
    assert plan_of(ASSIGNED, state, Invocation("we")) == Settled()


LOST = SyncState(attempt=Attempt(0.0))


@pytest.mark.parametrize(
    ("owned", "resolved", "expected"),
    [
        (True, None, Resolve(SUBJECT, ("read/assignment",))),
        (True, RESOLVED, Lookup("enrolment-1", Attempt(0.0), "assignment", IDS)),
        (False, None, Lookup("enrolment-1", Attempt(0.0), "assignment")),
    ],
    ids=["whose is it", "looked up", "of a removal that names nobody"],
)
def test_after_the_ledger_was_lost_an_activity_is_looked_up_first(
    resolved: ResolvedIds | None, expected: Plan, *, owned: bool
) -> None:
    """What's found has to be the owner's, so the owner is looked up first."""
    about = ActivityRecord("enrolment-1", OWNER if owned else None, ASSIGNED, LOST)
    assert plan(about, STATE if owned else None, Invocation("we", resolved), NOW, TIMES) == expected


def test_an_id_that_is_not_plain_is_looked_up_as_graph_knows_it() -> None:
    """Graph has the hash of such an id."""
    about = ActivityRecord("moodle:42", OWNER, ASSIGNED, SyncState(attempt=ATTEMPT))
    step = plan(about, None, Invocation("we"), NOW, TIMES)
    assert step == Lookup("46d63be6-9398-522e-bc6e-0206b44799e5", ATTEMPT, "assignment", IDS)


UNKNOWN = completed(said(present=True))
# Each has a name, what the events say, the state, and until when it waits (None: not at all).
GRACE: list[tuple[str, Facts, SyncState, float | None]] = [
    ("completed, and nobody has told its kind", UNKNOWN, SyncState(), NOW + 120),
    ("for a while", UNKNOWN, SyncState(waiting_since=NOW - 50), NOW + 70),
    ("for long enough", UNKNOWN, SyncState(waiting_since=NOW - 120), None),
    ("completed, and assigned", completed(ASSIGNED), SyncState(), None),
    ("completed, and self-initiated", completed(SELF), SyncState(), None),
    ("in progress", said(present=True, percentage=20), SyncState(), None),
]


@pytest.mark.parametrize(("of", "state", "until"), [case[1:] for case in GRACE], ids=[case[0] for case in GRACE])
def test_a_completion_waits_for_its_kind(of: Facts, state: SyncState, until: float | None) -> None:
    """A completed activity keeps its kind for good, and the assignment may be on its way."""
    expected = Create(desired(of), RESOLVED) if until is None else WaitUntil(until, RetryReason.AWAITING_KIND)
    assert plan_of(of, state, Invocation("we", RESOLVED)) == expected


def test_a_completed_activity_does_not_wait_for_its_kind() -> None:
    """Only a create decides the kind."""
    state = replace(SETTLED, activity=replace(ACKNOWLEDGED, acknowledged=None))
    assert isinstance(plan_of(UNKNOWN, state, Invocation("we")), Update)


def test_a_replace_asks_for_every_permission_that_it_needs() -> None:
    """The delete needs the permission of the former kind, and the create needs the other kind's."""
    assert plan_of(SELF, SETTLED, Invocation("we")) == Resolve(
        SUBJECT, ("delete/assignment", "create/selfInitiated"), role="selfInitiated"
    )
    assert plan_of(OTHER, SETTLED, Invocation("we")) == Resolve(
        SUBJECT, ("delete/assignment", "create/assignment"), role="assignment"
    )
