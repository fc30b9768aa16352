"""A 404 for an activity that the record knows: it's gone, or Graph doesn't show it yet."""

import pytest

from activities.domain.outcomes import Retry, RetryReason
from tests.faults.actions import Call
from tests.traces.by_hand import delete_in_graph
from tests.traces.refusals import GONE
from tests.traces.stories import Event, assigned, completed, unassigned
from tests.traces.world import World


async def test_a_create_after_a_404_is_written_ahead(world: World) -> None:
    """H4. Without a write before the create, a crash leads to the same 404 again, and then to a second create."""
    one, two, three = [await world.worker() for _ in range(3)]
    await world.apply(one, assigned())
    await delete_in_graph(world)
    flight = two.loses("graph:create", dies=True)
    await world.deliver(two, world.publish(completed()))
    retry = world.post.retry()
    world.advance(retry.due - world.now)
    await world.deliver(two, retry)
    assert two.dead
    world.advance(55)
    await world.land(flight)
    world.advance(20)
    await world.drain(three)
    await world.check_all_is_well()


async def test_an_update_of_a_young_activity_does_not_believe_a_404(world: World) -> None:
    """H6. Graph doesn't show the new activity yet. If it counted as gone, it would be created a second time."""
    one = await world.worker()
    await world.deliver(one, world.publish(assigned()))
    world.publish(completed())
    await world.drain(one)
    await world.check_all_is_well()
    assert not lookups(world), "the 404 led to a lookup"


async def test_a_delete_of_a_young_activity_does_not_believe_a_404(world: World) -> None:
    """H6. Graph doesn't show the new activity yet. If it counted as deleted, it would stay as an orphan."""
    one = await world.worker()
    await world.deliver(one, world.publish(assigned()))
    world.publish(unassigned())
    await world.drain(one)
    await world.check_all_is_well()
    assert not lookups(world), "the 404 led to a lookup"


@pytest.mark.parametrize("event", [completed(), unassigned()], ids=["update", "delete"])
async def test_a_404_is_confirmed_by_a_lookup(world: World, event: Event) -> None:
    """H6. A 404 may be wrong. If it were believed, a second activity would be created, or the first one would stay."""
    one = await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", GONE)
    one.rule("graph:delete", GONE)
    world.publish(event)
    await world.drain(one)
    await world.check_all_is_well()
    assert lookups(world) == {"200": 1}


async def test_the_age_of_an_activity_counts_when_the_request_is_sent(world: World) -> None:
    """H7. The activity becomes old enough to show while the response is on its way, but the 404 is older than that."""
    one = await world.worker()
    await world.deliver(one, world.publish(assigned()))
    world.advance(40)
    one.rule("graph:delete", Call(lambda _: world.advance(35)), point="after")
    world.publish(unassigned())
    await world.drain(one)
    await world.check_all_is_well()
    assert not lookups(world), "the 404 led to a lookup"


async def test_a_delete_of_an_activity_that_is_gone_is_done_after_a_lookup(world: World) -> None:
    """The activity is old enough to show, but only a lookup that finds nothing ends the delete."""
    one = await world.worker()
    await world.apply(one, assigned())
    await delete_in_graph(world)
    times = world.settings
    outcome = await one.take(world.publish(unassigned()))
    assert outcome == Retry(times.clock_margin + times.settle, RetryReason.UNCLEAR)
    await world.drain(one)
    await world.check_all_is_well()
    assert lookups(world) == {"404": 1}


def lookups(world: World) -> dict[str, int]:
    """Count the lookups by external id, for each status."""
    found = world.simulator.counts.items()
    return {status: number for (operation, status), number in found if operation == "get_by_external_id"}
