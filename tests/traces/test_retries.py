"""Leases, marks and retry messages: who comes back to a record, and when."""

import asyncio
import math
from http import HTTPStatus

import pytest

from activities.domain.outcomes import DeadLetter
from tests.faults.actions import Hold, Status
from tests.traces.stories import assigned, completed, progressed
from tests.traces.world import World

CHANGED = Status(HTTPStatus.PRECONDITION_FAILED, {"x-ms-error-code": "UpdateConditionNotSatisfied"})
THROTTLED = Status(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "20"})


async def test_after_an_unclear_response_the_lease_runs_out(world: World) -> None:
    """H8. With the lease dropped, a completion overtakes the PATCH that is still on its way, which then resets it."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    begun = world.now
    flight = one.loses("graph:update")
    await world.deliver(one, world.publish(progressed(40)))
    world.publish(completed())
    await world.rest(two, until=begun + 55)
    await world.land(flight)
    await world.rest(two)
    await world.check_all_is_well()


async def test_a_mark_lapses_before_its_message_becomes_visible(world: World) -> None:
    """H11. A mark that is set late and outlives its message makes everybody wait for a message that is gone."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", THROTTLED)
    marking = Hold()
    marked = one.rule("table:update", marking, nth=2)
    first = asyncio.ensure_future(one.take(world.publish(progressed(40))))
    await marked.reached
    retry = world.post.retry()
    world.advance(retry.due - world.now)
    await world.deliver(two, retry)
    marking.release()
    await first
    world.advance(1)
    await world.deliver(two, world.publish(completed()))
    await world.rest(two)
    await world.check_all_is_well()


async def test_a_lease_is_taken_over_a_margin_after_its_end(world: World) -> None:
    """H13. A worker whose clock is ahead would overtake a PATCH that may still land, which then resets its own."""
    one, ahead = await world.worker(), await world.worker(ahead=8)
    await world.apply(one, assigned())
    begun = world.now
    flight = one.loses("graph:update", dies=True)
    await world.deliver(one, world.publish(progressed(40)))
    world.advance(53)
    world.publish(completed())
    await world.rest(ahead, until=begun + 58)
    await world.land(flight)
    await world.rest(ahead)
    await world.check_all_is_well()


async def test_a_parked_record_tries_again(world: World) -> None:
    """H14. A redrive changes nothing in the record; if being parked ended the matter, it would never be applied."""
    one = await world.worker()
    one.rule("graph:create", Status(HTTPStatus.BAD_REQUEST))
    message = world.publish(assigned())
    assert isinstance(await one.take(message), DeadLetter)
    assert (await world.record()).sync.parked
    await world.post.redrive()
    await world.rest(one)
    await world.check_all_is_well()


async def test_a_retry_message_is_written_before_its_mark(world: World) -> None:
    """A crash between a mark and its message would leave a mark that names no message."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", THROTTLED)
    one.dies("queue:put:*", "before")
    await world.deliver(one, world.publish(progressed(40)))
    await world.rest(two)
    await world.check_all_is_well()


async def test_a_retry_clears_its_mark(world: World) -> None:
    """A message that shows itself before its mark lapses (its writer's clock was wrong) leaves no mark behind."""
    ahead, two = await world.worker(ahead=60), await world.worker()
    await world.apply(two, assigned())
    ahead.rule("graph:update", THROTTLED)
    await world.deliver(ahead, world.publish(progressed(40)))
    retry = world.post.retry()
    world.advance(retry.due - world.now)
    await world.deliver(two, retry)
    await world.deliver(two, world.publish(completed()))
    await world.rest(two)
    await world.check_all_is_well()


async def test_under_a_live_lease_a_duplicate_comes_back(world: World) -> None:
    """The same message twice: if the second delivery were done with, nobody would be left when the first one dies."""
    one, two = await world.worker(), await world.worker()
    holding = Hold()
    held = one.rule("graph:create", holding)
    message = world.publish(assigned())
    first = asyncio.ensure_future(one.take(message))
    await held.reached
    await two.take(message)
    one.die()
    await first
    await world.nothing_is_lost()
    await world.rest(two)
    await world.check_all_is_well()


@pytest.mark.parametrize("status", [HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_REQUEST], ids=["retry", "dead letter"])
async def test_a_row_that_is_never_still_is_left_to_the_queue(world: World, status: HTTPStatus) -> None:
    """Once a message stands for the record, storing the rest is tried a few times and then left to the next."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", Status(status, {"Retry-After": "0"}))
    one.rule("table:update", CHANGED, nth=2, times=math.inf)
    task = asyncio.ensure_future(one.take(world.publish(completed())))
    done, _ = await asyncio.wait({task}, timeout=10)
    if not done:
        one.die()
    assert done, "it hangs"
    assert task.exception() is None
    await world.nothing_is_lost()
    await world.post.redrive()
    await world.rest(two)
    await world.check_all_is_well()
