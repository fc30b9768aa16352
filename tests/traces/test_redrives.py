"""What an operator puts back: the message of a dead letter, with the envelope around it."""

import asyncio
import math
from datetime import UTC, datetime

from activities.domain.outcomes import DeadLetter, Retry, RetryReason
from activities.storage.envelope import Envelope
from tests.faults.actions import Hold, Status
from tests.traces.post import Queued
from tests.traces.refusals import REFUSED, UNKNOWN
from tests.traces.stories import ANN, COURSE, assigned, completed, from_moodle, of_another, progressed, text_of
from tests.traces.test_blame import until_given_up
from tests.traces.world import BEGIN, World
from tools.develop.simulator import Content


async def test_an_event_without_a_time_occurred_when_it_was_first_received(world: World) -> None:
    """Neither a retry nor a redrive makes it any later."""
    world.simulator.configure(contents=(Content(id=COURSE, external_id="17"),))
    await world.name_account("45", "moodle", entraObjectId=ANN)
    one = await world.worker()
    one.rule("graph:create", Status(500))
    one.rule("graph:create", REFUSED, nth=2)
    world.post.publish(from_moodle("user_enrolment_created"))
    await world.drain(one)
    assert [letter.reason for letter in world.post.dead_letters.values()] == ["rejected_by_graph"]
    world.advance(3 * 86_400)
    await world.post.redrive()
    await world.drain(one)
    [activity] = world.simulator.activities
    assert datetime.fromisoformat(activity.body["assignedDateTime"]) == datetime.fromtimestamp(BEGIN, UTC)


async def test_a_body_in_which_another_enrolment_is_found_now(world: World) -> None:
    """It's merged into that enrolment's record. The record that the envelope names is only synced."""
    one = await world.worker()
    await world.apply(one, assigned(), of_another(assigned()))
    world.events.append(completed())
    envelope = Envelope(
        id="1",
        reason="rejected_by_graph",
        detail="",
        attempt=2,
        first_seen=datetime.fromtimestamp(BEGIN, UTC),
        last_seen=datetime.fromtimestamp(BEGIN, UTC),
        enrollment_id="enrolment-2",
        nonce="2",
        redriven=True,
        original=text_of(completed()).decode(),
    )
    world.post.live.append(Queued(envelope.text().encode(), world.now, is_retry=True))
    await world.drain(one)
    await world.check_all_is_well()


async def test_a_redrive_that_meets_a_lease_is_still_one_afterwards(world: World) -> None:
    """The lease's owner didn't retry what Graph had refused, so the message still has to."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:create", REFUSED)
    await world.apply(one, assigned(5, "recommended"))
    updating = Hold()
    held = one.rule("graph:update", updating)
    updates = asyncio.ensure_future(one.take(world.publish(progressed(20, at=6))))
    await held.reached
    await world.post.redrive()
    outcome = await two.take(world.post.retry())
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.LEASED
    updating.release()
    await updates
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_redrive_that_fails_again_and_again_is_given_up_again(world: World) -> None:
    """Patience begins anew with a redrive, but not with each of its retries."""
    one = await world.worker()
    one.rule("graph:create", UNKNOWN, times=math.inf, when=lambda exchange: ANN.encode() in exchange.body)
    world.publish(assigned(), counts=False)
    await until_given_up(world, one)
    await world.post.redrive()
    *outcomes, last = await until_given_up(world, one)
    assert isinstance(last, DeadLetter), "it was never given up"
    assert len(outcomes) == world.settings.blame_tries - 1
    world.check_graph("rejected_by_graph")
