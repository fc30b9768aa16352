"""Shadow: the app works everything out, but writes nothing. What's held back is set going later."""

from http import HTTPStatus

import pytest

from activities.domain.outcomes import Action, DeadLetter, Done, Reason, Retry
from activities.domain.record import FORGOTTEN
from activities.domain.sync_state import HELD_BACK
from tests.faults.actions import Status
from tests.traces.by_hand import delete_in_graph
from tests.traces.stories import ANN, BOB, COURSE, ENROLMENT, Event, assigned, completed, progressed, unassigned
from tests.traces.world import World
from tools.develop.simulator import Content, User

NAME = {"learner": {"userPrincipalName": "ann@contoso.com"}, "course": {"externalId": "LAW-1"}}
IS_ANN = User(id=ANN, user_principal_name="ann@contoso.com")
SHADOW = {"SYNC_MODE": "shadow"}
HELD = Done(Action.HELD_BACK)


async def test_nothing_is_written_until_the_record_is_set_going(world: World) -> None:
    """The events are merged. Once nobody is in shadow any more, one request carries them all."""
    shadow, live = await world.worker(**SHADOW), await world.worker()
    for event in (assigned(), progressed(40), progressed(60, at=2)):
        assert await shadow.take(world.publish(event)) == HELD
        await world.check_nothing_is_lost()
    record = await world.record()
    assert (record.sync.state, world.sent(), world.post.live, world.post.dead_letters) == (HELD_BACK, [], [], {})
    assert await live.take(world.post.control("check")) == Done(Action.CREATED)
    await world.check_all_is_well()
    assert world.sent() == ["create"]


@pytest.mark.parametrize("event", [progressed(80, at=3), assigned(at=3, terms="recommended"), completed()])
async def test_an_event_sets_the_record_going(world: World, event: Event) -> None:
    """No operator is needed."""
    shadow, live = await world.worker(**SHADOW), await world.worker()
    await shadow.take(world.publish(assigned()))
    assert await live.take(world.publish(event)) == Done(Action.CREATED)
    await world.check_all_is_well()


async def test_a_duplicate_sets_the_record_going(world: World) -> None:
    """The same is true of a parked record."""
    shadow, live = await world.worker(**SHADOW), await world.worker()
    await shadow.take(world.publish(assigned()))
    assert await live.take(world.publish(assigned())) == Done(Action.CREATED)
    await world.check_all_is_well()


async def test_what_is_not_wanted_any_more_is_never_written(world: World) -> None:
    """An enrolment that's withdrawn in shadow is settled: there's no activity, and there shouldn't be one."""
    shadow = await world.worker(**SHADOW)
    await shadow.take(world.publish(assigned()))
    assert await shadow.take(world.publish(unassigned())) == Done(Action.UNCHANGED)
    assert (await world.record()).sync.held_back is None
    await world.check_all_is_well()


@pytest.mark.parametrize(
    ("event", "step"),
    [(progressed(40), "update"), (unassigned(), "delete"), (assigned(at=1, terms="recommended"), "replace")],
)
async def test_a_record_that_was_live_falls_into_shadow(world: World, event: Event, step: str) -> None:
    """Its activity stays as it is, and is brought up to date later."""
    live, shadow = await world.worker(), await world.worker(**SHADOW)
    await world.apply(live, assigned())
    assert await shadow.take(world.publish(event)) == HELD
    held = (await world.record()).sync.held_back
    assert held is not None
    assert (held.step, world.sent()) == (step, ["create"])
    await live.take(world.post.control("check"))
    await world.check_all_is_well()


@pytest.mark.parametrize("lands", [True, False], ids=["took effect", "had no effect"])
async def test_an_unclear_create_is_looked_up_and_not_repeated(world: World, *, lands: bool) -> None:
    """Reading is allowed. If the create took effect, the activity is adopted."""
    dying, shadow, live = await world.worker(), await world.worker(**SHADOW), await world.worker()
    flight = dying.loses("graph:create", dies=True)
    await world.deliver(dying, world.publish(assigned()))
    if lands:
        await world.land(flight)
    before = world.sent()
    world.publish(progressed(40))
    await world.drain(shadow)
    record = await world.record()
    assert (record.sync.state, record.sync.attempt, world.sent()) == (HELD_BACK, None, before)
    assert (record.sync.activity is not None) is lands
    await live.take(world.post.control("check"))
    await world.check_all_is_well()


async def test_a_retry_that_was_on_its_way_is_held_back(world: World) -> None:
    """It was throttled while the record was live."""
    live, shadow = await world.worker(), await world.worker(**SHADOW)
    live.rule("graph:create", Status(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "60"}))
    await world.deliver(live, world.publish(assigned()))
    await world.drain(shadow)
    assert ((await world.record()).sync.state, world.sent()) == (HELD_BACK, [])
    world.post.control("check")
    await world.drain(await world.worker())
    await world.check_all_is_well()


async def test_a_learner_whom_nobody_knows_is_found_in_shadow(world: World) -> None:
    """A dead letter says so, as always. Once the directory has the learner, a redrive's record is held back."""
    world.simulator.configure(contents=(Content(id=COURSE, external_id="LAW-1"),))
    shadow, live = await world.worker(**SHADOW), await world.worker()
    refused = await shadow.take(world.publish(assigned(), **NAME))
    assert isinstance(refused, DeadLetter)
    assert refused.reason is Reason.LEARNER_NOT_FOUND
    world.simulator.configure(users=(IS_ANN,))
    await world.post.redrive()
    await world.drain(shadow)
    assert ((await world.record()).sync.state, world.sent(), world.post.dead_letters) == (HELD_BACK, [], {})
    await live.take(world.post.control("check"))
    await world.check_all_is_well()


async def test_a_record_that_was_parked_loses_its_letter(world: World) -> None:
    """A held-back record has none: what failed is tried again when the record is set going."""
    live, shadow = await world.worker(), await world.worker(**SHADOW)
    world.simulator.configure(unlicensed_learners={ANN})
    await world.deliver(live, world.publish(assigned()))
    assert len(world.post.dead_letters) == 1
    await world.deliver(shadow, world.publish(progressed(40)))
    assert ((await world.record()).sync.state, world.post.dead_letters) == (HELD_BACK, {})
    await live.take(world.post.control("check"))
    assert [letter.reason for letter in world.post.dead_letters.values()] == ["learner_unlicensed"]


async def test_what_was_found_out_is_not_asked_again(world: World) -> None:
    """While a record is held back, its learner and course are looked up only once, and then again for the create."""
    world.simulator.configure(users=(IS_ANN,), contents=(Content(id=COURSE, external_id="LAW-1"),))
    one, two, live = await world.worker(**SHADOW), await world.worker(**SHADOW), await world.worker()
    await one.take(world.publish(assigned(), **NAME))
    await two.take(world.publish(progressed(40), **NAME))
    assert await two.take(world.post.control("check")) == HELD
    assert world.sent("find_user", "find_content") == ["find_user", "find_content"]
    assert await live.take(world.publish(progressed(60, at=2), **NAME)) == Done(Action.CREATED)
    assert world.sent("find_user", "find_content") == ["find_user", "find_content"] * 2


async def test_a_check_in_shadow_repairs_nothing(world: World) -> None:
    """It finds that the activity is gone, and the record is held back until the app may create it again."""
    live, shadow = await world.worker(), await world.worker(**SHADOW)
    await world.apply(live, assigned())
    await delete_in_graph(world)
    sent = world.sent()
    assert isinstance(await shadow.take(world.post.control("check")), Retry)
    await world.drain(shadow)
    record = await world.record()
    assert (record.sync.state, record.sync.activity, world.sent()) == (HELD_BACK, None, sent)
    await live.take(world.post.control("check"))
    await world.check_all_is_well()


@pytest.mark.parametrize("pilot", [f"{ANN.upper()}, x@y.example", "Ann@Contoso.com"], ids=["object id", "address"])
async def test_only_the_pilot_group_is_written(world: World, pilot: str) -> None:
    """The group may list the object id while the LMS sends an address."""
    world.simulator.configure(users=(IS_ANN,), contents=(Content(id=COURSE, external_id="LAW-1"),))
    worker = await world.worker(PILOT_LEARNERS=pilot)
    assert await worker.take(world.publish(assigned(), **NAME)) == Done(Action.CREATED)
    others = {**assigned(), "enrollmentId": "enrolment-2", "learner": {"entraObjectId": BOB}}
    assert await worker.take(world.publish(others, counts=False)) == HELD
    await world.check_all_is_well()


async def test_who_joins_the_pilot_group_is_written(world: World) -> None:
    """The next event does that, although the group has the object id and the event has an address."""
    world.simulator.configure(users=(IS_ANN,), contents=(Content(id=COURSE, external_id="LAW-1"),))
    before, after = await world.worker(PILOT_LEARNERS=BOB), await world.worker(PILOT_LEARNERS=f"{BOB},{ANN}")
    assert await before.take(world.publish(assigned(), **NAME)) == HELD
    assert await after.take(world.publish(progressed(40), **NAME)) == Done(Action.CREATED)
    await world.check_all_is_well()


async def test_a_rebind_in_shadow_is_carried_out_later(world: World) -> None:
    """The record notes the rebind, and a check carries it out."""
    world.simulator.configure(users=(IS_ANN,))
    account = await world.name_account("45", entraObjectId=BOB)
    live, shadow = await world.worker(), await world.worker(**SHADOW)
    await world.deliver(live, world.publish(assigned(), learner=account))
    world.advance(600)
    await world.name_account("45", entraObjectId=ANN)
    assert await shadow.take(world.post.control("rebind")) == HELD
    held = (await world.record()).sync.held_back
    assert held is not None
    assert (held.step, world.sent()) == ("rebind", ["create"])
    assert await shadow.take(world.publish(assigned(), learner=account)) == HELD
    assert await live.take(world.post.control("check")) == Done(Action.REBOUND)
    await world.check_all_is_well()


async def test_a_poison_message_of_a_held_back_record_makes_no_letter(world: World) -> None:
    """There's nothing to do for the record now, so there's nothing to give up."""
    shadow = await world.worker(**SHADOW)
    message = world.publish(assigned())
    await world.deliver(shadow, message)
    assert await shadow.service.handler.poison(message.text) == HELD
    assert not world.post.dead_letters


@pytest.mark.parametrize(
    ("control", "event"),
    [("forget-activity", progressed(40)), ("forget", assigned(at=1, terms="recommended")), ("forget", unassigned())],
    ids=["with its activity", "in the middle of a replace", "withdrawn"],
)
async def test_what_is_to_be_forgotten_in_shadow_is_forgotten_later(world: World, control: str, event: Event) -> None:
    """If forgetting needs a write, the record notes what was asked for, and a duplicate doesn't change that."""
    live, shadow = await world.worker(), await world.worker(**SHADOW)
    await world.apply(live, assigned())
    if control == "forget":
        live.rule("graph:delete", Status(HTTPStatus.INTERNAL_SERVER_ERROR))
        await world.deliver(live, world.publish(event))
    sent = world.sent()
    world.post.control(control)
    await world.drain(shadow)
    held = (await world.record()).sync.held_back
    assert held is not None
    assert (held.step, world.sent()) == (control, sent)
    assert await shadow.take(world.publish(assigned(), counts=False)) == HELD
    assert (await world.record()).sync.held_back == held
    world.post.control("check")
    await world.drain(live)
    assert (await world.record()).state == FORGOTTEN


async def test_an_event_with_news_counts_more_than_what_was_to_be_forgotten(world: World) -> None:
    """It brings the learner back, as it would if the record had already been forgotten."""
    live, shadow = await world.worker(), await world.worker(**SHADOW)
    await world.apply(live, assigned())
    assert await shadow.take(world.post.control("forget-activity")) == HELD
    assert await shadow.take(world.publish(progressed(40))) == HELD
    assert await live.take(world.post.control("check")) == Done(Action.UPDATED)
    await world.check_all_is_well()


async def test_a_record_without_an_activity_is_forgotten_in_shadow(world: World) -> None:
    """Forgetting it doesn't need a write to Graph."""
    shadow = await world.worker(**SHADOW)
    await shadow.take(world.publish(assigned()))
    assert await shadow.take(world.post.control("forget-activity")) == Done(Action.FORGOTTEN)
    assert ((await world.record()).state, world.sent()) == (FORGOTTEN, [])


@pytest.mark.parametrize("settings", [SHADOW, {"PILOT_LEARNERS": ANN}], ids=["everybody", "a pilot group"])
async def test_a_tombstone_in_shadow_stays_as_it_is(world: World, settings: dict[str, str]) -> None:
    """It doesn't say whose it is, so its activity may not be deleted while anybody is in shadow."""
    live, shadow = await world.worker(), await world.worker(**settings)
    await world.apply(live, assigned())
    await live.take(world.post.control("forget"))
    world.advance(600)
    before = await world.row()
    assert await shadow.take(world.post.control("forget-activity", enrollmentId=ENROLMENT)) == Done(Action.FORGOTTEN)
    assert (await world.row(), len(world.simulator.activities)) == (before, 1)
    assert await live.take(world.post.control("forget-activity", enrollmentId=ENROLMENT)) == Done(Action.FORGOTTEN)
    assert ("left_id" in await world.row(), world.simulator.activities) == (False, [])
