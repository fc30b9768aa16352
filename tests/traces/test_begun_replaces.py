"""Replaces that go wrong halfway: one that has begun is finished, and one that hasn't is planned again."""

import math
from collections.abc import Awaitable, Callable

import pytest

from activities.domain.outcomes import Action, Done
from tests.faults.actions import Status
from tests.traces.refusals import NO_PERMISSION, REFUSED
from tests.traces.stories import Event, assigned, of_another, progressed
from tests.traces.test_blame import until_given_up
from tests.traces.test_identity import BY_NAME, IS_ANN
from tests.traces.test_replaced_types import RECOMMENDED, SELF_INITIATED, shown
from tests.traces.worker import Worker
from tests.traces.world import World
from tools.develop.simulator import User

type Meanwhile = Callable[[World, Worker], Awaitable[None]]

THROTTLED = Status(429, {"Retry-After": "0"})
COURSE_OF_THEIR_OWN = {**progressed(40), **SELF_INITIATED}
HAS_ANOTHER_NAME = User(id=IS_ANN.id, user_principal_name="ann.moore@contoso.com")


async def loses_permission(world: World, _worker: Worker) -> None:
    """Take the permission for assignments away from the app."""
    world.simulator.configure(permissions=world.simulator.config.permissions - {"assignment"})


async def holds_creates(world: World, worker: Worker) -> None:
    """Have others' assignments refused three times as everybody's fault, so that the worker holds creates."""
    worker.rule("graph:create", NO_PERMISSION, times=3)
    for number in (2, 3, 4):
        await worker.take(world.publish(of_another(assigned(), number)))


async def renames(world: World, _worker: Worker) -> None:
    """Rename the learner, so that the name in the events is nobody's."""
    world.simulator.configure(users=(HAS_ANOTHER_NAME,))


async def replacing(world: World, first: Event) -> Worker:
    """Create an activity that's about to be replaced. Its events name the learner by user principal name."""
    world.simulator.configure(users=(IS_ANN,))
    one = await world.worker()
    world.publish(first, learner=BY_NAME)
    await world.drain(one)
    world.advance(600)
    return one


@pytest.mark.parametrize(
    "meanwhile", [loses_permission, holds_creates, renames], ids=["no permission", "a hold", "another name"]
)
async def test_a_delete_that_was_throttled_begins_nothing(world: World, meanwhile: Meanwhile) -> None:
    """The retry checks again whether the other activity can be created."""
    one, two = await replacing(world, COURSE_OF_THEIR_OWN), await world.worker()
    one.rule("graph:delete", THROTTLED)
    await world.deliver(one, world.publish(assigned(5), learner=BY_NAME))
    retry = world.post.retry()
    await meanwhile(world, two)
    world.advance(retry.due - world.now)
    await world.deliver(two, retry)
    assert world.sent() == ["create"], "something was deleted"


@pytest.mark.parametrize("fault", ["a crash", "no response"])
@pytest.mark.parametrize(
    "events",
    [(COURSE_OF_THEIR_OWN, assigned(5), assigned(6, "recommended")), (assigned(), RECOMMENDED, assigned(6))],
    ids=["a third type", "the former type"],
)
async def test_another_wish_after_an_unclear_delete(
    world: World, events: tuple[Event, Event, Event], fault: str
) -> None:
    """The activity may be gone, so nothing may stop another from taking its place. Its learner is known."""
    first, second, third = events
    one, two = await replacing(world, first), await world.worker()
    if fault == "a crash":
        one.dies("graph:delete", "after")
    else:
        one.rule("graph:delete", Status(500), point="after")
    await world.deliver(one, world.publish(second, learner=BY_NAME))
    world.advance(75)
    await renames(world, two)
    await world.deliver(two, world.publish(third, learner=BY_NAME))
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_third_type_that_is_refused_brings_back_what_was_deleted(world: World) -> None:
    """The first type comes back, because the second was never created. The refusal is about the third."""
    one, two = await replacing(world, assigned()), await world.worker()
    one.dies("graph:delete", "after")
    await world.deliver(one, world.publish(RECOMMENDED, learner=BY_NAME))
    world.advance(75)
    two.rule("graph:create", REFUSED)
    message = world.publish({**progressed(50, 6), **SELF_INITIATED}, learner=BY_NAME)
    await world.deliver(two, message)
    await world.drain(two)
    assert shown(world) == [("required", "inProgress", 50)]
    assert [letter.reason for letter in world.post.dead_letters.values()] == ["rejected_by_graph"]
    sent = world.sent()
    await two.take(message)
    assert world.sent() == sent, "a duplicate tried again"


async def test_a_replace_whose_creates_are_lost_is_no_refused_one(world: World) -> None:
    """Graph hasn't refused it, so it's tried for as long as responses may be unclear, and not just a few times."""
    one = await world.worker(RETRY_MAX_AGE_HOURS="0.5", BLAME_TRIES="2")
    await world.apply(one, assigned())
    one.rule("graph:create", Status(500), times=math.inf, when=lambda exchange: b'"recommended"' in exchange.body)
    begun = world.now
    world.publish(RECOMMENDED, counts=False)
    await until_given_up(world, one)
    assert not world.post.live
    assert [letter.reason for letter in world.post.dead_letters.values()] == ["retries_exhausted"]
    assert world.now - begun >= 1800


@pytest.mark.parametrize("fault", ["throttled", "not admitted"])
async def test_a_replace_that_was_begun_stays_begun(world: World, fault: str) -> None:
    """The first delete may have taken effect. Even if the second certainly fails, the replace has begun."""
    one, two, three = await replacing(world, COURSE_OF_THEIR_OWN), await world.worker(), await world.worker()
    one.dies("graph:delete", "after")
    await one.take(world.publish(assigned(5), learner=BY_NAME))
    world.advance(75)
    [message] = world.post.live
    if fault == "throttled":
        two.rule("graph:delete", THROTTLED)
    else:
        two.rule("graph:create", Status(429, {"Retry-After": "60"}))
        await two.take(world.publish(of_another(assigned(), 7), counts=False))
    await two.take(message)
    assert (await world.record()).sync.replacing is not None, "the record forgot that the replace has begun"
    if fault == "throttled":
        await renames(world, three)
        await world.drain(three)
        await world.check_all_is_well()


async def test_patience_ends_with_the_former_activity_in_its_place(world: World) -> None:
    """If patience ends with a lost create, there may be no activity. A lookup has to find out first."""
    one = await world.worker(RETRY_MAX_AGE_HOURS="0.2")
    await world.apply(one, assigned())
    one.rule("graph:create", Status(500), times=math.inf, when=lambda exchange: b'"recommended"' in exchange.body)
    await one.take(world.publish(RECOMMENDED, counts=False))
    # The lookup finds nothing, the former activity is back, and the change waits.
    await world.drain(one, until=world.now + 200)
    assert await one.take(world.publish(of_another(assigned()))) == Done(Action.CREATED)
    world.advance(900)
    # Others got through, so it's tried again: the activity is deleted, and the create is lost once more.
    await world.drain(one)
    world.check_graph("retries_exhausted")
