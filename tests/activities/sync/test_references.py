"""How references to learners, assigners and courses become ids, and how many requests that costs."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from activities.domain.errors import ContentNotFound, LearnerAmbiguous, LearnerNotFound
from activities.domain.outcomes import Action, Done, Retry, RetryReason
from activities.domain.terms import ImmutablePart, Reference
from activities.service import Service
from activities.storage.keys import keys
from activities.sync.references import _Lookups
from tests.native_event import event_body
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
    """Long deadlines, because a thousand events at once keep a small machine busy."""
    return {**environment, "GRAPH_DEADLINE_SECONDS": "40", "LEASE_SECONDS": "60"}


@pytest.fixture
def simulator(simulator: Simulator) -> Simulator:
    """A tenant with three people and a course."""
    simulator.config.users = (ANN, BOB, EVE)
    simulator.config.contents = (COURSE,)
    return simulator


def references(
    learner: Reference = LEARNER,
    course: Reference = CONTENT,
    assigner: Reference | None = None,
) -> ImmutablePart:
    """Return the immutable part of an assignment with these references."""
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
async def test_every_kind_of_reference_leads_to_the_learner(service: Service, learner: Reference) -> None:
    """An address may also be the user principal name, and an LMS account is looked up in the table of people."""
    people = service.storage.table(service.settings.people_table)
    for number, row in {"42": {"entraObjectId": ANN.id.upper()}, "43": {"email": "Ann.Smith@contoso.example"}}.items():
        partition, key = keys(f"moodle\n{number}")
        await people.upsert_entity({"PartitionKey": partition, "RowKey": key, **row})

    assert ANN.id == (await service.references.resolve(references(learner))).learner_user_id


@pytest.mark.parametrize(
    ("unresolved", "error"),
    [
        (references(Reference("userPrincipalName", "gone@contoso.example")), LearnerNotFound),
        (references(Reference("employeeId", "0")), LearnerNotFound),
        (references(Reference("lmsAccount", "moodle\n1")), LearnerNotFound),
        (references(Reference("email", "twin@contoso.example")), LearnerAmbiguous),
        (references(course=Reference("externalId", "not yet there")), ContentNotFound),
    ],
    ids=["no such name", "no such number", "account not loaded", "two people", "course not in the catalogue"],
)
async def test_a_reference_to_nobody_or_to_several_is_refused(
    service: Service, unresolved: ImmutablePart, error: type[Exception]
) -> None:
    """The service does not guess, and its error does not repeat the reference."""
    with pytest.raises(error) as refused:
        await service.references.resolve(unresolved)
    assert not [one for one in (unresolved.learner, unresolved.course) if one.value in str(refused.value)]


async def test_an_external_id_leads_to_the_course(service: Service) -> None:
    """The catalogue knows a course by its id in the LMS, whatever characters that has."""
    ids = await service.references.resolve(references(course=Reference("externalId", COURSE.external_id)))

    assert COURSE.id == ids.learning_content_id


@pytest.mark.parametrize("email", ["left@contoso.example", "twin@contoso.example"])
async def test_an_assigner_who_is_not_found_is_left_out(service: Service, email: str) -> None:
    """A manager who left does not keep a learner's assignment out of Viva Learning."""
    ids = await service.references.resolve(references(assigner=Reference("email", email)))

    assert ids.assigner_user_id is None


async def test_an_assigner_whose_name_graph_refuses_is_left_out(service: Service, simulator: Simulator) -> None:
    """A user name that is not valid does not keep the assignment out of Viva Learning either."""
    simulator.fault(operation="find_user", status=400)

    ids = await service.references.resolve(references(assigner=Reference("userPrincipalName", "a/b")))

    assert ids.assigner_user_id is None


async def test_concurrent_lookups_of_one_reference_share_a_request(service: Service, simulator: Simulator) -> None:
    """Fifty events of one learner that arrive at the same time cost one lookup."""
    learner = references(Reference("userPrincipalName", ANN.user_principal_name))

    await asyncio.gather(*(service.references.resolve(learner) for _ in range(50)))

    assert simulator.counts["find_user", "200"] == 1


@pytest.mark.parametrize("redriven", [False, True])
@pytest.mark.parametrize(("found", "lookups"), [(["1"], 1), ([], 2), (["1", "2"], 2)], ids=["one", "none", "several"])
async def test_only_a_single_id_is_remembered_for_long(found: list[str], lookups: int, *, redriven: bool) -> None:
    """A learner who was added, or whose address is no longer used twice, is found soon, and by a redrive at once."""
    sent: list[Reference] = []

    async def look_up(reference: Reference) -> list[str]:
        sent.append(reference)
        return found

    remembered = _Lookups(look_up, not_found_seconds=60.0 if redriven else 0.0)

    assert [await remembered.get(Reference("email", "a@b"), anew=redriven) for _ in range(2)] == [found] * 2
    assert len(sent) == lookups


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
    """1,000 events of 100 learners and 20 courses lead to at most 120 lookups."""
    simulator.config.users = tuple(
        User(id=f"11111111-0000-4000-8000-{n:012}", user_principal_name=f"u{n}@contoso.example") for n in range(100)
    )
    simulator.config.contents = tuple(Content(id=f"content-{n}", external_id=f"course-{n}") for n in range(20))

    def event(number: int) -> bytes:
        return event_body(
            enrollmentId=f"enrolment-{number}",
            learner={"userPrincipalName": f"u{number % 100}@contoso.example"},
            course={"externalId": f"course-{number % 20}"},
        )

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
