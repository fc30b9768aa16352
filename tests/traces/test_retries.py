"""Leases, retries and their marks: a message always leads back to a record that isn't settled."""

import asyncio
import math
from http import HTTPStatus

import pytest

from activities.domain.outcomes import DeadLetter, Retry, RetryReason
from tests.faults.actions import Hold, Reset, Status
from tests.traces.refusals import REFUSED
from tests.traces.stories import assigned, completed, progressed
from tests.traces.world import World

CHANGED = Status(HTTPStatus.PRECONDITION_FAILED, {"x-ms-error-code": "UpdateConditionNotSatisfied"})
CLOSED = Status(HTTPStatus.FORBIDDEN, {"x-ms-error-code": "AuthorizationPermissionMismatch"})
ILL = Status(HTTPStatus.INTERNAL_SERVER_ERROR, {"x-ms-error-code": "InternalError"})
THROTTLED = Status(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "20"})


async def test_after_an_unclear_response_the_lease_runs_out(world: World) -> None:
    """H8. If the lease were released, a completion could overtake an update on its way, which would then undo it."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    begun = world.now
    flight = one.loses("graph:update")
    await world.deliver(one, world.publish(progressed(40)))
    world.publish(completed())
    await world.drain(two, until=begun + world.settings.lease)
    await world.land(flight)
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_mark_lapses_before_its_message_becomes_visible(world: World) -> None:
    """H11. If a mark outlived its message, all other messages would rely on a message that's gone."""
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
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_lease_is_taken_over_a_margin_after_its_end(world: World) -> None:
    """H13. A worker whose clock is fast could overtake an update on its way, which would then undo its own."""
    one, ahead = await world.worker(), await world.worker(ahead=8)
    await world.apply(one, assigned())
    begun = world.now
    flight = one.loses("graph:update", dies=True)
    await world.deliver(one, world.publish(progressed(40)))
    world.advance(53)
    world.publish(completed())
    await world.drain(ahead, until=begun + 58)
    await world.land(flight)
    await world.drain(ahead)
    await world.check_all_is_well()


async def test_a_parked_record_is_tried_again(world: World) -> None:
    """H14. A redrive changes nothing in the record, so the message alone has to lead to another try."""
    one = await world.worker()
    one.rule("graph:create", REFUSED)
    message = world.publish(assigned())
    assert isinstance(await one.take(message), DeadLetter)
    assert (await world.record()).sync.parked
    await world.post.redrive()
    await world.drain(one)
    await world.check_all_is_well()


async def test_a_retry_is_written_before_its_mark(world: World) -> None:
    """In the other order, a crash in between would leave a mark without a message."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", THROTTLED)
    one.dies("queue:put:*", "before")
    await world.deliver(one, world.publish(progressed(40)))
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_retry_clears_its_mark(world: World) -> None:
    """If a wrong clock makes a retry visible before its mark lapses, no mark is left behind."""
    ahead, two = await world.worker(ahead=60), await world.worker()
    await world.apply(two, assigned())
    ahead.rule("graph:update", THROTTLED)
    await world.deliver(ahead, world.publish(progressed(40)))
    retry = world.post.retry()
    world.advance(retry.due - world.now)
    await world.deliver(two, retry)
    await world.deliver(two, world.publish(completed()))
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_duplicate_under_anothers_lease_is_tried_again(world: World) -> None:
    """If the second delivery ended with "done", no message would be left when the first one's worker dies."""
    one, two = await world.worker(), await world.worker()
    holding = Hold()
    held = one.rule("graph:create", holding)
    message = world.publish(assigned())
    first = asyncio.ensure_future(one.take(message))
    await held.reached
    await two.take(message)
    one.die()
    await first
    await world.check_nothing_is_lost()
    await world.drain(two)
    await world.check_all_is_well()


@pytest.mark.parametrize("refusal", [THROTTLED, REFUSED], ids=["retry", "dead letter"])
async def test_a_row_that_keeps_changing_is_left_to_the_queue(world: World, refusal: Status) -> None:
    """Once a message leads back to the record, the app stops trying to write its state after a few times."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", refusal)
    one.rule("table:update", CHANGED, nth=2, times=math.inf)
    task = asyncio.ensure_future(one.take(world.publish(completed())))
    done, _ = await asyncio.wait({task}, timeout=10)
    if not done:
        one.die()
    assert done, "it hangs"
    assert task.exception() is None
    await world.check_nothing_is_lost()
    await world.post.redrive()
    await world.drain(two)
    await world.check_all_is_well()


@pytest.mark.parametrize("failure", [CLOSED, ILL, Reset()], ids=["closed", "ill", "no response"])
@pytest.mark.parametrize("request_kind", ["table:get", "table:insert", "table:update"])
async def test_a_ledger_that_cannot_be_used_holds_every_message(
    world: World, request_kind: str, failure: Status | Reset
) -> None:
    """It's everybody's fault: the message waits on the retry queue, and doesn't use up deliveries."""
    one = await world.worker()
    refusal = one.rule(request_kind, failure, times=math.inf)
    for _ in range(2):
        message = world.post.next()
        outcome = await one.take(message or world.publish(assigned()))
        assert outcome == Retry(world.settings.hold_seconds, RetryReason.HOLD)
        world.advance(world.settings.hold_seconds)
    one.proxied["table"].remove(refusal)
    await world.drain(one)
    await world.check_all_is_well()


async def test_only_a_queue_that_cannot_be_written_leaves_the_message_to_the_host(world: World) -> None:
    """Then there's nowhere else to put it."""
    one = await world.worker()
    one.rule("table:get", CLOSED)
    one.rule("queue:put:*", CLOSED, times=2)
    message = world.publish(assigned())
    [failure] = await asyncio.gather(one.take(message), return_exceptions=True)
    assert isinstance(failure, Exception)
    assert world.post.live == [message]
    await world.drain(one)
    await world.check_all_is_well()
