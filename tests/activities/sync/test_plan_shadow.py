"""Which step comes next in shadow: what would be written is held back, and everything else is as usual."""

from dataclasses import replace

import pytest

from activities.domain.fields import Facts
from activities.domain.shadow import Shadow
from activities.domain.sync_parts import Attempt, HeldStep, Replacing
from activities.domain.sync_state import SyncState
from activities.sync.plan import Invocation
from activities.sync.steps import Compare, Create, HoldBack, Lookup, Plan, Resolve, Settled
from tests.activities.sync.records import (
    ACKNOWLEDGED,
    ASSIGNED,
    ATTEMPT,
    FURTHER,
    IDS,
    KNOWN,
    LOOKUP,
    NOTHING,
    NOW,
    OTHER,
    OTHERS_IDS,
    RECOMMENDED,
    REQUIRED,
    RESOLVED,
    SELF,
    STATE,
    SUBJECT,
    plan_of,
)

SHADOW = Invocation("we", RESOLVED, shadow=Shadow(everybody=True))
REPLACING = Replacing(REQUIRED, RECOMMENDED)

HELD: list[tuple[str, Facts, SyncState, HeldStep]] = [
    ("nothing there", ASSIGNED, SyncState(), "create"),
    ("another state acknowledged", FURTHER, SyncState(ACKNOWLEDGED, known=KNOWN), "update"),
    ("no longer desired", NOTHING, SyncState(ACKNOWLEDGED, known=KNOWN), "delete"),
    ("another assignment type", OTHER, SyncState(ACKNOWLEDGED, known=KNOWN), "replace"),
    ("another kind", SELF, SyncState(ACKNOWLEDGED, known=KNOWN), "replace"),
    ("a replace was begun before", OTHER, SyncState(known=KNOWN, replacing=REPLACING), "replace"),
]
AS_OTHERWISE: list[tuple[str, Facts, SyncState, Plan]] = [
    ("nothing there, nothing desired", NOTHING, SyncState(), Settled()),
    ("acknowledged", ASSIGNED, SyncState(ACKNOWLEDGED), Settled()),
    ("an unclear create", ASSIGNED, SyncState(attempt=ATTEMPT), LOOKUP),
    ("an unclear create, nothing desired", NOTHING, SyncState(attempt=ATTEMPT), LOOKUP),
]


@pytest.mark.parametrize(("facts", "state", "step"), [case[1:] for case in HELD], ids=[case[0] for case in HELD])
def test_what_would_be_written_is_held_back(facts: Facts, state: SyncState, step: HeldStep) -> None:
    """The plan says which step it would be, and whose activity."""
    assert plan_of(facts, state, SHADOW) == HoldBack(step, IDS)


@pytest.mark.parametrize(
    ("facts", "state", "expected"), [case[1:] for case in AS_OTHERWISE], ids=[case[0] for case in AS_OTHERWISE]
)
def test_what_changes_nothing_is_done(facts: Facts, state: SyncState, expected: Plan) -> None:
    """Lookups and comparisons only read."""
    assert plan_of(facts, state, SHADOW) == expected


def test_a_check_compares() -> None:
    """An operator sees what Graph has."""
    assert plan_of(ASSIGNED, SyncState(ACKNOWLEDGED), replace(SHADOW, checks=True)) == Compare(ACKNOWLEDGED, STATE)


def test_a_rebind_is_held_back() -> None:
    """It would delete the activity."""
    invocation = replace(SHADOW, resolved=replace(RESOLVED, ids=OTHERS_IDS), rebinds=True)
    assert plan_of(ASSIGNED, SyncState(ACKNOWLEDGED, known=KNOWN), invocation) == HoldBack("rebind", IDS)


def test_learner_and_course_are_looked_up() -> None:
    """But no request is admitted that won't be sent, and no permission is needed: the app may not have it yet."""
    invocation = replace(SHADOW, resolved=None)
    assert plan_of(ASSIGNED, SyncState(), invocation) == Resolve(SUBJECT, ())
    assert plan_of(OTHER, SyncState(ACKNOWLEDGED), invocation) == Resolve(SUBJECT, ())


def test_a_lost_ledger_is_looked_up() -> None:
    """A rebuild only reads."""
    attempt = Attempt(NOW)
    assert plan_of(ASSIGNED, SyncState(attempt=attempt), SHADOW) == Lookup("enrolment-1", attempt, "assignment", IDS)


def test_a_learner_of_the_pilot_group_is_not_in_shadow() -> None:
    """That may show only once the references are resolved."""
    pilot = Shadow(everybody=True, pilot=frozenset({IDS.learner_user_id}))
    assert plan_of(ASSIGNED, SyncState(), Invocation("we", shadow=pilot)) == Resolve(SUBJECT, ())
    assert plan_of(ASSIGNED, SyncState(), Invocation("we", RESOLVED, shadow=pilot)) == Create(STATE, RESOLVED)
    others = replace(RESOLVED, ids=OTHERS_IDS)
    assert plan_of(ASSIGNED, SyncState(), Invocation("we", others, shadow=pilot)) == HoldBack("create", OTHERS_IDS)
