"""Creates whose response was lost. Times: deadline 40 s, lease 60 s, clock margin 10 s, settle time 60 s."""

import asyncio
from typing import Any

import pytest

from tests.faults.actions import Call, Hold, Status
from tests.traces.stories import assigned, completed, of_another, unassigned
from tests.traces.world import World


async def test_an_unclear_create_is_looked_up_a_settle_time_after_its_lease(world: World) -> None:
    """H1. If the wait began with the attempt, the lookup could miss a late create, and a second one would follow."""
    one, two = await world.worker(), await world.worker()
    flight = one.loses("graph:create", dies=True)
    await world.deliver(one, world.publish(assigned()))
    world.advance(55)
    await world.land(flight)
    world.advance(20)
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_create_after_a_lookup_is_written_ahead(world: World) -> None:
    """H2. Without a write between lookup and create, the next worker would think that the old attempt is long over."""
    one, two, three = [await world.worker() for _ in range(3)]
    one.dies("graph:create", "before")
    message = world.publish(assigned())
    await world.deliver(one, message)
    world.advance(140)
    flight = two.loses("graph:create", dies=True)
    await world.deliver(two, message)
    world.advance(55)
    await world.land(flight)
    world.advance(20)
    await world.drain(three)
    await world.check_all_is_well()


async def test_two_invocations_of_one_process_do_not_share_a_lease(world: World) -> None:
    """H12. If both thought that the lease was theirs, both would look up a lost create, and then create again."""
    one, two, three = [await world.worker() for _ in range(3)]
    one.dies("graph:create", "before")
    message = world.publish(assigned())
    await world.deliver(one, message)
    world.advance(140)
    looking, creating = Hold(), Hold()
    looked = two.rule("graph:get_by_external_id", looking, point="after")
    created = three.rule("graph:create", creating, point="after")
    first = asyncio.ensure_future(two.take(message))
    await looked.reached
    second = asyncio.ensure_future(three.take(world.publish(completed())))
    either: set[asyncio.Future[Any]] = {second, created.reached}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    looking.release()
    await first
    creating.release()
    await second
    await world.drain(three)
    await world.check_all_is_well()


async def test_an_unclear_create_is_looked_up_even_if_no_activity_is_desired(world: World) -> None:
    """H5. If a withdrawal settled because there's no id and so nothing to delete, it would leave an orphan in Graph."""
    one, two = await world.worker(), await world.worker()
    one.dies("graph:create", "after")
    await world.deliver(one, world.publish(assigned()))
    world.advance(75)
    await world.deliver(two, world.publish(unassigned()))
    await world.drain(two)
    await world.check_all_is_well()
    assert not world.simulator.activities


async def test_a_lookup_adopts_only_the_id(world: World) -> None:
    """H9. If the desired state counted as acknowledged, Graph would keep the create's outdated state."""
    one, two = await world.worker(), await world.worker()
    one.dies("graph:create", "after")
    await world.deliver(one, world.publish(assigned()))
    world.publish(completed())
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_request_starts_only_if_the_lease_outlasts_it(world: World) -> None:
    """A create that's sent at the end of the lease could take effect after the next worker's lookup."""
    one, two = await world.worker(), await world.worker()
    one.rule("table:insert", Call(lambda _: world.advance(55)), point="after")
    flight = one.loses("graph:create", dies=True)
    begun = world.now
    await world.deliver(one, world.publish(assigned()))
    await world.drain(two, until=begun + 94)
    await world.land(flight)
    await world.drain(two)
    await world.check_all_is_well()


@pytest.mark.parametrize("status", [404, 408, 409, 412, 500, 502, 503, 504])
async def test_a_failed_create_that_may_have_had_an_effect_is_looked_up(world: World, status: int) -> None:
    """Some statuses don't say whether the create took effect, and another could make a second activity."""
    one, two = await world.worker(), await world.worker()
    # With this header, a 503 is throttling too.
    one.rule("graph:create", Status(status, {"Retry-After": "0"}), point="after")
    await world.deliver(one, world.publish(assigned()))
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_parked_record_keeps_its_unclear_create(world: World) -> None:
    """If patience ends after an unclear create, a redrive must still look it up before it creates again."""
    one, two = await world.worker(RETRY_MAX_AGE_HOURS="0.1"), await world.worker()
    one.rule("graph:create", Status(500))
    await world.deliver(one, world.publish(assigned()))
    # Others get through meanwhile, so it isn't everybody's fault.
    await world.deliver(one, world.publish(of_another(assigned())))
    world.advance(400)
    one.rule("graph:create", Status(500), point="after")
    await world.drain(one)
    assert [letter.reason for letter in world.post.dead_letters.values()] == ["retries_exhausted"]
    await world.post.redrive()
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_request_ends_at_its_deadline(world: World) -> None:
    """A request that hangs for longer than its lease could take effect after one from the next worker."""
    one = await world.worker(GRAPH_DEADLINE_SECONDS="2")
    # The response comes in eight pieces, so the wait for each is short.
    world.simulator.fault(operation="create", damage="slow_body", slowness=5)
    task = asyncio.ensure_future(one.take(world.publish(assigned())))
    done, _ = await asyncio.wait({task}, timeout=4)
    assert done, "it hangs"
