"""Why does this learner not see this course? One command gives the answer, whatever the cause."""

import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from activities.domain.outcomes import Reason, RetryReason
from activities.domain.record import FORGOTTEN
from activities.domain.sync_state import HELD_BACK
from activities.service import Service
from tests import ROOT
from tests.native_event import event_body
from tests.tools.operate.activity.causes import (
    COURSE,
    ENROLMENT,
    KEY,
    LEARNER,
    conflict,
    course_of_another_provider,
    held,
    in_shadow,
    missing_course,
    no_licence,
    parked,
    throttled,
    unassigned,
    wrong_provider,
)
from tests.tools.operate.conftest import Run
from tests.tools.operate.working import at_work
from tools.develop.simulator import Simulator
from tools.operate.activity.explain import UNASSIGNED

# The labels of the command's lines, which aren't reasons.
_LABELS = {"state", "why", "next", "wants"}

type Cause = Callable[[Service, Simulator], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the command says: the record's state and reason, and part of its lines `why` and `next`."""

    code: int
    state: str
    reason: str | None
    why: str
    next: str


CAUSES: dict[str, tuple[Cause, Answer]] = {
    "a missing course that waits": (
        missing_course,
        Answer(0, "waiting", "content_not_found", "catalogue does not have the course yet", "another try"),
    ),
    "no licence": (no_licence, Answer(1, "parked", "learner_unlicensed", "dead letter", "assign a licence")),
    "parked": (parked, Answer(1, "parked", "learner_not_found", "dead letter", "correct the directory")),
    "held": (
        held,
        Answer(0, "waiting", "configuration_hold", "create/assignment is on hold for everybody: ", "another try"),
    ),
    "throttled": (throttled, Answer(0, "waiting", "throttled", "Graph allows no requests until ", "another try")),
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
    """The lines `why` and `next` give the cause and what's next, in JSON and in text."""
    await cause(service, simulator)
    async with AsyncExitStack() as stack:
        if answer.state == "settled":
            # The command asks the app to look at Graph.
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


def test_the_tree_of_questions_has_each_answer() -> None:
    """docs/why.md names each reason that the command gives, and no reason that doesn't exist."""
    page = (ROOT / "docs/why.md").read_text(encoding="utf-8")
    [tree] = re.findall(r"<!-- tree -->\n(.*?)<!-- /tree -->", page, re.DOTALL)
    named = {word for word in re.findall(r"`([a-z_]+)`", tree) if word not in _LABELS}
    assert {answer.reason for _, answer in CAUSES.values()} <= named
    assert {reason for reason in named if "_" in reason} <= {*RetryReason, *Reason, UNASSIGNED, HELD_BACK, FORGOTTEN}


async def test_an_activity_that_was_never_published(run: Run, service: Service) -> None:
    """There's no record, so the command says where else to look: the ledger doesn't have events that were refused."""
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
    """The command says that the record was forgotten. A tombstone can be found only by its enrolment's id."""
    await service.handler.event(event_body())
    await service.handler.retry(
        f'{{"envelope": "lms-activity-sync/1", "control": "forget-activity", "record": "{KEY}"}}'.encode()
    )
    [shown] = (await run("activity", ENROLMENT, "--json")).objects
    assert (shown["state"], shown["reason"]) == ("forgotten", "forgotten")
