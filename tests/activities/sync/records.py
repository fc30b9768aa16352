"""Records with an assignment, and what's known of their activity."""

from dataclasses import replace

from activities.domain.desired import Desired, desired_state
from activities.domain.fields import Clock, Facts, Field, Moment
from activities.domain.news import Owner
from activities.domain.record import ActivityRecord
from activities.domain.sync_parts import Activity, Attempt, Known, Lease, RefusedType, RetryMark
from activities.domain.sync_state import SyncState
from activities.domain.terms import ActivityType, ImmutablePart, OwnerIds, Reference, ResolvedIds, Subject
from activities.domain.times import Times
from activities.sync.plan import CONFIRMED_FOR, Invocation, plan
from activities.sync.steps import Lookup, Plan

TIMES = Times(deadline=40, lease=60, margin=10, settle=60, kind_grace=120)
NOW = 100 * CONFIRMED_FOR
SUBJECT = Subject(Reference("entraObjectId", "a"), Reference("externalId", "LAW-1"))
OWNER = Owner("moodle", *SUBJECT)
CLOCK = Clock(0, 0, "event", "value")
COMPLETED = {"completed": (Moment(1, 1, stated=False),)}


def said(**values: str | int | bool | list[str]) -> Facts:
    """Return the facts of one event."""
    return Facts({name: Field(CLOCK, value) for name, value in values.items()})


def completed(facts: Facts) -> Facts:
    """Return the same, completed."""
    return Facts(facts.fields, COMPLETED)


ASSIGNED = said(present=True, kind="assignment", assignmentType="required", percentage=20)
NOTHING = said(kind="assignment", present=False)
FURTHER = said(present=True, kind="assignment", assignmentType="required", percentage=40)
OTHER = said(present=True, kind="assignment", assignmentType="recommended", percentage=20)
SELF = said(present=True, kind="selfInitiated", percentage=20)


def record(facts: Facts, state: SyncState) -> ActivityRecord:
    """Return the record of these tests."""
    return ActivityRecord("enrolment-1", OWNER, facts, state)


def desired(of: Facts, state: SyncState = SyncState()) -> Desired:  # noqa: B008  it's frozen
    """Return what the activity should be according to these facts."""
    found = desired_state(record(of, state), "provider")
    assert found is not None
    return found


STATE, FURTHER_STATE, OTHER_STATE, SELF_STATE = map(desired, (ASSIGNED, FURTHER, OTHER, SELF))
REQUIRED, RECOMMENDED, SELF_TYPE = STATE.type, OTHER_STATE.type, ActivityType("selfInitiated")
IDS, OTHERS_IDS = OwnerIds("learner", "content"), OwnerIds("somebody else", "content")
RESOLVED = ResolvedIds(IDS)
KNOWN = Known(IDS, NOW - 5)
ACKNOWLEDGED = Activity("id-1", 0.0, ImmutablePart(REQUIRED, IDS), STATE.digest)
UNCERTAIN = replace(ACKNOWLEDGED, acknowledged=None)
DONE = replace(ACKNOWLEDGED, completed=True)
ATTEMPT, EARLY = Attempt(NOW, ACKNOWLEDGED.immutable), Attempt(NOW + 1, ACKNOWLEDGED.immutable)
OURS, THEIRS = Lease("we", NOW + 30), Lease("they", NOW + 30)
MARK = RetryMark("nonce", NOW + 1)
LOOKUP = Lookup("enrolment-1", ATTEMPT, "assignment", IDS)
REFUSED = RefusedType(RECOMMENDED, REQUIRED)


def plan_of(of: Facts, state: SyncState, invocation: Invocation) -> Plan:
    """Return what comes next for a record with these facts and this state."""
    about = record(of, state)
    return plan(about, desired_state(about, "provider"), invocation, NOW, TIMES)
