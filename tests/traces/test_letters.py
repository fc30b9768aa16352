"""The life of a dead letter: no fault without a letter or a message, and in the end no letter without a fault."""

import asyncio
import math
from http import HTTPStatus

import pytest

from activities.domain.outcomes import DeadLetter, Done, Retry, RetryReason
from tests.faults.actions import Hold, Status
from tests.traces.refusals import REFUSED
from tests.traces.stories import assigned, completed, of_another, progressed
from tests.traces.worker import Worker
from tests.traces.world import World


async def parked(world: World, worker: Worker) -> None:
    """Have Graph refuse an update, so that the record is parked with a letter."""
    await world.apply(worker, assigned())
    worker.rule("graph:update", REFUSED)
    assert isinstance(await worker.take(world.publish(progressed(40))), DeadLetter)
    assert (await world.record()).sync.parked
    assert len(world.post.dead_letters) == 1


async def test_a_record_that_heals_deletes_its_letter(world: World) -> None:
    """A corrected event puts the activity right, and the letter is deleted automatically."""
    one, two = await world.worker(), await world.worker()
    await parked(world, one)
    assert isinstance(await two.take(world.publish(progressed(60, at=2))), Done)
    await world.check_all_is_well()


async def test_the_latest_letter_of_a_record_replaces_the_one_before(world: World) -> None:
    """One letter stands for everything that's merged into the record."""
    one = await world.worker()
    await parked(world, one)
    one.rule("graph:update", REFUSED)
    await one.take(world.publish(progressed(60, at=2)))
    [letter] = world.post.dead_letters.values()
    assert letter.number == (await world.record()).sync.letter == 2
    await world.post.redrive()
    await world.drain(one)
    await world.check_all_is_well()


async def test_a_letter_is_noted_before_it_is_written(world: World) -> None:
    """H15. After a crash, the record still knows of its letter, so whatever heals the record deletes the letter."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", REFUSED)
    one.dies("blob:put", "after")
    await world.deliver(one, world.publish(progressed(40)))
    world.publish(completed())
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_letter_is_not_written_after_its_lease(world: World) -> None:
    """H16. A slow worker whose lease has ended must not write its letter: the record may have healed meanwhile."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", REFUSED)
    noting = Hold()
    noted = one.rule("table:update", noting, point="after", nth=2)
    first = asyncio.ensure_future(one.take(world.publish(progressed(40))))
    await noted.reached
    world.advance(75)
    await world.deliver(two, world.publish(completed()))
    noting.release()
    await first
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_settled_record_remembers_that_its_letter_is_to_be_deleted(world: World) -> None:
    """H17. After a crash between settling and deleting, the next message for the settled record deletes the letter."""
    one, two, three = await world.worker(), await world.worker(), await world.worker()
    await parked(world, one)
    two.dies("blob:head", "before")
    message = world.publish(completed())
    await world.deliver(two, message)
    assert world.post.dead_letters
    await world.deliver(three, message)
    await world.check_all_is_well()


async def test_a_crash_after_deleting_the_letter_does_no_harm(world: World) -> None:
    """The mark `sweep` outlives the letter, and the next message clears it."""
    one, two, three = await world.worker(), await world.worker(), await world.worker()
    await parked(world, one)
    two.dies("blob:delete", "after")
    message = world.publish(completed())
    await world.deliver(two, message)
    assert (await world.record()).sync.sweep
    await world.deliver(three, message)
    assert not (await world.record()).sync.sweep
    await world.check_all_is_well()


@pytest.mark.parametrize("step", ["blob:head", "blob:delete"], ids=["before it is read", "before it is deleted"])
async def test_a_later_letter_is_not_deleted_by_a_former_settle(world: World, step: str) -> None:
    """H18. A later letter stands for a later fault: its number is higher, and its ETag isn't the one that was read."""
    one, two, three = await world.worker(), await world.worker(), await world.worker()
    await parked(world, one)
    deleting = Hold()
    held = two.rule(step, deleting)
    first = asyncio.ensure_future(two.take(world.publish(progressed(60, at=2))))
    await held.reached
    three.rule("graph:update", REFUSED)
    await three.take(world.publish(progressed(80, at=3)))
    deleting.release()
    await first
    await world.check_nothing_is_lost()
    assert [letter.number for letter in world.post.dead_letters.values()] == [2]


async def test_after_an_unclear_response_a_parked_record_sends_nothing_more(world: World) -> None:
    """H8. Even if an event is merged while the letter is noted, the request on its way has to be waited for."""
    one, two = await world.worker(RETRY_MAX_AGE_HOURS="0.1"), await world.worker()
    await world.apply(one, assigned(), of_another(assigned()))
    one.rule("graph:update", Status(HTTPStatus.INTERNAL_SERVER_ERROR))
    await world.deliver(one, world.publish(progressed(30)))
    await world.deliver(one, world.publish(of_another(progressed(30))))
    retry = world.post.retry()
    world.advance(400)
    flight = one.loses("graph:update")
    noting = Hold()
    noted = one.rule("table:update", noting, nth=2)
    first = asyncio.ensure_future(one.take(retry))
    await noted.reached
    await two.take(world.publish(completed()))
    noting.release()
    outcome = await first
    await world.land(flight)
    await world.drain(two)
    await world.check_all_is_well()
    assert isinstance(outcome, DeadLetter)


async def test_a_letter_that_cannot_be_written_keeps_its_message(world: World) -> None:
    """A refusal by storage is everybody's fault: the message waits on the retry queue, and the lease runs out."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", REFUSED)
    one.rule("blob:put", Status(HTTPStatus.FORBIDDEN), times=math.inf)
    outcome = await one.take(world.publish(progressed(40)))
    assert outcome == Retry(world.settings.hold_seconds, RetryReason.HOLD)
    assert not world.post.dead_letters
    await world.drain(two)
    await world.check_all_is_well()
