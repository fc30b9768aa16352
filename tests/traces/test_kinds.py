"""A completion may overtake the event that says the activity's kind, and a completed activity keeps its kind."""

from activities.domain.outcomes import Action, Done, Retry, RetryReason
from tests.traces.stories import Event, assigned, completed, progressed
from tests.traces.worker import Worker
from tests.traces.world import World

GRACE = 120


def of_unknown_kind(event: Event) -> Event:
    """Return the event as sent by a publisher that doesn't know whether the course was assigned."""
    return {name: value for name, value in event.items() if name != "activity"}


async def waiting(world: World) -> Worker:
    """Have a completion wait for an event that says the kind."""
    one = await world.worker()
    outcome = await one.take(world.publish(of_unknown_kind(completed())))
    assert outcome == Retry(GRACE, RetryReason.AWAITING_KIND)
    return one


async def test_a_completion_waits_for_its_assignment(world: World) -> None:
    """The assignment takes over the retry's mark, and the retry finds nothing left to do."""
    one = await waiting(world)
    world.advance(30)
    assert await one.take(world.publish(assigned())) == Done(Action.CREATED)
    await world.drain(one)
    [activity] = world.simulator.activities
    assert activity.kind == "assignment"
    await world.check_all_is_well()
    assert world.sent() == ["create"]


async def test_a_completion_goes_out_after_the_grace_time(world: World) -> None:
    """Neither a duplicate nor progress of unknown kind makes that time longer or shorter."""
    one = await waiting(world)
    begun = world.now
    for event in (completed(), progressed(50)):
        world.advance(30)
        assert await one.take(world.publish(of_unknown_kind(event))) == Done(Action.MERGED)
    await world.drain(one, until=begun + GRACE - 1)
    assert not world.sent()
    await world.drain(one, until=begun + GRACE)
    [activity] = world.simulator.activities
    assert (activity.kind, activity.body["status"]) == ("selfInitiated", "completed")
    await world.check_all_is_well()


async def test_a_worker_dies_while_a_completion_waits(world: World) -> None:
    """The grace time belongs to the record, so the next worker doesn't begin it anew."""
    one, two = await world.worker(), await world.worker()
    begun = world.now
    one.dies("table:insert", "after")
    message = world.publish(of_unknown_kind(completed()))
    await world.deliver(one, message)
    world.advance(GRACE / 2)
    await two.take(message)
    await world.drain(two, until=begun + GRACE)
    assert len(world.simulator.activities) == 1, "it waits longer than the grace time"
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_source_that_says_its_kind_does_not_wait(world: World) -> None:
    """If all courses are assigned, or none are, a completion doesn't need another event."""
    one = await world.worker(LMS_SOURCES='{"native": {"enrolments": "assignment"}}')
    message = world.publish(of_unknown_kind(completed()))
    assert await one.take(message) == Done(Action.CREATED)
    [activity] = world.simulator.activities
    assert activity.kind == "assignment"


async def test_only_a_completion_waits(world: World) -> None:
    """An activity that's in progress can still be replaced when its assignment arrives."""
    one = await world.worker()
    assert await one.take(world.publish(of_unknown_kind(progressed(20)))) == Done(Action.CREATED)
    world.advance(600)
    await world.apply(one, assigned(5))
    await world.check_all_is_well()
