"""Checks: a settled record is compared with Graph."""

from http import HTTPStatus

from activities.domain.outcomes import Action, Done, Retry, RetryReason
from activities.domain.sync_parts import GONE
from tests.faults.actions import Status
from tests.traces.by_hand import delete_in_graph
from tests.traces.stories import ANN, assigned, completed, progressed
from tests.traces.test_not_found import lookups
from tests.traces.world import World


async def test_an_activity_that_is_gone_is_made_again(world: World) -> None:
    """Somebody deleted it in Graph. A 404 by id is confirmed by a later lookup before another is created."""
    one = await world.worker()
    await world.apply(one, assigned())
    await delete_in_graph(world)
    times = world.settings
    assert await one.take(world.post.control("check")) == Retry(times.clock_margin + times.settle, RetryReason.UNCLEAR)
    await world.drain(one)
    await world.check_all_is_well()
    assert lookups(world) == {"404": 1}


async def test_a_check_of_a_young_activity_waits(world: World) -> None:
    """Graph doesn't show the new activity yet. If it counted as gone, it would be created a second time."""
    one = await world.worker()
    await world.deliver(one, world.publish(assigned()))
    await world.deliver(one, world.post.control("check"))
    await world.drain(one)
    await world.check_all_is_well()


async def test_a_check_takes_over_a_retry_that_is_under_way(world: World) -> None:
    """The check acts at once, and the retry finds nothing left to do."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", Status(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "60"}))
    await world.deliver(one, world.publish(progressed(40)))
    world.advance(61)
    assert await two.take(world.post.control("check")) == Done(Action.UPDATED)
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_check_never_shows_what_is_not_acknowledged(world: World) -> None:
    """An event that's merged while the check is under way is sent after it."""
    one = await world.worker()
    await world.apply(one, assigned())
    world.publish(completed())
    world.post.control("check")
    await world.drain(one)
    await world.check_all_is_well()


async def test_a_comparison_only_notes_what_differs(world: World) -> None:
    """Nothing is repaired until an operator asks for it."""
    one = await world.worker()
    await world.apply(one, assigned(), progressed(40))
    [activity] = world.simulator.activities
    activity.body["completionPercentage"] = 70
    sent = world.sent()
    assert await one.take(world.post.control("compare")) == Done(Action.CHECKED)
    check = (await world.record()).sync.check
    assert check is not None
    assert (check.differed, world.sent()) == ("percentage", sent)
    assert await one.take(world.post.control("check")) == Done(Action.UPDATED)
    await world.check_all_is_well()


async def test_a_comparison_notes_that_an_activity_is_gone(world: World) -> None:
    """It's created again only when an operator asks for a check."""
    one = await world.worker()
    await world.apply(one, assigned())
    await delete_in_graph(world)
    sent = world.sent()
    assert await one.take(world.post.control("compare")) == Done(Action.CHECKED)
    record = await world.record()
    assert record.sync.check is not None
    assert (record.sync.check.differed, record.sync.state, world.sent()) == (GONE, "settled", sent)
    world.post.control("check")
    await world.drain(one)
    await world.check_all_is_well()


async def test_a_comparison_leaves_alone_what_is_not_settled(world: World) -> None:
    """The retry that's on its way does what's needed."""
    one = await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", Status(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "60"}))
    await world.deliver(one, world.publish(progressed(40)))
    before = await world.record()
    assert await one.take(world.post.control("compare")) == Done(Action.UNCHANGED)
    assert (await world.record(), world.sent()) == (before, ["create"])
    await world.drain(await world.worker())
    await world.check_all_is_well()


async def test_a_comparison_does_not_try_again_what_was_refused(world: World) -> None:
    """Operators ask for that with `check` or a redrive."""
    one = await world.worker()
    world.simulator.configure(unlicensed_learners={ANN})
    await world.deliver(one, world.publish(assigned()))
    requests = len(world.simulator.requests)
    assert await one.take(world.post.control("compare")) == Done(Action.UNCHANGED)
    assert len(world.simulator.requests) == requests
    assert len(world.post.dead_letters) == 1
