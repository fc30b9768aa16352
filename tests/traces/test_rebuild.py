"""The ledger is lost and rebuilt from events that arrive again, while Graph still has the activities."""

import pytest

from tests.faults.rules import Point
from tests.traces.by_hand import create_in_graph
from tests.traces.stories import ANN, BOB, COURSE, ENROLMENT, Event, assigned, completed, progressed, unassigned
from tests.traces.worker import Worker
from tests.traces.world import World


async def rebuilding(world: World) -> Worker:
    """Start a worker with the setting that says that the ledger was lost."""
    return await world.worker(LEDGER_REBUILD="on")


@pytest.mark.parametrize(
    "again", [assigned(), progressed(20), completed()], ids=["assigned", "progressed", "completed"]
)
async def test_what_graph_has_is_found_before_anything_is_created(world: World, again: Event) -> None:
    """There's no second activity, and an event from before the completion doesn't take it back."""
    one, two = await world.worker(), await rebuilding(world)
    await world.apply(one, assigned(), progressed(40), completed())
    await world.lose_record()
    world.publish(again)
    await world.drain(two)
    await world.check_all_is_well()
    assert world.sent("get_by_external_id") == ["get_by_external_id"]
    assert world.sent("create") == ["create"]


async def test_the_rebuilt_record_goes_on(world: World) -> None:
    """New events apply to the activity that was found. It's looked up only once."""
    one, two = await world.worker(), await rebuilding(world)
    await world.apply(one, assigned(), progressed(40))
    await world.lose_record()
    await world.apply(two, progressed(60, 2))
    await world.apply(two, completed())
    await world.check_all_is_well()
    assert world.sent("get_by_external_id") == ["get_by_external_id"]


@pytest.mark.parametrize("before", [progressed(40), completed()], ids=["in progress", "completed"])
async def test_a_removal_that_names_nobody(world: World, before: Event) -> None:
    """Graph says whose activity it is, and whether it may be deleted."""
    one, two = await world.worker(), await rebuilding(world)
    await world.apply(one, assigned(), before)
    await world.lose_record()
    removal = unassigned()
    world.events.append(removal)
    nameless = {name: value for name, value in removal.items() if name not in ("learner", "course")}
    world.publish(nameless, counts=False)
    await world.drain(two)
    await world.check_all_is_well()


async def test_an_old_removal_changes_nothing(world: World) -> None:
    """Graph says when the course was assigned: after the removal."""
    one, two = await world.worker(), await rebuilding(world)
    await world.apply(one, assigned(), unassigned(10), assigned(20), progressed(40, 30))
    await world.lose_record()
    await world.apply(two, unassigned(10))
    await world.check_all_is_well()


async def test_a_new_enrolment_is_created_after_the_lookup(world: World) -> None:
    """Most records are new, and each costs one more request."""
    one = await rebuilding(world)
    await world.apply(one, assigned())
    await world.check_all_is_well()
    assert world.sent("create", "get_by_external_id") == ["get_by_external_id", "create"]


@pytest.mark.parametrize("point", ["before", "after"])
@pytest.mark.parametrize(
    ("step", "nth"), [("table:insert", 1), ("graph:get_by_external_id", 1), ("table:update", 1), ("table:update", 2)]
)
async def test_a_crash_while_the_record_is_rebuilt(world: World, step: str, nth: int, point: Point) -> None:
    """Whatever the crash leaves behind, the next worker doesn't create a second activity."""
    one, two, three = await world.worker(), await rebuilding(world), await rebuilding(world)
    await world.apply(one, assigned(), progressed(40))
    await world.lose_record()
    two.dies(step, point, nth)
    await world.deliver(two, world.publish(completed()))
    assert two.dead
    await world.drain(three)
    await world.check_all_is_well()
    assert world.sent("create") == ["create"]


async def test_somebody_elses_activity_is_not_found(world: World) -> None:
    """What another learner has under this id isn't this record's activity."""
    await create_in_graph(world, externalcourseActivityId=ENROLMENT, learnerUserId=BOB, learningContentId=COURSE)
    one = await rebuilding(world)
    world.publish(assigned(), counts=False)
    await world.drain(one)
    assert [letter.reason for letter in world.post.dead_letters.values()] == ["identity_conflict"]
    [activity] = world.simulator.activities
    assert activity.body["learnerUserId"] == BOB != ANN
