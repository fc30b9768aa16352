"""An assigner is a decoration: set at creation if the person can be found, and never waited for."""

from http import HTTPStatus

import pytest

from activities.domain.outcomes import Action, Done, Retry
from tests.faults.actions import Reset, Status
from tests.traces.refusals import NO_PERMISSION, UNKNOWN
from tests.traces.stories import BOB, Event, assigned, of_another, time_at
from tests.traces.world import World
from tools.develop.simulator import User

BOSS = User(id=BOB, user_principal_name="boss@contoso.com")
BY_MAIL = {"email": "boss@contoso.com"}
THROTTLED = Status(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "0"})


def assigned_by(assigner: Event, at: float = 0) -> Event:
    """Return an assignment by somebody. A later one differs in nothing else."""
    return assigned(at, assigner=assigner, assignedAt=time_at(0))


@pytest.mark.parametrize(
    "failure",
    [
        NO_PERMISSION,
        UNKNOWN,
        THROTTLED,
        Status(HTTPStatus.INTERNAL_SERVER_ERROR),
        Reset(),
    ],
    ids=["no permission", "unknown", "throttled", "failed", "no response"],
)
async def test_an_assigner_who_cannot_be_looked_up_is_left_out(world: World, failure: Status | Reset) -> None:
    """The activity is created at once. After throttling, the create may have to wait for a slot."""
    world.simulator.configure(users=(BOSS,))
    one = await world.worker()
    one.rule("graph:find_user", failure)
    outcome = await one.take(world.publish(assigned_by(BY_MAIL)))
    if failure is THROTTLED and isinstance(outcome, Retry):
        await world.drain(one)
    else:
        assert outcome == Done(Action.CREATED)
    [activity] = world.simulator.activities
    assert "assignerUserId" not in activity.body
    await world.check_all_is_well()


async def test_an_assigner_whose_lookup_is_held_is_left_out(world: World) -> None:
    """A learner's lookup waits for a missing permission. An assigner's doesn't."""
    world.simulator.configure(users=(BOSS,))
    one = await world.worker()
    one.rule("graph:find_user", NO_PERMISSION, times=3)
    for number in (2, 3, 4):
        await one.take(world.publish(of_another(assigned(), number), learner={"email": f"{number}@contoso.com"}))
    assert await one.take(world.publish(assigned_by(BY_MAIL))) == Done(Action.CREATED)
    assert not world.sent("find_user"), "the lookup wasn't held"


@pytest.mark.parametrize("first", [{"email": "nobody@contoso.com"}, BY_MAIL], ids=["nobody", "somebody"])
async def test_a_later_assigner_changes_nothing(world: World, first: Event) -> None:
    """Graph can't change it, and it's no reason to delete an activity."""
    world.simulator.configure(users=(BOSS,))
    one = await world.worker()
    await world.apply(one, assigned_by(first))
    for at, later in enumerate((BY_MAIL, {"entraObjectId": "0c0c0c0c-e020-11ec-9d64-0242ac120002"}), 1):
        assert await one.take(world.publish(assigned_by(later, at))) == Done(Action.UNCHANGED)
    await world.check_all_is_well()
    assert world.sent() == ["create"]
