"""404 for an activity that the record knows: gone, or not shown yet."""

import httpx

from tests.faults.actions import Call, Status
from tests.traces.stories import assigned, completed, unassigned
from tests.traces.world import World


async def test_an_update_after_404_is_written_ahead(world: World) -> None:
    """H4. Without a write before the POST that follows a 404, a crash leads through the same 404 to a second POST."""
    one, two, three = [await world.worker() for _ in range(3)]
    await world.apply(one, assigned())
    await delete_in_graph(world)
    flight = two.loses("graph:create", dies=True)
    await world.deliver(two, world.publish(completed()))
    world.advance(55)
    await world.land(flight)
    world.advance(20)
    await world.rest(three)
    await world.check_all_is_well()


async def test_an_update_of_a_young_activity_does_not_believe_404(world: World) -> None:
    """H6. Graph does not show the new activity yet; taken for gone, it would be created a second time."""
    one = await world.worker()
    await world.deliver(one, world.publish(assigned()))
    world.publish(completed())
    await world.rest(one)
    await world.check_all_is_well()


async def test_a_delete_of_a_young_activity_does_not_believe_404(world: World) -> None:
    """H6. Graph does not show the new activity yet; taken for deleted, it would stay as an orphan."""
    one = await world.worker()
    await world.deliver(one, world.publish(assigned()))
    world.publish(unassigned())
    await world.rest(one)
    await world.check_all_is_well()
    assert not world.simulator.activities


async def test_an_update_that_meets_404_looks_up_first(world: World) -> None:
    """H6. A 404 may be wrong: only what a lookup does not find either is created anew."""
    one = await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", Status(404))
    world.publish(completed())
    await world.rest(one)
    await world.check_all_is_well()


async def test_age_is_judged_when_the_request_was_sent(world: World) -> None:
    """H7. The activity grows old while the answer is on its way, but the answer is about the young one."""
    one = await world.worker()
    await world.deliver(one, world.publish(assigned()))
    world.advance(40)
    one.rule("graph:delete", Call(lambda _: world.advance(35)), point="after")
    world.publish(unassigned())
    await world.rest(one)
    await world.check_all_is_well()
    assert not world.simulator.activities


async def delete_in_graph(world: World) -> None:
    """Somebody deletes the activity past the LMS."""
    simulator = world.simulator
    [activity] = simulator.activities
    path = f"/employeeExperience/learningProviders/{activity.provider_id}/learningCourseActivities/{activity.id}"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {simulator.token()}"}) as client:
        (await client.delete(simulator.graph_url + path)).raise_for_status()
    world.advance(2 * world.settings.settle)
