"""The first event that names a learner and a course makes them the record's owner, if they can be found."""

import asyncio

import pytest

from activities.domain.outcomes import Retry, RetryReason
from tests.faults.actions import Hold
from tests.traces.by_hand import create_in_graph
from tests.traces.refusals import REFUSED
from tests.traces.stories import (
    ANN,
    BOB,
    COURSE,
    ENROLMENT,
    assigned,
    completed,
    progressed,
    through_the_door,
    unassigned,
)
from tests.traces.test_identity import BY_MAIL, HAS_HER_MAIL, IS_ANN, NOBODY
from tests.traces.worker import Worker
from tests.traces.world import World
from tools.develop.simulator import Content


async def parked(world: World, worker: Worker) -> None:
    """Let a record begin with a learner who can't be found, because of a typo."""
    world.simulator.configure(users=(IS_ANN,))
    await world.deliver(worker, world.publish(progressed(60, at=50), counts=False, learner=NOBODY))
    assert [letter.reason for letter in world.post.dead_letters.values()] == ["learner_not_found"]


async def test_an_owner_who_never_was_anybody_yields(world: World) -> None:
    """The correction begins anew with its own fields. What was said before stays as a separate dead letter."""
    one = await world.worker()
    await parked(world, one)
    world.publish(assigned(), learner=BY_MAIL)
    await world.drain(one)
    await world.check_all_is_well("learner_not_found")
    world.publish(completed(), learner=BY_MAIL)
    await world.drain(one)
    await world.check_all_is_well("learner_not_found")
    await world.post.redrive()
    await world.drain(one)
    await world.check_all_is_well("learner_not_found")


async def test_the_letter_of_an_owner_who_yields_is_its_own(world: World) -> None:
    """The record's later letters come and go without affecting it."""
    one = await world.worker()
    await parked(world, one)
    world.publish(assigned(), learner=BY_MAIL)
    await world.drain(one)
    world.advance(600)
    one.rule("graph:update", REFUSED)
    world.publish(progressed(40), learner=BY_MAIL)
    await world.drain(one)
    world.publish(completed(), learner=BY_MAIL)
    await world.drain(one)
    await world.check_all_is_well("learner_not_found")


async def test_an_owner_does_not_yield_to_another_source(world: World) -> None:
    """The id may mean something else there."""
    one = await world.worker(LMS_SOURCES='{"native:door": {}}')
    await parked(world, one)
    world.post.publish(through_the_door(assigned()))
    await world.drain(one)
    world.check_graph("learner_not_found", "identity_conflict")


async def test_an_owner_does_not_yield_to_a_removal_that_names_no_course(world: World) -> None:
    """Such an event can't own a record, and nobody knows whose enrolment it is."""
    one = await world.worker()
    await parked(world, one)
    removal = {name: value for name, value in unassigned().items() if name != "course"}
    world.publish(removal, counts=False, learner=BY_MAIL)
    await world.drain(one)
    world.check_graph("learner_not_found", "identity_conflict")


async def test_an_owner_whose_course_may_still_come_does_not_yield(world: World) -> None:
    """The catalogue takes days to show a course. Until then, an event that names it by Graph's id waits."""
    one, two, three = [await world.worker() for _ in range(3)]
    by_external_id = {"externalId": "17"}
    await world.deliver(one, world.publish(progressed(60, 2), course=by_external_id))
    # The retry's mark has lapsed, but the retry hasn't come yet.
    world.advance(world.post.retry().due - world.now - 1)
    await world.deliver(two, world.publish(assigned()))
    assert not world.sent(), "taken over too early"
    world.simulator.configure(contents=(Content(id=COURSE, external_id="17"),))
    await world.drain(three)
    await world.check_all_is_well()


async def test_an_unclear_create_says_whose_the_record_is(world: World) -> None:
    """The activity may exist. If somebody else has the address now, it must not show that person's event."""
    world.simulator.configure(users=(IS_ANN,))
    one, two = await world.worker(), await world.worker()
    one.dies("graph:create", "after")
    await world.deliver(one, world.publish(assigned(), learner=BY_MAIL))
    world.simulator.configure(users=(HAS_HER_MAIL,))
    world.advance(75)
    world.publish(completed(), counts=False, learner={"entraObjectId": BOB})
    await world.drain(two)
    await world.check_all_is_well("identity_conflict")


async def test_nothing_is_concluded_about_an_owner_under_anothers_lease(world: World) -> None:
    """Otherwise the letter that's being written would be left behind, and its event would get another."""
    world.simulator.configure(users=(IS_ANN,))
    one, two = await world.worker(), await world.worker()
    writing = Hold()
    written = one.rule("blob:put", writing)
    first = asyncio.ensure_future(one.take(world.publish(assigned(), counts=False, learner=NOBODY)))
    await written.reached
    outcome = await two.take(world.publish(assigned(1), learner=BY_MAIL))
    writing.release()
    await first
    await world.drain(two)
    await world.check_all_is_well("learner_not_found")
    assert outcome == Retry(world.settings.lease + world.settings.clock_margin, RetryReason.LEASED)


HERS = {"learnerUserId": ANN, "learningContentId": COURSE}


@pytest.mark.parametrize(
    "other", [{"learnerUserId": BOB}, {"learningContentId": "another"}], ids=["another learner's", "of another course"]
)
async def test_a_lookup_adopts_only_the_owners_activity(world: World, other: dict[str, str]) -> None:
    """If the lookup finds what somebody else has created under the same id, it's left to an operator."""
    one, two = await world.worker(), await world.worker()
    one.dies("graph:create", "before")
    await world.deliver(one, world.publish(assigned()))
    await create_in_graph(world, externalcourseActivityId=ENROLMENT, **{**HERS, **other})
    sent = world.sent()
    await world.drain(two)
    assert [letter.reason for letter in world.post.dead_letters.values()] == ["identity_conflict"]
    assert world.sent() == sent
    # The operator has found out that it shouldn't be there.
    world.post.control("rebind")
    await world.drain(two)
    await world.check_all_is_well()
