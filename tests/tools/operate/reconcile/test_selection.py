"""Operators say which records are compared, repaired or set going."""

import json
from collections.abc import AsyncIterator

import pytest

from activities.domain.record import row_key
from activities.service import Service
from tests.native_event import ASSIGNED
from tests.tools.operate.conftest import Run
from tests.tools.operate.working import at_work, drained, shown
from tools.develop.simulator import Simulator, User

BEN, BEN_MAIL = "bbbbbbbb-e020-11ec-9d64-0242ac120002", "ben@contoso.example"
LEARNER: str = ASSIGNED["learner"]["entraObjectId"]
COURSE: str = ASSIGNED["course"]["learningContentId"]
OTHER_COURSE = "cccccccc-e020-11ec-9d64-0242ac120002"
# Each enrolment's learner and course.
RECORDS = {
    "ann-1": (LEARNER, COURSE),
    "ann-2": (LEARNER, OTHER_COURSE),
    "ben-1": (BEN_MAIL, COURSE),
    "ben-2": (BEN_MAIL, OTHER_COURSE),
}
SELECTIONS = {
    "a learner": (["--learner", LEARNER], {"ann-1", "ann-2"}),
    "a learner by another name": (["--learner", BEN], {"ben-1", "ben-2"}),
    "a course": (["--course", OTHER_COURSE], {"ann-2", "ben-2"}),
    "a learner in a course": (["--learner", BEN_MAIL, "--course", COURSE], {"ben-1"}),
    "a record": (["--record", row_key("ann-2")[:10]], {"ann-2"}),
    "two records": (["--record", row_key("ann-2"), "--record", row_key("ben-1")[:8].upper()], {"ann-2", "ben-1"}),
    "a record twice": (["--record", row_key("ann-2"), "--record", row_key("ann-2")[:8]], {"ann-2"}),
    "what is old": (["--older-than", "0m"], {*RECORDS}),
}
# A record that was never compared counts as older than any time.
OF_WHAT_WAITS = SELECTIONS | {"nothing that is old": (["--older-than", "2001-01-01"], set[str]())}
WRONG = {
    "repairs what is held back": ["--pending", "--repair"],
    "sets going what waits": ["--pending", "--state", "waiting"],
    "held back, and not set going": ["--state", "held_back", "--repair"],
    "compares what is parked": ["--state", "parked"],
    "a reason of what is settled": ["--reason", "learner_unlicensed"],
    "records and a learner": ["--record", "abcdef", "--learner", "ann"],
    "no row key": ["--record", "ann-1"],
}


def body(enrolment: str) -> bytes:
    """Return an assignment of one of the enrolments."""
    learner, course = RECORDS[enrolment]
    names = {"learner": {"email" if "@" in learner else "entraObjectId": learner}}
    return json.dumps(
        ASSIGNED | names | {"enrollmentId": enrolment, "eventId": enrolment, "course": {"learningContentId": course}}
    ).encode()


async def assign(service: Service, simulator: Simulator) -> None:
    """Let the app handle an assignment for each enrolment."""
    simulator.configure(users=[User(id=BEN, user_principal_name=BEN_MAIL, mail=BEN_MAIL)])
    for enrolment in RECORDS:
        await service.handler.event(body(enrolment))


@pytest.fixture
async def shadow(service: Service) -> AsyncIterator[Service]:
    """The app in shadow."""
    running = Service(service.settings.model_copy(update={"sync_mode": "shadow"}))
    yield running
    await running.close()


async def compared(service: Service) -> set[str]:
    """Return the enrolments whose activities were compared."""
    return {one for one in RECORDS if (await service.ledger.load(one)).record.sync.check is not None}


@pytest.mark.parametrize(("options", "expected"), SELECTIONS.values(), ids=SELECTIONS)
async def test_a_selection_is_compared(
    run: Run, service: Service, simulator: Simulator, *, options: list[str], expected: set[str]
) -> None:
    """Only what's selected is compared, because each comparison costs a request."""
    await assign(service, simulator)
    await shown(service)
    async with at_work(service):
        ran = await run("reconcile", "--json", "--rate", "100", *options)
    assert (ran.code, ran.objects[-1]["compared"]) == (0, len(expected))
    assert await compared(service) == expected


@pytest.mark.parametrize(("options", "expected"), OF_WHAT_WAITS.values(), ids=OF_WHAT_WAITS)
async def test_a_selection_is_set_going(  # noqa: PLR0913  the fixtures, and what's selected
    run: Run, shadow: Service, service: Service, simulator: Simulator, *, options: list[str], expected: set[str]
) -> None:
    """Only what's selected is set going. The other records stay held back."""
    await assign(shadow, simulator)
    ran = await run("reconcile", "--json", "--pending", "--rate", "100", *options)
    assert (ran.code, ran.objects) == (0, [{"asked": len(expected)}])
    await drained(service)
    assert {activity.external_id for activity in simulator.activities} == expected


async def test_what_is_parked_is_tried_again(run: Run, service: Service, simulator: Simulator) -> None:
    """A parked record is tried again even if its dead letter is gone, for example because of its age."""
    simulator.configure(unlicensed_learners={LEARNER})
    await assign(service, simulator)
    async for letter in service.letters.list():
        await service.letters.delete(letter.id, letter.etag)
    simulator.configure(unlicensed_learners=set())
    parked = ("reconcile", "--json", "--repair", "--state", "parked", "--rate", "100")
    assert (await run(*parked, "--reason", "learner_not_found")).objects == [{"asked": 0}]
    assert (await run(*parked, "--reason", "learner_unlicensed", "--course", COURSE)).objects == [{"asked": 1}]
    assert (await run(*parked)).objects == [{"asked": 2}]
    await drained(service)
    assert {(await service.ledger.load(one)).record.state for one in RECORDS} == {"settled"}
    assert (await run(*parked)).objects == [{"asked": 0}]


@pytest.mark.parametrize("options", WRONG.values(), ids=WRONG)
async def test_what_makes_no_sense_is_refused(run: Run, options: list[str]) -> None:
    """A selection that makes no sense is refused before anything is sent."""
    assert (await run("reconcile", *options)).code == 2
