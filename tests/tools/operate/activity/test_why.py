"""Why does this learner not see this course? One command gives the answer, whatever the cause."""

import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from activities.domain.outcomes import Reason, RetryReason
from activities.domain.record import FORGOTTEN, row_key
from activities.domain.sync_state import HELD_BACK
from activities.service import Service
from tests import ROOT
from tests.native_event import ASSIGNED, Event, event_body
from tests.tools.operate.conftest import Run
from tests.tools.operate.working import at_work, hold
from tools.develop.simulator import Content, Simulator
from tools.operate.activity.explain import UNASSIGNED

ENROLMENT = str(ASSIGNED["enrollmentId"])
LEARNER = str(ASSIGNED["learner"]["entraObjectId"])
COURSE = str(ASSIGNED["course"]["learningContentId"])
KEY = row_key(ENROLMENT)
LATER: Event = {"eventId": "e-2", "occurredAt": "2026-03-02T09:00:00Z"}

type Cause = Callable[[Service, Simulator], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the command says: the record's state and reason, and what its lines `why` and `next` have."""

    code: int
    state: str
    reason: str | None
    why: str
    next: str


async def missing_course(service: Service, _: Simulator) -> None:
    """The catalogue does not have the course yet."""
    await service.handler.event(event_body(course={"externalId": "not yet published"}))


async def no_licence(service: Service, simulator: Simulator) -> None:
    """The learner has no licence for Viva Learning."""
    simulator.configure(unlicensed_learners={LEARNER})
    await service.handler.event(event_body())


async def parked(service: Service, _: Simulator) -> None:
    """Nobody in the directory has the learner's address."""
    await service.handler.event(event_body(learner={"userPrincipalName": "nobody@contoso.example"}))


async def held(service: Service, simulator: Simulator) -> None:
    """The app has lost its permission: others have failed, until none of its requests is sent but a probe."""
    sharing = Service(service.settings.model_copy(update={"share_seconds": 0.2}))
    await hold(sharing, simulator)
    await sharing.handler.event(event_body())
    await sharing.close()


async def throttled(service: Service, simulator: Simulator) -> None:
    """Graph asks for a pause."""
    simulator.fault(operation="create", status=429, retry_after="300")
    await service.handler.event(event_body())


async def in_shadow(service: Service, _: Simulator) -> None:
    """The learner is in no pilot group, and the app writes for nobody else."""
    shadow = Service(service.settings.model_copy(update={"sync_mode": "shadow"}))
    await shadow.handler.event(event_body())
    await shadow.close()


async def conflict(service: Service, _: Simulator) -> None:
    """The LMS used the id of somebody else's enrolment."""
    await service.handler.event(event_body(learner={"entraObjectId": "0b0b0b0b-e020-11ec-9d64-0242ac120002"}))
    await service.handler.event(event_body(**LATER))


async def unassigned(service: Service, _: Simulator) -> None:
    """The LMS has withdrawn the assignment."""
    await service.handler.event(event_body())
    await service.handler.event(event_body(**LATER, eventType="course.unassigned", assignment=None, progress=None))


async def wrong_provider(service: Service, simulator: Simulator) -> None:
    """`LEARNING_PROVIDER_ID` is not the id of a provider of this tenant."""
    simulator.configure(provider_id="a7e1c1d2-0000-4000-8000-000000000001")
    await service.handler.event(event_body())


async def course_of_another_provider(service: Service, simulator: Simulator) -> None:
    """The course is in the catalogue of another provider."""
    simulator.config.contents = (Content(id=COURSE, external_id="SEC-101", provider_id="another"),)
    await service.handler.event(event_body())


CAUSES: dict[str, tuple[Cause, Answer]] = {
    "a missing course that waits": (
        missing_course,
        Answer(0, "waiting", "content_not_found", "catalogue does not have the course yet", "another try"),
    ),
    "no licence": (no_licence, Answer(1, "parked", "learner_unlicensed", "dead letter", "assign a licence")),
    "parked": (parked, Answer(1, "parked", "learner_not_found", "dead letter", "correct the directory")),
    "held": (
        held,
        Answer(0, "waiting", "configuration_hold", "create/assignment is held for everybody: ", "another try"),
    ),
    "throttled": (throttled, Answer(0, "waiting", "throttled", "Graph allows no request until ", "another try")),
    "in shadow": (in_shadow, Answer(0, "held_back", "held_back", "the learner is in shadow", "reconcile --pending")),
    "conflict": (
        conflict,
        Answer(1, "settled", "identity_conflict", "belongs to another learner or course", "see identity_conflict"),
    ),
    "unassigned": (
        unassigned,
        Answer(0, "settled", "unassigned", "withdrew the enrolment at 2026-03-02T09:00:00", "assigns it again"),
    ),
    "wrong provider": (
        wrong_provider,
        Answer(0, "waiting", "refused", "the tenant does not know the learning provider", "another try"),
    ),
    "a course of another provider": (
        course_of_another_provider,
        Answer(1, "parked", "content_not_owned", "dead letter", "correct the course's id or LEARNING_PROVIDER_ID"),
    ),
}


@pytest.mark.parametrize(("cause", "answer"), CAUSES.values(), ids=CAUSES)
async def test_the_cause_and_what_is_next(
    run: Run, service: Service, simulator: Simulator, cause: Cause, answer: Answer
) -> None:
    """They are in the lines `why` and `next`, for people and for scripts."""
    await cause(service, simulator)
    async with AsyncExitStack() as stack:
        if answer.state == "settled":
            # The app is asked to look at Graph.
            await stack.enter_async_context(at_work(service))
        ran = await run("activity", ENROLMENT, "--json")
    [shown] = ran.objects
    assert (ran.code, shown["state"], shown["reason"]) == (answer.code, answer.state, answer.reason)
    assert answer.why in shown["why"]
    assert answer.next in shown["next"]
    ran = await run("activity", ENROLMENT, "--stored")
    words = " ".join(ran.out.split())
    assert answer.why in words
    assert answer.next in words


def test_the_page_for_operators_explains_each_answer() -> None:
    """A reason is in the table, or is that of a dead letter, which has a table of its own."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    [table] = re.findall(r"<!-- why -->\n(.*?)<!-- /why -->", page, re.DOTALL)
    named = {reason for line in table.splitlines() for reason in re.findall(r"`([a-z_]+)`", line.split("|")[1])}
    assert {answer.reason for _, answer in CAUSES.values()} - set(Reason) <= named - {"reason"}
    assert named - {"reason"} <= {*RetryReason, UNASSIGNED, HELD_BACK, FORGOTTEN}


async def test_an_activity_that_was_never_published(run: Run, service: Service) -> None:
    """There is no record of it, and the command says where else to look: what was refused is not in the ledger."""
    await service.handler.event(event_body(course={}))
    for names in ((ENROLMENT,), (KEY,), ("--learner", LEARNER, "--course", COURSE)):
        ran = await run("activity", *names)
        assert (ran.code, ran.out) == (1, "")
        words = " ".join(ran.err.split())
        for said in ("no such record", "lms-sync dead-letters list", "lms-sync status", "send the event again"):
            assert said in words
    [letter] = (await run("dead-letters", "list", "--json")).objects
    assert letter["reason"] == "invalid_event"


async def test_a_record_that_was_forgotten(run: Run, service: Service) -> None:
    """It says so. A tombstone is found by the id of its enrolment only."""
    await service.handler.event(event_body())
    await service.handler.retry(
        f'{{"envelope": "lms-activity-sync/1", "control": "forget-activity", "record": "{KEY}"}}'.encode()
    )
    [shown] = (await run("activity", ENROLMENT, "--json")).objects
    assert (shown["state"], shown["reason"]) == ("forgotten", "forgotten")
