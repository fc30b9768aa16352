"""Creates whose answer nobody heard. Times: deadline 40 s, lease 60 s, margin 10 s, settle time 60 s."""

import asyncio

import pytest

from tests.faults.actions import Call, Hold, Status
from tests.traces.stories import assigned, completed, unassigned
from tests.traces.world import World


async def test_an_unclear_create_is_looked_up_a_settle_time_after_its_lease(world: World) -> None:
    """H1. Counted from the attempt, the lookup comes before a POST that landed late shows, and a second is made."""
    one, two = await world.worker(), await world.worker()
    flight = one.loses("graph:create", dies=True)
    await world.deliver(one, world.publish(assigned()))
    world.advance(55)
    await world.land(flight)
    world.advance(20)
    await world.rest(two)
    await world.check_all_is_well()


async def test_a_create_after_a_lookup_is_written_ahead(world: World) -> None:
    """H2. Without a write between lookup and POST, the next worker takes the old attempt for long over."""
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
    await world.rest(three)
    await world.check_all_is_well()


async def test_an_unclear_create_is_resolved_though_nothing_is_wanted(world: World) -> None:
    """H5. An unassigned that sees no id and settles for "nothing to delete" leaves an orphan in Graph."""
    one, two = await world.worker(), await world.worker()
    one.dies("graph:create", "after")
    await world.deliver(one, world.publish(assigned()))
    world.advance(75)
    await world.deliver(two, world.publish(unassigned()))
    await world.rest(two)
    await world.check_all_is_well()
    assert not world.simulator.activities


async def test_a_lookup_adopts_the_id_only(world: World) -> None:
    """H9. Settled with what is wanted by now, the record would hide that Graph still shows the body of the POST."""
    one, two = await world.worker(), await world.worker()
    one.dies("graph:create", "after")
    await world.deliver(one, world.publish(assigned()))
    world.publish(completed())
    await world.rest(two)
    await world.check_all_is_well()


async def test_a_request_starts_only_if_the_lease_outlasts_it(world: World) -> None:
    """A POST sent at the end of the lease could land so late after it that the next worker's lookup misses it."""
    one, two = await world.worker(), await world.worker()
    one.rule("table:insert", Call(lambda _: world.advance(55)), point="after")
    flight = one.loses("graph:create", dies=True)
    begun = world.now
    await world.deliver(one, world.publish(assigned()))
    await world.rest(two, until=begun + 94)
    await world.land(flight)
    await world.rest(two)
    await world.check_all_is_well()


@pytest.mark.parametrize("status", [404, 408, 409, 412, 500, 502, 503, 504])
async def test_a_failed_create_that_may_have_landed_is_looked_up(world: World, status: int) -> None:
    """Some failures say nothing about the effect: posting again would make a second activity."""
    one, two = await world.worker(), await world.worker()
    one.rule("graph:create", Status(status), point="after")
    await world.deliver(one, world.publish(assigned()))
    await world.rest(two)
    await world.check_all_is_well()


async def test_a_dead_letter_keeps_an_unclear_create(world: World) -> None:
    """Patience ends while a POST may have landed: a redrive that forgot it would make a second activity."""
    one, two = await world.worker(), await world.worker()
    one.rule("graph:create", Status(500))
    one.rule("graph:create", Status(500), point="after")
    await world.deliver(one, world.publish(assigned()))
    world.advance(3600 * (world.settings.retry_max_age_hours + 1))
    await world.rest(one)
    assert [letter.reason for letter in world.post.dead_letters.values()] == ["retries_exhausted"]
    await world.post.redrive()
    await world.rest(two)
    await world.check_all_is_well()


async def test_a_request_ends_at_its_deadline(world: World) -> None:
    """A request that hangs for longer than its lease could land after the next worker's."""
    one = await world.worker(GRAPH_DEADLINE_SECONDS="0.5")
    one.rule("graph:create", Hold())
    task = asyncio.ensure_future(one.take(world.publish(assigned())))
    done, _ = await asyncio.wait({task}, timeout=10)
    assert done, "it hangs"
