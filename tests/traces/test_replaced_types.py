"""Replaces: an activity of another kind or type takes the place of the former one, or the former one comes back."""

import pytest

from activities.domain.outcomes import DeadLetter, Retry, RetryReason
from tests.faults.actions import Call, Status
from tests.faults.rules import Point
from tests.traces.refusals import NO_PERMISSION, NOT_VALID, REFUSED, UNKNOWN, words
from tests.traces.stories import ANN, Event, assigned, completed, of_another, progressed
from tests.traces.worker import Worker
from tests.traces.world import World
from tools.develop.simulator import User

SELF_INITIATED = {"activity": "selfInitiated"}
RECOMMENDED = assigned(5, "recommended")


def shown(world: World) -> list[tuple[str | None, str, int | None]]:
    """Return the type, status and percentage of each activity in Graph."""
    bodies = [activity.body for activity in world.simulator.activities]
    return [(body.get("assignmentType"), body["status"], body.get("completionPercentage")) for body in bodies]


async def in_progress(world: World) -> Worker:
    """Create an assignment that's in progress."""
    one = await world.worker()
    await world.apply(one, assigned())
    await world.apply(one, progressed(40))
    return one


async def refused(world: World) -> Worker:
    """Create an assignment that's in progress, and have Graph refuse to create its replacement."""
    one = await in_progress(world)
    one.rule("graph:create", REFUSED)
    assert isinstance(await one.take(world.publish(RECOMMENDED)), DeadLetter)
    world.advance(600)
    return one


async def test_nothing_is_deleted_without_the_permission_for_the_other_kind(world: World) -> None:
    """The token says which permissions the app has. Once this one is there, the activity is replaced."""
    everything = world.simulator.config.permissions
    world.simulator.configure(permissions=everything - {"assignment"})
    one = await world.worker()
    await world.apply(one, {**progressed(40), **SELF_INITIATED})
    outcome = await one.take(world.publish(assigned(5)))
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD
    assert world.sent() == ["create"], "something was deleted"
    world.simulator.configure(permissions=everything)
    await world.drain(one)
    await world.check_all_is_well()
    assert world.sent() == ["create", "delete", "create"]


async def test_nothing_is_deleted_while_creates_of_the_other_kind_are_held(world: World) -> None:
    """Both requests are admitted before the first is sent."""
    one = await world.worker()
    await world.apply(one, {**progressed(40), **SELF_INITIATED})
    one.rule("graph:create", NO_PERMISSION, times=3)
    for number in (2, 3, 4):
        await world.deliver(one, world.publish(of_another(assigned(), number)))
    outcome = await one.take(world.publish(assigned(5)))
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD
    assert world.sent() == ["create"], "something was deleted"


async def test_nothing_is_deleted_if_the_learner_is_not_found(world: World) -> None:
    """The app has to know who the new activity is for before it deletes the former one."""
    world.simulator.configure(users=(User(id=ANN, user_principal_name="ann@contoso.com"),))
    named = {"email": "ann@contoso.com"}
    one, two = await world.worker(), await world.worker()
    world.publish(assigned(), learner=named)
    await world.drain(one)
    world.advance(600)
    world.simulator.configure(users=())
    outcome = await two.take(world.publish(RECOMMENDED, learner=named))
    assert world.sent() == ["create"], "something was deleted"
    assert isinstance(outcome, DeadLetter)


@pytest.mark.parametrize(
    "first", [assigned(), {**progressed(20), **SELF_INITIATED}], ids=["another type", "another kind"]
)
async def test_a_completed_activity_is_never_replaced(world: World, first: Event) -> None:
    """It keeps its kind and type, even if the other type arrives along with the completion."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, first)
    one.rule("graph:update", Status(429, {"Retry-After": "60"}))
    await world.deliver(one, world.publish(completed()))
    world.publish(assigned(80, "recommended"))
    await world.drain(two)
    await world.apply(two, assigned(100, "recommended"))
    await world.check_all_is_well()
    assert "delete" not in world.sent(), "something was deleted"


@pytest.mark.parametrize("refusal", [REFUSED, UNKNOWN, NO_PERMISSION], ids=["own", "unknown", "everybody's"])
async def test_a_refused_replace_brings_the_former_back(world: World, refusal: Status) -> None:
    """It comes back with the latest progress, because an event may have arrived in the meantime."""
    one, two = await in_progress(world), await world.worker()

    async def progress(_: object) -> None:
        await two.take(world.publish(progressed(60, 2)))

    one.rule("graph:create", Call(progress))
    one.rule("graph:create", refusal)
    message = world.publish(RECOMMENDED)
    outcome = await one.take(message)
    assert shown(world) == [("required", "inProgress", 60)]
    assert isinstance(outcome, DeadLetter if refusal is REFUSED else Retry)
    world.advance(600)
    sent = world.sent()
    await two.take(message)
    assert world.sent() == sent, "a duplicate tried again"


async def test_what_nobody_knows_is_tried_again_once_others_get_through(world: World) -> None:
    """Either it was everybody's fault, or this record is to blame. Another try shows which."""
    one = await in_progress(world)
    one.rule("graph:create", UNKNOWN)
    await one.take(world.publish(RECOMMENDED))
    await one.take(world.publish(of_another(assigned())))
    await world.drain(one, until=world.now + 1000)
    assert shown(world)[-1] == ("recommended", "inProgress", 40)
    await world.check_all_is_well()


async def test_what_nobody_knows_is_tried_again_some_hours_later(world: World) -> None:
    """Until then, the former activity isn't deleted again."""
    one = await in_progress(world)
    one.rule("graph:create", UNKNOWN)
    await one.take(world.publish(RECOMMENDED))
    sent = world.sent()
    await world.drain(one, until=world.now + 5 * 3600)
    assert world.sent() == sent, "tried again too early"
    await world.drain(one)
    await world.check_all_is_well()


async def test_a_replace_whose_create_is_lost_brings_the_former_back(world: World) -> None:
    """A lookup finds nothing, so the new one may be an activity that Graph can't create."""
    one = await in_progress(world)
    one.rule("graph:create", Status(500))
    await one.take(world.publish(RECOMMENDED))
    await world.drain(one, until=world.now + 600)
    assert shown(world) == [("required", "inProgress", 40)]
    await world.drain(one)
    await world.check_all_is_well()


async def test_the_letter_of_a_refused_replace_stays(world: World) -> None:
    """It stands for what the events ask for, while the former activity is kept up to date."""
    one = await refused(world)
    await world.apply(one, progressed(80, 6))
    assert shown(world) == [("required", "inProgress", 80)]
    assert [letter.reason for letter in world.post.dead_letters.values()] == ["rejected_by_graph"]
    assert not world.post.live


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (assigned(6, "required"), ("required", "inProgress", 40)),
        ({**progressed(50, 6), **SELF_INITIATED}, (None, "inProgress", 50)),
        (completed(), ("required", "completed", 100)),
    ],
    ids=["the former type", "another kind", "a completion"],
)
async def test_another_wish_ends_a_refusal(world: World, event: Event, expected: tuple[str | None, str, int]) -> None:
    """Nothing asks for what was refused any more, so nothing is wrong."""
    one = await refused(world)
    await world.apply(one, event)
    assert shown(world) == [expected]
    assert not world.post.live
    assert not world.post.dead_letters, "the refusal's letter is still there"
    assert (await world.record()).sync.refused is None


async def test_a_redrive_tries_a_refused_replace_again(world: World) -> None:
    """By now, the operator has put right what made Graph refuse it."""
    one = await refused(world)
    await world.post.redrive()
    await world.drain(one)
    await world.check_all_is_well()


async def test_a_throttled_create_of_a_replace_waits(world: World) -> None:
    """Bringing the former activity back would take more requests, and they would be throttled too."""
    one, two = await in_progress(world), await world.worker()
    one.rule("graph:create", Status(429, {"Retry-After": "60"}))
    outcome = await one.take(world.publish(RECOMMENDED))
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.THROTTLED
    await world.drain(two)
    await world.check_all_is_well()
    assert world.sent() == ["create", "update", "delete", "create"], "the former activity came back in between"


STEPS = [
    *(("table:update", nth) for nth in range(1, 6)),
    ("graph:delete", 1),
    ("graph:create", 1),
    ("graph:create", 2),
    ("blob:put", 1),
]


@pytest.mark.parametrize("point", ["before", "after"])
@pytest.mark.parametrize(("step", "nth"), STEPS)
async def test_a_crash_in_a_refused_replace(world: World, step: str, nth: int, point: Point) -> None:
    """Whatever the next worker finds, the former activity comes back, and there's one letter."""
    await in_progress(world)
    world.simulator.fault(operation="create", times=0, containing="'recommended'", status=400, body=words(NOT_VALID))
    two, three = await world.worker(), await world.worker()
    two.dies(step, point, nth)
    await world.deliver(two, world.publish(RECOMMENDED))
    assert two.dead
    await world.drain(three)
    assert shown(world) == [("required", "inProgress", 40)]
    assert [letter.reason for letter in world.post.dead_letters.values()] == ["rejected_by_graph"]
    assert not world.post.live
