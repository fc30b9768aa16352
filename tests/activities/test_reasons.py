"""Each dead letter says in words what's wrong, whatever its reason is."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping

import pytest

from activities.domain.outcomes import DeadLetter, Outcome, Reason, Retry
from activities.service import Service
from tests.activities.sync.tenant import ANN, BOB, COURSE
from tests.native_event import event_body
from tests.storage_reading import dead_letters, wait_for_retry
from tools.develop.simulator import Content, Simulator, User

type Scenario = Callable[[Service, Simulator], Awaitable[Outcome]]

NAMED = {"learner": {"userPrincipalName": ANN.user_principal_name}, "course": {"externalId": COURSE.external_id}}
OTHER = event_body(enrollmentId="enrolment-2", learner={"entraObjectId": BOB.id})
WRONG_FIELD = {"error": {"code": "badRequest", "message": "Input field dueDateTime is invalid."}}


@pytest.fixture
def environment(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return settings with which an event is given up at its second failure."""
    soon = {"RETRY_MAX_AGE_HOURS": "0.0000001", "CONTENT_MAX_AGE_HOURS": "0.0000001", "SETTLE_SECONDS": "0.2"}
    return {**environment, **soon}


def sent(**changes: object) -> Scenario:
    """Send one event."""

    async def scenario(service: Service, _simulator: Simulator) -> Outcome:
        return await service.handler.event(event_body(**changes))

    return scenario


async def rubbish(service: Service, _simulator: Simulator) -> Outcome:
    """A message that isn't an event."""
    return await service.handler.event(b"rubbish")


async def ambiguous(service: Service, simulator: Simulator) -> Outcome:
    """Two people have one employee id."""
    simulator.config.users = tuple(
        User(id=user.id, user_principal_name=user.user_principal_name, employee_id="42") for user in (ANN, BOB)
    )
    return await service.handler.event(event_body(learner={"employeeId": "42"}))


async def without_course(service: Service, _simulator: Simulator) -> Outcome:
    """The catalogue doesn't have the course, and won't get it."""
    return await until_given_up(service, event_body(course={"externalId": "nowhere"}))


async def unlicensed(service: Service, simulator: Simulator) -> Outcome:
    """The learner has no licence."""
    simulator.config.unlicensed_learners = {ANN.id}
    return await service.handler.event(event_body(learner={"entraObjectId": ANN.id}))


async def not_owned(service: Service, simulator: Simulator) -> Outcome:
    """The course belongs to another provider."""
    simulator.config.contents = (Content(id="content", external_id="x", provider_id="another"),)
    return await service.handler.event(event_body(course={"learningContentId": "content"}))


async def of_another(service: Service, _simulator: Simulator) -> Outcome:
    """Two learners under one enrolment id."""
    await service.handler.event(event_body())
    return await service.handler.event(event_body(eventId="e-2", learner={"entraObjectId": BOB.id}))


async def rejected(service: Service, simulator: Simulator) -> Outcome:
    """Graph names a field."""
    simulator.fault(operation="create", status=400, body=WRONG_FIELD)
    return await service.handler.event(event_body())


async def unclear(service: Service, simulator: Simulator) -> Outcome:
    """This event's requests get no response, while another one gets through."""
    simulator.fault(operation="create", containing="enrolment-1", times=0, reset="before")
    return await until_given_up(service, event_body())


async def given_up(service: Service, _simulator: Simulator) -> Outcome:
    """The host gave up."""
    return await service.handler.poison(event_body())


async def until_given_up(service: Service, body: bytes) -> Outcome:
    """Handle an event and its retries. In between, others get through."""
    outcome = await service.handler.event(body)
    number = 1
    while isinstance(outcome, Retry):
        number += 1
        await service.handler.event(event_body(enrollmentId=f"other-{number}", learner={"entraObjectId": BOB.id}))
        outcome = await service.handler.retry((await wait_for_retry(service)).content.encode())
    return outcome


# What happens, and words that the detail must have: where it's wrong, and how.
REASONS: dict[Reason, tuple[Scenario, str]] = {
    Reason.MALFORMED: (rubbish, "neither JSON nor base64"),
    Reason.INVALID_EVENT: (sent(learner=None), "learner: missing"),
    Reason.UNSUPPORTED_VERSION: (sent(specVersion="2.0"), r"specVersion is not 1\.0"),
    Reason.LEARNER_NOT_FOUND: (sent(learner={"email": "nobody@contoso.example"}), "no user has this email"),
    Reason.LEARNER_AMBIGUOUS: (ambiguous, "more than one user has this employeeId"),
    Reason.CONTENT_NOT_FOUND: (without_course, "catalogue does not have this course"),
    Reason.LEARNER_UNLICENSED: (unlicensed, r"create: 403 \w+"),
    Reason.CONTENT_NOT_OWNED: (not_owned, r"create: 403 \w+"),
    Reason.IDENTITY_CONFLICT: (of_another, "another learner or course"),
    Reason.REJECTED_BY_GRAPH: (rejected, "create: 400 badRequest: dueDateTime"),
    Reason.RETRIES_EXHAUSTED: (unclear, r"create: \w+"),
    Reason.HOST_POISON: (given_up, "the host gave up"),
}


def test_every_reason_is_in_the_table() -> None:
    """A new reason needs words too."""
    assert list(REASONS) == list(Reason)


@pytest.mark.parametrize("reason", REASONS)
async def test_the_detail_says_what_is_wrong(service: Service, simulator: Simulator, reason: Reason) -> None:
    """The letter has these words, and nothing of the learner's."""
    simulator.config.users = (ANN, BOB)
    simulator.config.contents = (COURSE,)
    scenario, words = REASONS[reason]

    outcome = await scenario(service, simulator)

    assert isinstance(outcome, DeadLetter)
    assert outcome.reason is reason
    assert re.search(words, outcome.detail), outcome.detail
    [letter] = await dead_letters(service.letters)
    assert (letter.reason, letter.detail) == (reason.value, outcome.detail)
    said = json.dumps([ANN.model_dump(), BOB.model_dump()])
    assert not [word for word in re.findall(r"[\w@.-]{6,}", said) if word in outcome.detail]
