"""Replaces: the activity is deleted and created again, with a crash or a second worker in between."""

import asyncio

from tests.faults.actions import Hold
from tests.traces.stories import assigned
from tests.traces.world import World


async def test_the_record_is_written_between_delete_and_create(world: World) -> None:
    """H3. If a crash left the old id in the record, its delete would get a 404, and a second create would follow."""
    one, two, three = [await world.worker() for _ in range(3)]
    await world.apply(one, assigned())
    flight = two.loses("graph:create", dies=True)
    await world.deliver(two, world.publish(assigned(at=1, terms="recommended")))
    await world.land(flight)
    world.advance(75)
    await world.drain(three)
    await world.check_all_is_well()
    assert world.simulator.counts["create", "201"] == 2, "the lost create wasn't found"


async def test_a_lookup_that_shows_a_deleted_activity_is_not_believed(world: World) -> None:
    """H10. If the deleted id were adopted, the lost create's activity would be forgotten, and another one created."""
    one, two, three = [await world.worker() for _ in range(3)]
    await world.apply(one, assigned())
    world.deletions_show_after = 400
    two.dies("graph:create", "after")
    await world.deliver(two, world.publish(assigned(at=1, terms="recommended")))
    world.publish(assigned(at=2, terms="required"))
    await world.drain(three)
    await world.check_all_is_well()
    assert not world.simulator.counts.get(("delete", "404")), "the deleted activity was believed to be there"


async def test_an_invocation_that_lost_its_lease_does_not_go_on(world: World) -> None:
    """A worker whose lease was taken over during its delete must not create the activity."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    deleting, creating = Hold(), Hold()
    deleted = one.rule("graph:delete", deleting, point="after")
    created = two.rule("graph:create", creating, point="after")
    message = world.publish(assigned(at=1, terms="recommended"))
    first = asyncio.ensure_future(one.take(message))
    await deleted.reached
    world.advance(75)
    # Its delete gets a 404, so it does a lookup before it creates.
    await two.take(message)
    retry = world.post.retry()
    world.advance(retry.due - world.now)
    second = asyncio.ensure_future(two.take(retry))
    await created.reached
    deleting.release()
    await first
    creating.release()
    await second
    await world.drain(two)
    await world.check_all_is_well()
