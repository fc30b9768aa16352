"""How references to learners, assigners and courses become ids, and how many requests that costs."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from activities.domain.errors import ContentNotFound, LearnerAmbiguous, LearnerNotFound
from activities.domain.outcomes import Action, Done, Retry, RetryReason
from activities.domain.terms import OwnerIds, Reference, Subject
from activities.service import Service
from tests.activities.sync.tenant import ANN, COURSE, load_person, subject
from tests.native_event import event_body
from tools.develop.simulator import Content, Simulator, User


@pytest.fixture
def environment(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Use long deadlines, because a thousand events at once keep a small machine busy."""
    return {**environment, "GRAPH_DEADLINE_SECONDS": "40", "LEASE_SECONDS": "60"}


@pytest.mark.parametrize(
    "learner",
    [
        Reference("entraObjectId", ANN.id),
        Reference("userPrincipalName", "ann@contoso.example"),
        Reference("email", "ann.smith@contoso.example"),
        Reference("email", "ann@contoso.example"),
        Reference("employeeId", "E'17"),
        Reference("lmsAccount", "moodle\n42"),
        Reference("lmsAccount", "moodle\n43"),
    ],
    ids=lambda reference: " ".join(reference).replace("\n", " "),
)
async def test_every_kind_of_reference_leads_to_the_learner(service: Service, learner: Reference) -> None:
    """An address may also be the user principal name, and an LMS account is looked up in the table of people."""
    await load_person(service, "moodle\n42", entraObjectId=ANN.id.upper())
    await load_person(service, "moodle\n43", email="Ann.Smith@contoso.example")

    assert (await service.references.resolve(subject(learner))).ids == OwnerIds(ANN.id, COURSE.id)
    assert await service.references.learner(learner) == ANN.id


@pytest.mark.parametrize(
    ("unresolved", "error"),
    [
        (subject(Reference("userPrincipalName", "gone@contoso.example")), LearnerNotFound),
        (subject(Reference("employeeId", "0")), LearnerNotFound),
        (subject(Reference("lmsAccount", "moodle\n1")), LearnerNotFound),
        (subject(Reference("email", "twin@contoso.example")), LearnerAmbiguous),
        (subject(course=Reference("externalId", "not yet there")), ContentNotFound),
    ],
    ids=["no such name", "no such number", "account not loaded", "two people", "course not in the catalogue"],
)
async def test_a_reference_to_nobody_or_to_several_is_refused(
    service: Service, unresolved: Subject, error: type[Exception]
) -> None:
    """The service doesn't guess, and its error doesn't repeat the reference."""
    with pytest.raises(error) as refused:
        await service.references.resolve(unresolved)
    assert not [one for one in (unresolved.learner, unresolved.course) if one.value in str(refused.value)]


async def test_an_external_id_leads_to_the_course(service: Service) -> None:
    """The catalogue knows a course by its id in the LMS, whatever characters that has."""
    course = Reference("externalId", COURSE.external_id)

    assert (await service.references.resolve(subject(course=course))).ids == OwnerIds(ANN.id, COURSE.id)
    assert await service.references.course(course) == COURSE.id


async def test_a_missing_people_table_is_a_hold_that_is_heard(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    """The event waits, and a log line for the alert says which table is missing."""
    await service.storage.table(service.settings.people_table).delete_table()
    learner = {"lmsAccount": {"source": "moodle", "id": "42"}}
    outcome = await service.handler.event(event_body(learner=learner))
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD
    held = [vars(record)["reason"] for record in caplog.records if record.getMessage() == "configuration_hold"]
    assert held == ["people"]


async def test_there_is_one_lookup_for_each_learner_and_course(service: Service, simulator: Simulator) -> None:
    """200 events of 20 learners and 5 courses cost at most 25 lookups."""
    simulator.config.users = tuple(
        User(id=f"11111111-0000-4000-8000-{n:012}", user_principal_name=f"u{n}@contoso.example") for n in range(20)
    )
    simulator.config.contents = tuple(Content(id=f"content-{n}", external_id=f"course-{n}") for n in range(5))

    def event(number: int) -> bytes:
        return event_body(
            enrollmentId=f"enrolment-{number}",
            learner={"userPrincipalName": f"u{number % 20}@contoso.example"},
            course={"externalId": f"course-{number % 5}"},
        )

    outcomes = await _in_parallel([lambda n=n: service.handler.event(event(n)) for n in range(200)], at_once=12)

    assert {Done(Action.CREATED)} == set(outcomes)
    lookups = sum(count for (operation, _), count in simulator.counts.items() if operation.startswith("find_"))
    assert lookups <= 25


async def _in_parallel[T](calls: list[Callable[[], "asyncio.Future[T]"]], *, at_once: int) -> list[T]:
    gate = asyncio.Semaphore(at_once)

    async def one(call: Callable[[], "asyncio.Future[T]"]) -> T:
        async with gate:
            return await call()

    return await asyncio.gather(*(one(call) for call in calls))
