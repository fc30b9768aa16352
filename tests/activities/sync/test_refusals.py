"""What happens when Graph refuses to create an activity, before a record is blamed for it."""

from datetime import UTC, datetime, timedelta

import pytest

from activities.domain.outcomes import Action, DeadLetter, Done, Reason, Retry, RetryReason
from activities.domain.record import row_key
from activities.service import Service
from tests.activities.sync.tenant import ANN, BOB, COURSE
from tests.native_event import event_body
from tests.storage_reading import dead_letters
from tools.develop.simulator import Activity, Content, Simulator

LAW = {"externalId": COURSE.external_id}
NAME = {"userPrincipalName": ANN.user_principal_name}


def event(minute: int, **parts: object) -> bytes:
    """Return an event of these tests' enrolment."""
    time = datetime(2026, 3, 1, 9, tzinfo=UTC) + timedelta(minutes=minute)
    said = {"learner": NAME, "course": LAW, "progress": {"percentage": minute}, **parts}
    return event_body(eventId=f"e-{minute}", occurredAt=time.isoformat(), **said)


def recommended(minute: int) -> bytes:
    """Return new terms, for which the activity has to be replaced."""
    return event(minute, assignment={"type": "recommended"})


def writes(simulator: Simulator) -> list[str]:
    """Return the requests to Graph that change something, in order."""
    return [request.operation for request in simulator.requests if request.method in ("POST", "PATCH", "DELETE")]


def wrong_field(name: str) -> dict[str, object]:
    """Return a refusal in which Graph names a field, as for a record's own fault."""
    return {"status": 400, "body": {"error": {"code": "badRequest", "message": f"Input field {name} is invalid."}}}


@pytest.fixture
async def other(service: Service) -> None:
    """Sync an enrolment of the same learner and course, so that both are remembered."""
    assert await service.handler.event(event(1, enrollmentId="enrolment-0")) == Done(Action.CREATED)


@pytest.mark.usefixtures("other")
async def test_what_graph_refuses_is_looked_up_again_before_anybody_is_blamed(
    service: Service, simulator: Simulator
) -> None:
    """The catalogue was reloaded, so its ids have changed. The remembered course id costs nobody a dead letter."""
    simulator.config.contents = (Content(id="content-9", external_id=COURSE.external_id),)
    simulator.config.strict_contents = True
    assert await service.handler.event(event(2)) == Done(Action.CREATED)
    assert [activity.body["learningContentId"] for activity in simulator.activities] == [COURSE.id, "content-9"]
    assert await dead_letters(service.letters) == []


@pytest.mark.usefixtures("other")
async def test_the_same_answer_again_is_the_records_own_fault(service: Service, simulator: Simulator) -> None:
    """A second request with the same ids would be refused like the first, so it isn't sent."""
    simulator.fault(operation="create", times=0, **wrong_field("learnerUserId"))
    outcome = await service.handler.event(event(2))
    assert isinstance(outcome, DeadLetter)
    assert outcome.reason is Reason.REJECTED_BY_GRAPH
    assert writes(simulator) == ["create", "create"]


async def test_what_was_looked_up_just_now_is_not_looked_up_again(service: Service, simulator: Simulator) -> None:
    """It can't be outdated."""
    simulator.fault(operation="create", times=0, **wrong_field("learnerUserId"))
    assert isinstance(await service.handler.event(event(2)), DeadLetter)
    lookups = [request.operation for request in simulator.requests if request.operation.startswith("find")]
    assert sorted(lookups) == ["find_content", "find_user"]
    assert writes(simulator) == ["create"]


@pytest.fixture
async def activity(service: Service, simulator: Simulator) -> Activity:
    """An activity in progress, old enough to be replaced."""
    assert await service.handler.event(event(10)) == Done(Action.CREATED)
    [found] = simulator.activities
    found.shows_at = 0.0
    return found


@pytest.mark.usefixtures("activity")
async def test_a_refused_type_does_not_cost_the_activity(service: Service, simulator: Simulator) -> None:
    """The former activity is back with its current progress, and a dead letter says what Graph refused."""
    simulator.fault(operation="create", containing="recommended", times=0, **wrong_field("assignmentType"))

    outcome = await service.handler.event(recommended(20))

    assert isinstance(outcome, DeadLetter)
    assert outcome.reason is Reason.REJECTED_BY_GRAPH
    assert [(one.body["assignmentType"], one.body["completionPercentage"]) for one in simulator.activities] == [
        ("required", 20)
    ]
    assert [letter.id for letter in await dead_letters(service.letters)] == [row_key("enrolment-1")]
    assert writes(simulator) == ["create", "delete", "create", "create"]


@pytest.mark.usefixtures("activity")
async def test_a_refused_type_is_not_tried_again_by_every_event(service: Service, simulator: Simulator) -> None:
    """A duplicate does nothing, and progress is an update. The letter stays, because the type is still wrong."""
    simulator.fault(operation="create", containing="recommended", times=0, **wrong_field("assignmentType"))
    await service.handler.event(recommended(20))
    before = len(writes(simulator))

    assert await service.handler.event(recommended(20)) == Done(Action.UNCHANGED)
    assert await service.handler.event(event(30, eventType="course.progressed", assignment=None)) == Done(
        Action.UPDATED
    )

    assert writes(simulator)[before:] == ["update"]
    assert len(await dead_letters(service.letters)) == 1


@pytest.mark.usefixtures("activity")
async def test_another_wish_is_another_question(service: Service, simulator: Simulator) -> None:
    """Terms that ask for the former type again settle the record, and its letter is deleted."""
    simulator.fault(operation="create", containing="recommended", times=0, **wrong_field("assignmentType"))
    await service.handler.event(recommended(20))

    assert await service.handler.event(event(30)) == Done(Action.UPDATED)

    assert await dead_letters(service.letters) == []
    assert (await service.ledger.load("enrolment-1")).record.sync.refused is None


@pytest.mark.usefixtures("activity")
async def test_an_unclear_replace_is_not_a_refused_one(service: Service, simulator: Simulator) -> None:
    """Nobody knows whether the new activity exists, so the former one isn't brought back."""
    simulator.fault(operation="create", containing="recommended", reset="before")
    outcome = await service.handler.event(recommended(20))
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.UNCLEAR
    assert writes(simulator) == ["create", "delete", "create"]


async def test_a_learner_without_a_licence_is_told_apart(service: Service, simulator: Simulator) -> None:
    """It's the record's own fault, and somebody has to assign a licence."""
    simulator.config.unlicensed_learners = {ANN.id, BOB.id}
    outcome = await service.handler.event(event(1))
    assert isinstance(outcome, DeadLetter)
    assert outcome.reason is Reason.LEARNER_UNLICENSED
