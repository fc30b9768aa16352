"""Whose enrolment it is: one person's learning is never shown as another's."""

import json

import pytest

from activities.domain.outcomes import Action, Done
from tests.traces.refusals import words
from tests.traces.stories import (
    ANN,
    BOB,
    COURSE,
    Event,
    assigned,
    completed,
    from_xapi,
    progressed,
    through_the_door,
    unassigned,
)
from tests.traces.world import World
from tools.develop.simulator import Content, User

NAME, MAIL = "ann@contoso.com", "ann.lee@contoso.com"
IS_ANN = User(id=ANN, user_principal_name=NAME, mail=MAIL)
# Somebody new, who got the address of somebody who has left.
HAS_HER_MAIL = User(id=BOB, user_principal_name="bob@contoso.com", mail=MAIL)
BY_NAME, BY_MAIL = {"userPrincipalName": NAME}, {"email": MAIL}
NOBODY = {"email": "anne.lee@contoso.com"}


@pytest.mark.parametrize(
    "other",
    [{"learner": {"entraObjectId": BOB}}, {"course": {"learningContentId": "another-course"}}],
    ids=["learner", "course"],
)
async def test_an_enrolment_belongs_to_one_learner_and_one_course(world: World, other: Event) -> None:
    """Another learner or course under the same id is a conflict, and the first one's activity stays as it is."""
    one = await world.worker()
    await world.apply(one, assigned(), progressed(40))
    sent = world.sent()
    await world.deliver(one, world.publish({**completed(), **other}, counts=False))
    await world.check_all_is_well("identity_conflict")
    assert world.sent() == sent


async def test_two_learners_who_share_a_registration_stay_apart(world: World) -> None:
    """A plug-in gives all statements of one run the same registration. Each learner has their own activity."""
    world.simulator.configure(
        users=(IS_ANN, User(id=BOB, user_principal_name="bob@contoso.com")),
        contents=(Content(id=COURSE, external_id="17"),),
    )
    one = await world.worker(LMS_SOURCES='{"xapi": {"enrolments": "assignment"}}')
    registration = "3f8a1c52-6f0e-4f6a-9a31-0c3b6d3f9e10"
    for verb, address in (("completed", NAME), ("initialized", "bob@contoso.com")):
        world.post.publish(from_xapi(verb, address, 10, registration))
    await world.drain(one)
    shown = {activity.body["learnerUserId"]: activity.body["status"] for activity in world.simulator.activities}
    assert shown == {ANN: "completed", BOB: "inProgress"}


@pytest.mark.parametrize(
    ("settings", "letters"),
    [({}, ["identity_conflict"]), ({"formerly": "native"}, [])],
    ids=["another LMS", "the same LMS under another name"],
)
async def test_an_enrolment_belongs_to_one_source(world: World, settings: Event, letters: list[str]) -> None:
    """Two LMSs may use the same id, even for the same learner and course. Or one LMS has changed its name."""
    one = await world.worker(LMS_SOURCES=json.dumps({"native:door": settings}))
    await world.apply(one, assigned(), progressed(40))
    if not letters:
        world.events.append(completed())
    await world.deliver(one, world.post.publish(through_the_door(completed())))
    await world.check_all_is_well(*letters)


async def test_names_of_one_person_in_turn_make_one_activity(world: World) -> None:
    """Each name is looked up once. After that, the record knows that it means this enrolment's learner."""
    world.simulator.configure(users=(IS_ANN,))
    events = (assigned(), progressed(20, 1), progressed(40, 2), completed())
    for event, name in zip(events, (BY_MAIL, BY_NAME, BY_MAIL, BY_NAME), strict=True):
        world.publish(event, learner=name)
        await world.drain(await world.worker())
        world.advance(600)
    await world.check_all_is_well()
    assert world.sent() == ["create", "update", "update", "update"]
    assert len(world.sent("find_user")) == 2, "a name was looked up again"


async def test_an_event_that_names_nobody_known_stays_apart(world: World) -> None:
    """It becomes a dead letter with a reason, and the record goes on without it."""
    world.simulator.configure(users=(IS_ANN,))
    one = await world.worker()
    world.publish(assigned(), learner=BY_MAIL)
    world.publish(progressed(40), counts=False, learner=NOBODY)
    world.publish(completed(), learner=BY_MAIL)
    await world.drain(one)
    await world.check_all_is_well("learner_not_found")


async def test_an_address_that_was_given_to_somebody_else(world: World) -> None:
    """If the leaver's activity were created again, it would be the colleague's, so nothing is sent."""
    world.simulator.configure(users=(IS_ANN,))
    one, two = await world.worker(), await world.worker()
    world.publish(assigned(), learner=BY_MAIL)
    world.publish(unassigned(10), learner=BY_MAIL)
    await world.drain(one)
    sent = world.sent()
    world.simulator.configure(users=(HAS_HER_MAIL,))
    world.publish(assigned(20), counts=False, learner=BY_MAIL)
    await world.drain(two)
    world.check_graph("identity_conflict")
    assert world.sent() == sent


@pytest.mark.parametrize(
    ("users", "letters"),
    [((HAS_HER_MAIL,), ["identity_conflict"]), ((), [])],
    ids=["somebody else", "nobody any more"],
)
async def test_an_update_after_a_month_finds_out_whose_the_address_is(
    world: World, users: tuple[User, ...], letters: list[str]
) -> None:
    """If it's somebody else's, nothing is sent. If it's nobody's, the learner was renamed, and the ids still count."""
    world.simulator.configure(users=(IS_ANN,))
    one, two, three, four = [await world.worker() for _ in range(4)]
    world.publish(assigned(), learner=BY_MAIL)
    await world.drain(one)
    world.simulator.configure(users=users)
    world.advance(29 * 86_400)
    world.publish(progressed(40), learner=BY_MAIL)
    await world.drain(two)
    assert len(world.sent("find_user")) == 1, "looked up before a month is over"
    world.advance(2 * 86_400)
    world.publish(progressed(60, 2), counts=not letters, learner=BY_MAIL)
    await world.drain(three)
    if not letters:
        world.publish(progressed(80, 3), learner=BY_MAIL)
        await world.drain(four)
    world.check_graph(*letters)
    assert len(world.sent("find_user")) == 2, "looked up again before another month is over"


async def test_a_corrected_row_of_people_counts_at_once(world: World) -> None:
    """Rows of `people` aren't remembered, so a redrive right after a correction works."""
    one = await world.worker()
    await world.deliver(one, world.publish(assigned(), learner=await world.name_account("4711", email=NOBODY["email"])))
    assert [letter.reason for letter in world.post.dead_letters.values()] == ["learner_not_found"]
    await world.name_account("4711", entraObjectId=ANN)
    await world.post.redrive()
    await world.drain(one)
    await world.check_all_is_well()
    account = await world.name_account("4711", entraObjectId=BOB)
    another = {**assigned(), "eventId": "2", "enrollmentId": "enrolment-2", "learner": {"entraObjectId": BOB}}
    await world.deliver(one, world.publish(another, learner=account))
    await world.check_all_is_well()


async def test_a_record_is_rebound_after_a_correction(world: World) -> None:
    """The wrong person's activity is deleted, and the right one gets an activity with all the progress so far."""
    one = await world.worker()
    account = await world.name_account("4711", entraObjectId=BOB)
    for event in (assigned(), progressed(40)):
        world.publish(event, learner=account)
        await world.drain(one)
        world.advance(600)
    await world.name_account("4711", entraObjectId=ANN)
    outcomes = [await one.take(world.post.control("rebind"))]
    await world.check_all_is_well()
    world.advance(600)
    outcomes.append(await one.take(world.post.control("rebind")))
    assert outcomes == [Done(Action.REBOUND), Done(Action.UNCHANGED)]
    assert world.sent() == ["create", "update", "delete", "create"]


async def test_a_rebind_of_what_is_withdrawn_counts_when_it_comes_back(world: World) -> None:
    """There's no activity to create anew, but the next one is the right person's."""
    one = await world.worker()
    account = await world.name_account("4711", entraObjectId=BOB)
    for event in (assigned(), unassigned(10)):
        await world.deliver(one, world.publish(event, learner=account))
        world.advance(600)
    await world.name_account("4711", entraObjectId=ANN)
    await one.take(world.post.control("rebind"))
    await world.deliver(one, world.publish(progressed(40, at=20), learner=account))
    await world.check_all_is_well()


async def test_a_rebind_that_is_broken_off_is_no_conflict(world: World) -> None:
    """Once the wrong person's activity is deleted, any event leads to one for the right person."""
    one, two, three = [await world.worker() for _ in range(3)]
    account = await world.name_account("4711", entraObjectId=BOB)
    world.publish(assigned(), learner=account)
    await world.drain(one)
    world.advance(600)
    await world.name_account("4711", entraObjectId=ANN)
    two.dies("graph:create", "before")
    rebind = world.post.control("rebind")
    await world.deliver(two, rebind)
    world.post.delete(rebind)
    world.publish(progressed(40), learner=account)
    await world.drain(three)
    await world.check_all_is_well()


@pytest.mark.parametrize("new", [BOB, ANN], ids=["the address leads to another id", "it leads to the same id"])
async def test_a_reference_that_graph_refuses_is_looked_up_once_more(world: World, new: str) -> None:
    """A remembered id may be outdated, so nobody is blamed until the reference has been looked up again."""
    old = User(id=ANN, user_principal_name=NAME, mail=MAIL)
    world.simulator.configure(users=(old,), strict_learners=True)
    one = await world.worker()
    world.publish({**assigned(), "eventId": "2", "enrollmentId": "enrolment-2"}, learner=BY_MAIL)
    await world.drain(one)
    world.simulator.configure(users=(HAS_HER_MAIL,) if new == BOB else (old,))
    refused = world.simulator.fault(
        operation="create", times=0, learner=ANN, status=400, body=words("Input field learnerUserId is invalid")
    )
    world.publish({**assigned(), "learner": {"entraObjectId": BOB}}, counts=new == BOB, learner=BY_MAIL)
    await world.drain(one)
    world.check_graph(*([] if new == BOB else ["rejected_by_graph"]))
    assert refused.fired == 1, "the refused request was sent again"
    assert len(world.sent("find_user")) == 2
