"""A record is blamed for a failure only on evidence: others got through while it didn't."""

import math
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest

from activities.domain.outcomes import Action, DeadLetter, Done, Outcome, Reason, Retry
from tests.faults.actions import Status
from tests.faults.exchange import Exchange
from tests.traces.refusals import NO_PERMISSION, UNKNOWN
from tests.traces.stories import ANN, assigned, of_another, progressed
from tests.traces.test_identity import BY_MAIL
from tests.traces.worker import Worker
from tests.traces.world import World
from tools.develop.simulator import User

NOWHERE = "http://127.0.0.1:1/v1.0"
FAILED = Status(HTTPStatus.INTERNAL_SERVER_ERROR)
TRIES = 20


def _for_ann(exchange: Exchange) -> bool:
    return ANN.encode() in exchange.body


async def tries(world: World, worker: Worker) -> AsyncIterator[Outcome | None]:
    """Let a worker handle the only message and its retries, as they become visible."""
    for _ in range(TRIES):
        message = world.post.next()
        if message is None:
            return
        world.advance(max(message.due - world.now, 0.0))
        yield await worker.take(message)


async def until_given_up(world: World, worker: Worker) -> list[Outcome | None]:
    """Return the outcomes of a record whose creates fail, while other records' succeed at once."""
    outcomes = []
    async for outcome in tries(world, worker):
        outcomes.append(outcome)
        other = world.publish(of_another(assigned(), len(world.events) + 2))
        assert await worker.take(other) == Done(Action.CREATED), "others are held"
    return outcomes


@pytest.mark.parametrize("refusal", [UNKNOWN, NO_PERMISSION], ids=["unknown words", "everybody's words"])
async def test_one_record_alone_is_given_up_and_holds_nobody(world: World, refusal: Status) -> None:
    """Graph may refuse a guest in any words. After a few tries, it's clear that this is about the guest."""
    one = await world.worker()
    one.rule("graph:create", refusal, times=math.inf, when=_for_ann)
    world.publish(assigned(), counts=False)
    *outcomes, last = await until_given_up(world, one)
    assert isinstance(last, DeadLetter)
    assert last.reason is Reason.REJECTED_BY_GRAPH
    assert len(outcomes) == world.settings.blame_tries - 1
    assert not world.wrong()


async def test_nobody_is_blamed_while_nobody_gets_through(world: World) -> None:
    """It may be everybody's fault in new words. Delays grow, but once it's corrected, nobody waits for long."""
    one = await world.worker()
    one.rule("graph:create", UNKNOWN, times=math.inf)
    world.publish(assigned())
    outcomes = [outcome async for outcome in tries(world, one)]
    assert len(outcomes) == TRIES
    for outcome in outcomes:
        assert isinstance(outcome, Retry)
        assert outcome.after <= 900
    one.proxied["graph"].clear()
    await world.drain(one)
    await world.check_all_is_well()


async def test_a_record_whose_responses_are_lost_is_given_up(world: World) -> None:
    """It's tried for as long as patience lasts. Only time in which others got through counts."""
    one = await world.worker(RETRY_MAX_AGE_HOURS="0.25")
    one.rule("graph:create", FAILED, times=math.inf, when=_for_ann)
    begun = world.now
    world.publish(assigned(), counts=False)
    *_, last = await until_given_up(world, one)
    assert isinstance(last, DeadLetter)
    assert last.reason is Reason.RETRIES_EXHAUSTED
    assert world.now - begun >= 900


@pytest.mark.parametrize("fault", ["no connection", "failed"])
async def test_days_without_graph_make_no_dead_letter(world: World, fault: str) -> None:
    """Messages wait for as long as it takes, and everything is delivered afterwards."""
    impatient = {"RETRY_MAX_AGE_HOURS": "0.5", "BLAME_TRIES": "2"}
    if fault == "no connection":
        one = await world.worker(GRAPH_BASE_URL=NOWHERE, **impatient)
    else:
        one = await world.worker(**impatient)
        one.rule("graph:*", FAILED, times=math.inf)
    for number in range(1, 4):
        world.publish(of_another(assigned(), number))
    for _ in range(12):
        for message in list(world.post.live):
            await one.take(message)
        world.advance(6 * 3600)
    assert not world.post.dead_letters
    await world.drain(await world.worker())
    world.check_graph()


async def test_a_missing_course_is_given_up_in_time(world: World) -> None:
    """Throttled tries don't count: the course was missing before and after them."""
    world.publish(assigned(), counts=False, course={"externalId": "17"})
    throttled = Status(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "0"})
    begun = world.now
    for number in range(2 * TRIES):
        message = world.post.next()
        if message is None:
            break
        world.advance(max(message.due - world.now, 0.0))
        # A worker remembers for a while that a course is missing, so each try has a new one.
        worker = await world.worker(CONTENT_MAX_AGE_HOURS="0.1")
        if number % 2:
            worker.rule("graph:find_content", throttled)
        await worker.take(message)
    world.check_graph("content_not_found")
    assert world.now - begun >= 360


async def test_an_event_that_is_not_merged_counts_its_own_failures(world: World) -> None:
    """Graph refuses the lookup, so nobody knows whose event it is. The record goes on without it."""
    one = await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:find_user", UNKNOWN, times=math.inf, when=lambda exchange: "ann.lee" in exchange.target)
    world.publish(progressed(90), counts=False, learner=BY_MAIL)
    outcomes = []
    async for outcome in tries(world, one):
        outcomes.append(outcome)
        other = of_another(assigned(), len(outcomes) + 1)
        name = f"{len(outcomes)}@contoso.com"
        world.simulator.configure(users=(User(id=other["learner"]["entraObjectId"], user_principal_name=name),))
        assert await one.take(world.publish(other, learner={"email": name})) == Done(Action.CREATED)
    assert [type(outcome) for outcome in outcomes] == [Retry] * 4 + [DeadLetter]
    await world.check_all_is_well("rejected_by_graph")
