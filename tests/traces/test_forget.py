"""A record is forgotten: nothing about the learner is left. Earlier events don't bring it back, but new ones count."""

from http import HTTPStatus

import pytest

from activities.domain.outcomes import Action, DeadLetter, Done, Retry
from activities.domain.record import FORGOTTEN
from tests.faults.actions import Status
from tests.traces.by_hand import create_in_graph
from tests.traces.refusals import REFUSED
from tests.traces.stories import (
    ANN,
    BOB,
    COURSE,
    ENROLMENT,
    Event,
    assigned,
    completed,
    from_moodle,
    progressed,
    unassigned,
)
from tests.traces.worker import Worker
from tests.traces.world import World
from tools.develop.simulator import Content, User

CONTROLS = ("forget", "forget-activity")
STORY = (assigned(notes={"content": "Dear Ann"}), progressed(40), completed())
IS_ANN = User(id=ANN, user_principal_name="ann@contoso.com")
KEPT = {"PartitionKey", "RowKey", "version", "state", "forgotten_until", "forgotten_untimed", "letter", "sweep"}
KEPT_OF_ACTIVITY = {f"left_{name}" for name in ("id", "conclusive_from", "source", "learner", "course")}


async def forget(world: World, worker: Worker, control: str = "forget") -> None:
    """Forget the record, and wait until a lookup is certain to show what Graph has."""
    world.post.control(control)
    await world.drain(worker)
    assert (await world.record()).state == FORGOTTEN
    world.advance(10 * world.settings.settle)


async def late(world: World, worker: Worker, *events: Event) -> None:
    """Deliver events, and check that they change neither the row nor what Graph has."""
    before, sent = await world.row(), world.sent()
    for event in events:
        assert await worker.take(world.publish(event, counts=False)) == Done(Action.UNCHANGED)
    assert (await world.row(), world.sent()) == (before, sent)


@pytest.mark.parametrize("control", CONTROLS)
async def test_what_is_kept_says_nothing_about_the_learner(world: World, control: str) -> None:
    """The row has hashes, a time and a Graph id, but neither the enrolment's id nor any value from an event."""
    one = await world.worker()
    await world.apply(one, *STORY)
    await forget(world, one, control)
    row = await world.row()
    assert row.keys() == KEPT | (KEPT_OF_ACTIVITY if control == "forget" else {"deleted_id"})
    assert not [value for value in row.values() if value in (ENROLMENT, ANN, COURSE) or "Ann" in str(value)]
    assert len(world.simulator.activities) == (1 if control == "forget" else 0)


@pytest.mark.parametrize("control", CONTROLS)
async def test_a_late_duplicate_does_not_bring_the_learner_back(world: World, control: str) -> None:
    """Nor does an event that occurred earlier and arrives for the first time."""
    one = await world.worker()
    await world.apply(one, *STORY)
    await forget(world, one, control)
    await late(world, one, *STORY, progressed(99, at=89), unassigned(89))
    assert not world.post.dead_letters


async def test_a_duplicate_without_a_time_does_not_bring_the_learner_back(world: World) -> None:
    """It counts as having occurred when it arrives, later than anything else. But its hash is known."""
    world.simulator.configure(contents=(Content(id=COURSE, external_id="17"),))
    await world.name_account("45", "moodle", entraObjectId=ANN)
    one = await world.worker()
    event = from_moodle("user_enrolment_created")
    assert await one.take(world.post.publish(event)) == Done(Action.CREATED)
    world.advance(600)
    [activity] = world.simulator.activities
    enrolment = activity.external_id
    await one.take(world.post.control("forget", enrolment))
    world.advance(600)
    before = await world.row(enrolment)
    assert await one.take(world.post.publish(event)) == Done(Action.UNCHANGED)
    assert await world.row(enrolment) == before
    assert before["state"] == FORGOTTEN


async def test_an_unclear_create_is_resolved_first(world: World) -> None:
    """An activity whose create got no response is found, so that the tombstone has its id for later events."""
    one = await world.worker()
    flight = one.loses("graph:create")
    await world.deliver(one, world.publish(assigned()))
    world.post.control("forget")
    await world.land(flight)
    await forget(world, one)
    [activity] = world.simulator.activities
    assert (await world.row())["left_id"] == activity.id


async def test_an_unclear_create_is_deleted_if_it_took_effect(world: World) -> None:
    """Otherwise an activity that nobody knows about would stay in Graph forever."""
    one = await world.worker()
    flight = one.loses("graph:create")
    await world.deliver(one, world.publish(assigned()))
    await world.land(flight)
    await forget(world, one, "forget-activity")
    assert not world.simulator.activities


async def test_a_later_event_goes_on_with_the_same_activity(world: World) -> None:
    """There's no second activity, and what the learner has completed stays completed."""
    one = await world.worker()
    await world.apply(one, assigned(), progressed(40), completed())
    [before] = world.simulator.activities
    await forget(world, one)
    await world.apply(one, progressed(60, at=100))
    await world.check_all_is_well()
    [after] = world.simulator.activities
    assert (after.id, after.body["status"], world.sent("create")) == (before.id, "completed", ["create"])


async def test_a_later_event_goes_on_from_what_graph_has(world: World) -> None:
    """Status, percentage and dates that only forgotten events gave are still there."""
    one = await world.worker()
    await world.apply(one, assigned(dueAt={"dateTime": "2026-09-01T12:00:00", "timeZone": "UTC"}), progressed(40))
    await forget(world, one)
    await world.apply(one, completed())
    await world.check_all_is_well()


async def test_after_its_activity_was_deleted_a_later_event_begins_anew(world: World) -> None:
    """Nothing that was forgotten is shown again, not even if its events arrive once more."""
    one = await world.worker()
    await world.apply(one, *STORY)
    await forget(world, one, "forget-activity")
    world.events.clear()
    await world.apply(one, assigned(at=100), progressed(10, at=101))
    for event in STORY:
        await one.take(world.publish(event, counts=False))
    await world.check_all_is_well()


async def test_an_activity_that_was_left_belongs_to_its_learner(world: World) -> None:
    """A later event about somebody else, under the same id, is a conflict. The tombstone stays as it is."""
    one = await world.worker()
    await world.apply(one, assigned())
    await forget(world, one)
    before = await world.row()
    for other in ({"learner": {"entraObjectId": BOB}}, {"course": {"learningContentId": "another-course"}}):
        outcome = await one.take(world.publish({**completed(), **other}, counts=False))
        assert isinstance(outcome, DeadLetter)
        assert outcome.reason == "identity_conflict"
    assert await world.row() == before


async def test_another_name_of_the_same_learner_goes_on(world: World) -> None:
    """What counts is which Graph id a name leads to."""
    world.simulator.configure(users=(IS_ANN,))
    one = await world.worker()
    await world.apply(one, assigned())
    await forget(world, one)
    world.publish(completed(), learner={"userPrincipalName": IS_ANN.user_principal_name})
    await world.drain(one)
    await world.check_all_is_well()
    assert world.sent("create") == ["create"]


async def test_a_letter_goes_with_its_record(world: World) -> None:
    """The letter holds the event, and the record that it's about is gone."""
    one = await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", REFUSED)
    assert isinstance(await one.take(world.publish(progressed(40))), DeadLetter)
    await forget(world, one)
    assert not world.post.dead_letters


@pytest.mark.parametrize("request_", ["blob:head", "blob:delete"])
async def test_a_crash_before_its_letter_is_deleted(world: World, request_: str) -> None:
    """The row names its enrolment until the letter is deleted, so that the same message can finish the job."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", REFUSED)
    await one.take(world.publish(progressed(40)))
    one.dies(request_, "before")
    message = world.post.control("forget")
    await one.take(message)
    assert "enrollment_id" in await world.row()
    await two.take(message)
    assert not world.post.dead_letters
    assert "enrollment_id" not in await world.row()


async def test_a_retry_that_comes_later_finds_the_tombstone(world: World) -> None:
    """A hidden message can't be deleted. When it becomes visible, there's nothing left to do."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", Status(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "600"}))
    assert isinstance(await one.take(world.publish(progressed(40), counts=False)), Retry)
    assert await two.take(world.post.control("forget")) == Done(Action.FORGOTTEN)
    world.advance(700)
    before = await world.row()
    assert await two.take(world.post.retry()) == Done(Action.UNCHANGED)
    assert await world.row() == before


async def test_a_replace_that_was_begun_ends_first(world: World) -> None:
    """The activity should stay, but between the delete and the create, there is none."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.dies("graph:create", "before")
    await one.take(world.publish(assigned(at=1, terms="recommended")))
    world.post.live.clear()
    await forget(world, two)
    [activity] = world.simulator.activities
    assert activity.body["assignmentType"] == "recommended"
    assert (await world.row())["left_id"] == activity.id


async def test_a_replace_that_graph_refuses_ends_too(world: World) -> None:
    """The former activity comes back, and stays. Nobody needs a dead letter about a forgotten record."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.dies("graph:create", "before")
    await one.take(world.publish(assigned(at=1, terms="recommended")))
    world.post.live.clear()
    two.rule("graph:create", REFUSED)
    await forget(world, two)
    [activity] = world.simulator.activities
    assert (activity.body["assignmentType"], world.post.dead_letters) == ("required", {})


async def test_whoever_is_not_in_the_directory_any_more_can_be_forgotten(world: World) -> None:
    """The ledger was lost, so nobody knows whether Graph has an activity, or who the learner is."""
    one = await world.worker(LEDGER_REBUILD="on")
    world.publish(assigned(), counts=False, learner={"email": "ann@contoso.com"})
    await world.drain(one)
    assert len(world.post.dead_letters) == 1
    await forget(world, one)
    assert not world.post.dead_letters


async def test_what_was_forgotten_does_not_count_for_the_next_owner_either(world: World) -> None:
    """The next event's learner can't be found, so the record begins anew with the event after it."""
    one = await world.worker()
    await world.apply(one, completed(5))
    await forget(world, one, "forget-activity")
    world.events.clear()
    world.publish(assigned(10), counts=False, learner={"email": "nobody@contoso.com"})
    await world.drain(one)
    await world.apply(one, assigned(20))
    assert await one.take(world.publish(completed(5), counts=False)) == Done(Action.UNCHANGED)
    await world.check_all_is_well("learner_not_found")


async def test_what_should_not_exist_does_not_stay(world: World) -> None:
    """The LMS has withdrawn the enrolment, but the activity hasn't been deleted yet."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.dies("graph:delete", "before")
    await one.take(world.publish(unassigned()))
    await forget(world, two)
    assert not world.simulator.activities


async def test_what_was_left_can_be_deleted_later(world: World) -> None:
    """The row doesn't have the enrolment's id, so the message has to give it."""
    one = await world.worker()
    await world.apply(one, *STORY)
    await forget(world, one)
    assert await one.take(world.post.control("forget-activity")) == Done(Action.UNCHANGED)
    assert await one.take(world.post.control("forget-activity", enrollmentId=ENROLMENT)) == Done(Action.FORGOTTEN)
    assert not world.simulator.activities
    assert (await world.row()).keys() == KEPT | {"deleted_id"}
    await late(world, one, *STORY)


async def test_what_graph_has_of_somebody_else_keeps_nobody_from_being_forgotten(world: World) -> None:
    """The create was unclear, and the activity that Graph has is another learner's."""
    one = await world.worker()
    one.loses("graph:create")
    await world.deliver(one, world.publish(assigned(), counts=False))
    names = {"learnerUserId": BOB, "learningContentId": COURSE, "externalcourseActivityId": ENROLMENT}
    await create_in_graph(world, **names)
    await forget(world, one, "forget-activity")
    assert [activity.body["learnerUserId"] for activity in world.simulator.activities] == [BOB]


@pytest.mark.parametrize("story", [[], [assigned()], [assigned(), unassigned()]], ids=["none", "some", "gone"])
async def test_forgetting_twice_is_forgetting_once(world: World, story: list[Event]) -> None:
    """The queue may deliver a message twice, and an operator may ask twice."""
    one = await world.worker()
    await world.apply(one, *story)
    if story:
        await forget(world, one)
        before = await world.row()
        assert await one.take(world.post.control("forget")) == Done(Action.UNCHANGED)
        assert await world.row() == before
    else:
        assert isinstance(await one.take(world.post.control("forget")), DeadLetter)
