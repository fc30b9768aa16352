"""A control message with which an operator makes a record find out again whose activity it is."""

import json

import pytest

from activities.domain.outcomes import Action, DeadLetter, Done, Outcome, Reason, Retry
from activities.domain.record import row_key
from activities.domain.terms import OwnerIds
from activities.service import Service
from tests.activities.sync.tenant import ANN, BOB, COURSE, EVE, load_person
from tests.native_event import event_body
from tests.storage_reading import dead_letters, wait_for_retry
from tools.develop.simulator import Simulator

ACCOUNT = "moodle\n42"
LEARNER = {"lmsAccount": {"source": "moodle", "id": "42"}}
RECORD = row_key("enrolment-1")
REBIND = json.dumps({"envelope": "lms-activity-sync/1", "control": "rebind", "record": RECORD}).encode()


def event(number: int, **parts: object) -> bytes:
    """Return progress of the learner with the account."""
    time = f"2026-03-01T09:{number:02}:00Z"
    named = {"learner": LEARNER, "course": {"learningContentId": COURSE.id}, "progress": {"percentage": number}}
    return event_body(eventId=f"e-{number}", occurredAt=time, **named, **parts)


@pytest.fixture
async def settled(service: Service, simulator: Simulator) -> None:
    """Bob's activity, because the table of people wrongly gives him Ann's account. It's old enough to be deleted."""
    await load_person(service, ACCOUNT, entraObjectId=BOB.id)
    assert await service.handler.event(event(20)) == Done(Action.CREATED)
    [activity] = simulator.activities
    activity.shows_at = 0.0


def learners(simulator: Simulator) -> list[str]:
    """Return whose activities there are."""
    return [activity.body["learnerUserId"] for activity in simulator.activities]


def writes(simulator: Simulator) -> list[str]:
    """Return the requests to Graph that change something, in order."""
    return [request.operation for request in simulator.requests if request.method in ("POST", "PATCH", "DELETE")]


@pytest.mark.usefixtures("settled")
async def test_after_a_correction_an_activity_is_rebound(service: Service, simulator: Simulator) -> None:
    """A corrected row is a conflict until an operator says so. Then the right person gets a new activity."""
    await load_person(service, ACCOUNT, entraObjectId=ANN.id)
    replaced = await service.handler.event(event(30, assignment={"type": "recommended"}))
    assert isinstance(replaced, DeadLetter)
    assert (replaced.reason, learners(simulator)) == (Reason.IDENTITY_CONFLICT, [BOB.id])

    assert await service.handler.retry(REBIND) == Done(Action.REBOUND)

    assert (learners(simulator), writes(simulator)) == ([ANN.id], ["create", "delete", "create"])
    [activity] = simulator.activities
    assert (activity.body["completionPercentage"], activity.body["assignmentType"]) == (30, "recommended")
    assert await dead_letters(service.letters) == []
    known = (await service.ledger.load("enrolment-1")).record.sync.known
    assert known is not None
    assert known.ids == OwnerIds(ANN.id, COURSE.id)
    assert await service.handler.event(event(40, assignment={"type": "recommended"})) == Done(Action.UPDATED)


@pytest.mark.usefixtures("settled")
async def test_a_rebind_of_what_is_right_changes_nothing(service: Service, simulator: Simulator) -> None:
    """An operator may ask for more records than were wrong."""
    assert await service.handler.retry(REBIND) == Done(Action.UNCHANGED)
    assert (learners(simulator), writes(simulator)) == ([BOB.id], ["create"])


@pytest.mark.usefixtures("settled")
async def test_a_completed_activity_can_be_rebound_too(service: Service, simulator: Simulator) -> None:
    """It was never the learning of the person who has it."""
    completed = event_body(
        eventId="e-2", eventType="course.completed", occurredAt="2026-03-02T09:00:00Z", learner=LEARNER, progress=None,
        course={"learningContentId": COURSE.id},
    )  # fmt: skip
    assert await service.handler.event(completed) == Done(Action.UPDATED)
    await load_person(service, ACCOUNT, entraObjectId=ANN.id)
    assert await service.handler.retry(REBIND) == Done(Action.REBOUND)
    [activity] = simulator.activities
    assert (activity.body["learnerUserId"], activity.body["status"]) == (ANN.id, "completed")


@pytest.mark.usefixtures("settled")
async def test_nobody_loses_an_activity_to_nobody(service: Service, simulator: Simulator) -> None:
    """If the corrected row leads to nobody, the activity stays as it is."""
    await load_person(service, ACCOUNT, email="nobody@contoso.example")
    outcome = await service.handler.retry(REBIND)
    assert isinstance(outcome, DeadLetter)
    assert (outcome.reason, learners(simulator)) == (Reason.LEARNER_NOT_FOUND, [BOB.id])


async def test_a_rebind_of_an_unclear_create_adopts_what_is_there(service: Service, simulator: Simulator) -> None:
    """It's looked up first, whoever has it, and then created again for the right person."""
    await load_person(service, ACCOUNT, entraObjectId=BOB.id)
    simulator.fault(operation="create", reset="after")
    assert isinstance(await service.handler.event(event(20)), Retry)
    await load_person(service, ACCOUNT, entraObjectId=EVE.id)
    assert isinstance(await service.handler.retry(REBIND), Retry)
    simulator.activities[0].shows_at = 0.0

    outcomes: list[Outcome] = []
    while Done(Action.REBOUND) not in outcomes:
        retry = await wait_for_retry(service)
        outcomes.append(await service.handler.retry(retry.content.encode()))

    assert learners(simulator) == [EVE.id]
