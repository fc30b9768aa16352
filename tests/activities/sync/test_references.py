"""Learners, assigners and courses: how references become ids, and what that costs."""

import asyncio
import json
from collections.abc import Callable, Mapping

import pytest

from activities.domain.errors import ContentNotFound, LearnerAmbiguous, LearnerNotFound
from activities.domain.outcomes import Action, DeadLetter, Done, Reason, Retry, RetryReason
from activities.domain.terms import ImmutablePart, Reference
from activities.service import Service
from activities.storage.keys import keys
from activities.sync.references import _Lookups
from tests.activities.test_handler import ASSIGNED
from tools.develop.simulator import Content, Simulator, User

ANN = User(
    id="11111111-0000-4000-8000-000000000001",
    user_principal_name="ann@contoso.example",
    mail="ann.smith@contoso.example",
    employee_id="E'17",
)
BOB = User(
    id="11111111-0000-4000-8000-000000000002",
    user_principal_name="bob@contoso.example",
    mail="twin@contoso.example",
)
EVE = User(
    id="11111111-0000-4000-8000-000000000003",
    user_principal_name="eve@contoso.example",
    mail="twin@contoso.example",
)
COURSE = Content(id="content-1", external_id="SAFETY/1 'a'")
LEARNER, CONTENT = Reference("entraObjectId", ANN.id), Reference("learningContentId", COURSE.id)


@pytest.fixture
def environment(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Patient settings: a thousand events at once keep a small machine busy."""
    return {**environment, "GRAPH_DEADLINE_SECONDS": "40", "LEASE_SECONDS": "60"}


@pytest.fixture
def simulator(simulator: Simulator) -> Simulator:
    """A tenant with three people and a course."""
    simulator.config.users = (ANN, BOB, EVE)
    simulator.config.contents = (COURSE,)
    return simulator


def part(
    learner: Reference = LEARNER,
    course: Reference = CONTENT,
    assigner: Reference | None = None,
) -> ImmutablePart:
    """The immutable part of an assignment with these references."""
    return ImmutablePart("assignment", learner, course, assigner, "required")


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
async def test_each_way_of_naming_a_learner_leads_to_the_person(service: Service, learner: Reference) -> None:
    """Object id, principal name, mail (or the principal name used as one), employee number, LMS account."""
    people = service.storage.table(service.settings.people_table)
    for number, row in {"42": {"entraObjectId": ANN.id.upper()}, "43": {"email": "Ann.Smith@contoso.example"}}.items():
        partition, key = keys(f"moodle\n{number}")
        await people.upsert_entity({"PartitionKey": partition, "RowKey": key, **row})

    assert ANN.id == (await service.references.resolve(part(learner))).learner_user_id


@pytest.mark.parametrize(
    ("references", "error"),
    [
        (part(Reference("userPrincipalName", "gone@contoso.example")), LearnerNotFound),
        (part(Reference("employeeId", "0")), LearnerNotFound),
        (part(Reference("lmsAccount", "moodle\n1")), LearnerNotFound),
        (part(Reference("email", "twin@contoso.example")), LearnerAmbiguous),
        (part(course=Reference("externalId", "not yet there")), ContentNotFound),
    ],
    ids=["no such name", "no such number", "account not loaded", "two people", "course not in the catalogue"],
)
async def test_a_reference_that_leads_nowhere_or_to_several_is_refused(
    service: Service, references: ImmutablePart, error: type[Exception]
) -> None:
    """Nobody is guessed."""
    with pytest.raises(error):
        await service.references.resolve(references)


async def test_a_course_by_its_external_id(service: Service) -> None:
    """The catalogue knows the course by the provider's own id, whatever characters it has."""
    assert (
        COURSE.id
        == (
            await service.references.resolve(part(course=Reference("externalId", COURSE.external_id)))
        ).learning_content_id
    )


@pytest.mark.parametrize("email", ["left@contoso.example", "twin@contoso.example"])
async def test_an_assigner_who_cannot_be_told_is_left_out(service: Service, email: str) -> None:
    """A manager who left does not keep a learner's assignment from Viva Learning."""
    assert (await service.references.resolve(part(assigner=Reference("email", email)))).assigner_user_id is None


async def test_an_assigner_whose_name_graph_refuses_is_left_out(service: Service, simulator: Simulator) -> None:
    """A name that is no name at all costs the learner nothing either."""
    simulator.fault(operation="find_user", status=400)

    assert (
        await service.references.resolve(part(assigner=Reference("userPrincipalName", "a/b")))
    ).assigner_user_id is None


async def test_without_a_people_table_events_are_held(service: Service) -> None:
    """A table that was never created would make every learner unknown: that is a fault of the installation."""
    await service.storage.table(service.settings.people_table).delete_table()
    event = json.dumps(ASSIGNED | {"learner": {"lmsAccount": {"source": "moodle", "id": "42"}}}).encode()

    outcome = await service.handler.event(event)

    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD


async def test_concurrent_lookups_of_one_key_share_a_request(service: Service, simulator: Simulator) -> None:
    """Fifty events of one learner that arrive together cost one lookup."""
    reference = part(Reference("userPrincipalName", ANN.user_principal_name))

    await asyncio.gather(*(service.references.resolve(reference) for _ in range(50)))

    assert simulator.counts["find_user", "200"] == 1


@pytest.mark.parametrize(("found", "lookups"), [(["1"], 1), ([], 2), (["1", "2"], 2)], ids=["one", "none", "several"])
async def test_only_one_clear_found_is_remembered_for_long(found: list[str], lookups: int) -> None:
    """Somebody who is added, or no longer there twice, is found at the next try; here that is at once."""
    sent: list[Reference] = []

    async def look_up(reference: Reference) -> list[str]:
        sent.append(reference)
        return found

    remembered = _Lookups(look_up, not_found_seconds=0.0)

    assert [await remembered.get(Reference("email", "a@b")) for _ in range(2)] == [found] * 2
    assert len(sent) == lookups


async def test_lookups_of_many_events_are_as_few_as_people_and_courses(service: Service, simulator: Simulator) -> None:
    """1,000 events of 100 learners and 20 courses make at most 120 lookups."""
    simulator.config.users = tuple(
        User(id=f"11111111-0000-4000-8000-{n:012}", user_principal_name=f"u{n}@contoso.example") for n in range(100)
    )
    simulator.config.contents = tuple(Content(id=f"content-{n}", external_id=f"course-{n}") for n in range(20))

    def event(number: int) -> bytes:
        return json.dumps(
            ASSIGNED
            | {
                "enrollmentId": f"enrolment-{number}",
                "learner": {"userPrincipalName": f"u{number % 100}@contoso.example"},
                "course": {"externalId": f"course-{number % 20}"},
            }
        ).encode()

    outcomes = await _in_parallel([lambda n=n: service.handler.event(event(n)) for n in range(1000)], at_once=12)

    assert {Done(Action.CREATED)} == set(outcomes)
    lookups = sum(count for (operation, _), count in simulator.counts.items() if operation.startswith("find_"))
    assert lookups <= 120


async def _in_parallel[T](calls: list[Callable[[], "asyncio.Future[T]"]], *, at_once: int) -> list[T]:
    gate = asyncio.Semaphore(at_once)

    async def one(call: Callable[[], "asyncio.Future[T]"]) -> T:
        async with gate:
            return await call()

    return await asyncio.gather(*(one(call) for call in calls))


async def test_a_course_that_is_missing_is_waited_for(service: Service, simulator: Simulator) -> None:
    """The catalogue shows a course a day or two late: its events are tried again, not dead-lettered."""
    event = json.dumps(ASSIGNED | {"course": {"externalId": "new"}}).encode()

    outcome = await service.handler.event(event)

    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.CONTENT_MISSING
    assert ("create", "201") not in simulator.counts


async def test_a_learner_whom_nobody_knows_is_a_dead_letter(service: Service) -> None:
    """An unknown learner has a reason of its own, and the address stays out of the detail."""
    event = json.dumps(ASSIGNED | {"learner": {"email": "gone@contoso.example"}}).encode()

    outcome = await service.handler.event(event)

    assert isinstance(outcome, DeadLetter)
    assert outcome.reason is Reason.LEARNER_NOT_FOUND
    assert "gone" not in outcome.detail
