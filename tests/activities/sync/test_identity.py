"""Whether an event that names its record's owner differently means the same learner and course."""

from dataclasses import replace

import pytest

from activities.domain.errors import (
    ContentNotFound,
    IdentityConflict,
    LearnerAmbiguous,
    LearnerNotFound,
    Settling,
    Unclear,
)
from activities.domain.fields import Facts
from activities.domain.news import News, Owner
from activities.domain.record import ActivityRecord
from activities.domain.sync_parts import Attempt, Known, RetryMark
from activities.domain.sync_state import SyncState
from activities.domain.terms import ActivityType, ImmutablePart, OwnerIds, Reference
from activities.service import Service
from activities.sync.identity import succeeds
from tests.activities.sync.tenant import ANN, BOB, COURSE, OTHER_COURSE
from tools.develop.simulator import Simulator

NAME, ADDRESS = Reference("userPrincipalName", ANN.user_principal_name), Reference("email", "ann.smith@contoso.example")
BOBS_NAME, TWIN = Reference("userPrincipalName", BOB.user_principal_name), Reference("email", "twin@contoso.example")
TYPING_ERROR, GONE = Reference("email", "an@contoso.example"), Reference("userPrincipalName", "gone@contoso.example")
LAW, LAWS_ID = Reference("externalId", COURSE.external_id), Reference("learningContentId", COURSE.id)
FIRE, NOT_YET = Reference("externalId", OTHER_COURSE.external_id), Reference("externalId", "not yet there")

IDS = OwnerIds(ANN.id, COURSE.id)
NEW = SyncState()
HAS = SyncState(known=Known(IDS, 0.0))
MAY_HAVE = SyncState(attempt=Attempt(0.0, ImmutablePart(ActivityType("selfInitiated"), IDS)))
LOST = SyncState(attempt=Attempt(0.0))
GIVEN_UP = SyncState(parked="learner_not_found")
LOST_AND_GIVEN_UP = replace(LOST, parked="learner_not_found")
REFUSED = SyncState(parked="learner_unlicensed")
WAITING = SyncState(retry=RetryMark("nonce", 0.0))


def record(owner: Owner | None, state: SyncState) -> ActivityRecord:
    """Return a record with this owner."""
    return ActivityRecord("enrolment-1", owner, Facts(), state)


def about(learner: Reference | None, course: Reference | None = LAW, source: str = "moodle") -> News:
    """Return what an event says about a learner and a course."""
    return News(source, learner, course, Facts())


OWNER = Owner("moodle", NAME, LAW)
MISTYPED, LEFT = Owner("moodle", TYPING_ERROR, LAW), Owner("moodle", GONE, LAW)
TOO_EARLY = Owner("moodle", NAME, NOT_YET)

# Each has a name, the record, the event, and whether the record begins anew, or the error.
CASES: list[tuple[str, ActivityRecord, News, bool | type[Exception]]] = [
    ("the same by another name", record(OWNER, NEW), about(ADDRESS), False),
    ("the same by Graph's ids", record(OWNER, NEW), about(Reference("entraObjectId", ANN.id), LAWS_ID), False),
    ("the same course by another name", record(OWNER, NEW), about(NAME, LAWS_ID), False),
    ("a removal that names only the learner otherwise", record(OWNER, NEW), about(ADDRESS, None), False),
    ("by a name that is remembered", record(replace(OWNER, also=(GONE,)), NEW), about(GONE), False),
    ("a record without an owner", record(None, NEW), about(BOBS_NAME), False),
    ("a record of a removal that named nobody", record(Owner("moodle"), NEW), about(BOBS_NAME), False),
    ("another source than that removal's", record(Owner("moodle"), NEW), about(NAME, source="b"), IdentityConflict),
    ("another learner", record(OWNER, NEW), about(BOBS_NAME), IdentityConflict),
    ("another course", record(OWNER, NEW), about(NAME, FIRE), IdentityConflict),
    ("another learner, compared with the activity's", record(LEFT, HAS), about(BOBS_NAME), IdentityConflict),
    ("the activity's learner, who was renamed", record(LEFT, HAS), about(ADDRESS), False),
    ("the learner of an unclear create, who was renamed", record(LEFT, MAY_HAVE), about(ADDRESS), False),
    ("another course than the activity's", record(OWNER, HAS), about(NAME, FIRE), IdentityConflict),
    ("another source", record(OWNER, NEW), about(NAME, source="docebo"), IdentityConflict),
    ("another source of another learner", record(OWNER, HAS), about(BOBS_NAME, source="docebo"), IdentityConflict),
    ("a source of another name", record(OWNER, NEW), replace(about(ADDRESS, source="b"), formerly="moodle"), False),
    ("nobody", record(OWNER, NEW), about(GONE), LearnerNotFound),
    ("nobody, although the owner is nobody either", record(MISTYPED, NEW), about(GONE), LearnerNotFound),
    ("several", record(OWNER, NEW), about(TWIN), LearnerAmbiguous),
    ("a course that is not there yet", record(OWNER, NEW), about(NAME, NOT_YET), ContentNotFound),
    ("a typing error, corrected", record(MISTYPED, NEW), about(NAME), True),
    ("a typing error, corrected while the ledger is rebuilt", record(MISTYPED, LOST_AND_GIVEN_UP), about(NAME), True),
    ("a typing error that was given up", record(MISTYPED, GIVEN_UP), about(NAME), True),
    ("an owner who may still come", record(MISTYPED, WAITING), about(NAME), Settling),
    ("a course that may still come", record(TOO_EARLY, WAITING), about(NAME, LAW), ContentNotFound),
    ("an owner who was somebody, and is not any more", record(MISTYPED, REFUSED), about(NAME), IdentityConflict),
    (
        "a typing error, and a removal that names only the learner",
        record(MISTYPED, NEW),
        about(NAME, None),
        IdentityConflict,
    ),
    ("a typing error, corrected by another source", record(MISTYPED, NEW), about(NAME, source="b"), IdentityConflict),
    ("a course that never was there, corrected", record(TOO_EARLY, NEW), about(NAME, LAW), True),
]


@pytest.mark.parametrize(("owned", "said", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_whose_an_event_is(
    service: Service,
    owned: ActivityRecord,
    said: News,
    expected: bool | type[Exception],  # noqa: FBT001  a table
) -> None:
    """The same ids are the same learner and course. Only an owner who never turned out to be anybody yields."""
    if isinstance(expected, bool):
        assert await succeeds(service.references, owned, said, anew=False) is expected
    else:
        with pytest.raises(expected):
            await succeeds(service.references, owned, said, anew=False)


@pytest.mark.parametrize("state", [HAS, MAY_HAVE], ids=["has", "may have"])
async def test_an_owner_with_an_activity_is_not_looked_up(
    service: Service, simulator: Simulator, state: SyncState
) -> None:
    """The activity's ids are what counts: the owner's names may lead elsewhere by now."""
    await succeeds(service.references, record(OWNER, state), about(ADDRESS), anew=False)
    assert [request.operation for request in simulator.requests if request.operation != "token"] == ["find_user"]


async def test_a_lookup_that_fails_decides_nothing(service: Service, simulator: Simulator) -> None:
    """Even a record whose owner is nobody doesn't yield to an event that couldn't be looked up."""
    simulator.fault(operation="find_user", times=0, status=500)
    with pytest.raises(Unclear):
        await succeeds(service.references, record(MISTYPED, NEW), about(NAME), anew=False)


async def test_an_owner_who_cannot_be_looked_up_now_does_not_yield(service: Service, simulator: Simulator) -> None:
    """Only a response that there's nobody counts, and not a lost one."""
    simulator.fault(operation="find_user", containing="an%40contoso", times=0, status=500)
    with pytest.raises(Unclear):
        await succeeds(service.references, record(MISTYPED, NEW), about(NAME), anew=False)
