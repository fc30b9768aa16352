"""Cycles of an enrolment: an assignment after a removal, a renewal, a completion that's taken back."""

import json

import pytest

from activities.domain.outcomes import Action, DeadLetter, Done
from tests.traces.refusals import REFUSED
from tests.traces.stories import (
    ANN,
    COURSE,
    Event,
    assigned,
    completed,
    from_moodle,
    minute_at,
    progressed,
    text_of,
    time_at,
    unassigned,
)
from tests.traces.world import World
from tools.develop.simulator import Content

BEGUN = {"status": "inProgress", "completionPercentage": 40}
NOT_BEGUN = {"status": "notStarted", "completionPercentage": None, "completedDateTime": None}


def renewed(at: float = 100, **more: object) -> Event:
    """Return an assignment that starts over."""
    return {**assigned(at), "startsOver": True, **more}


def shown(world: World, *names: str) -> Event:
    """Return properties of the only activity in Graph."""
    [activity] = world.simulator.activities
    return {name: activity.body.get(name) for name in names}


async def test_an_assignment_after_a_removal_begins_anew(world: World) -> None:
    """What the learner did before the removal no longer counts, even if the news of it comes late."""
    one = await world.worker()
    await world.apply(one, assigned(), progressed(40, 2), unassigned(10))
    await world.apply(one, assigned(20))
    assert shown(world, *NOT_BEGUN) == NOT_BEGUN
    assert await one.take(world.publish(progressed(80, 5))) == Done(Action.UNCHANGED)
    await world.apply(one, progressed(10, 30))
    await world.check_all_is_well()
    assert shown(world, "completionPercentage") == {"completionPercentage": 10}


async def test_a_completion_before_its_removal_stays(world: World) -> None:
    """The removal doesn't affect a completed course, so the later assignment doesn't begin a cycle."""
    one = await world.worker()
    await world.apply(one, assigned(), completed(5), unassigned(10))
    await world.apply(one, assigned(20))
    await world.check_all_is_well()
    assert "delete" not in world.sent()


async def test_a_renewal_takes_a_completion_back(world: World) -> None:
    """What the new cycle doesn't have is sent as null, because Graph keeps what an update doesn't mention."""
    one = await world.worker()
    await world.apply(one, assigned(dueAt=time_at(500), notes={"content": "Read it."}), completed())
    assert shown(world, "status", "completionPercentage") == {"status": "completed", "completionPercentage": 100}
    assert await one.take(world.post.publish(text_of(renewed()))) == Done(Action.UPDATED)
    gone = {**NOT_BEGUN, "dueDateTime": None, "notes": None}
    assert shown(world, *gone) == gone
    assert "delete" not in world.sent()


async def test_what_is_late_from_the_cycle_before_changes_nothing(world: World) -> None:
    """Neither progress nor a completion from the former cycle counts in the new one, which has its own completion."""
    one = await world.worker()
    await world.apply(one, assigned())
    for event in (renewed(), {**completed(95), "eventId": "late"}, progressed(60, 96)):
        await one.take(world.post.publish(text_of(event)))
        world.advance(600)
    assert shown(world, *NOT_BEGUN) == NOT_BEGUN
    await one.take(world.post.publish(text_of(completed(120))))
    assert shown(world, "completedDateTime") == {"completedDateTime": time_at(120)}


async def test_an_early_renewal_waits_for_nothing(world: World) -> None:
    """An event belongs to the cycle in which it occurred, in whatever order the events arrive."""
    one = await world.worker()
    for event in (progressed(40, 130), completed(90), renewed(), assigned()):
        await one.take(world.post.publish(text_of(event)))
        await world.drain(one)
        world.advance(600)
    assert shown(world, *BEGUN) == BEGUN


async def test_a_renewal_that_graph_refuses_leaves_the_completion(world: World) -> None:
    """It's not documented whether Graph lets a completed activity go back. If it doesn't, an operator is told."""
    one = await world.worker()
    await world.apply(one, assigned(), completed())
    one.rule("graph:update", REFUSED)
    assert isinstance(await one.take(world.publish(renewed(), counts=False)), DeadLetter)
    await world.drain(one)
    world.check_graph("rejected_by_graph")


async def test_a_clock_that_is_far_ahead_is_refused(world: World) -> None:
    """The later event counts, so one dated next week would override whatever happens until then."""
    one = await world.worker()
    await world.apply(one, assigned())
    tomorrow = minute_at(world.now) + 1.5 * 24 * 60
    outcome = await one.take(world.publish(progressed(90, tomorrow), counts=False))
    assert isinstance(outcome, DeadLetter)
    await world.apply(one, progressed(40))
    await world.check_all_is_well("invalid_event")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("startsOver", {"status": "notStarted"}), ("continues", {"status": "completed"})],
)
async def test_an_enrolment_after_a_completion(world: World, setting: str, expected: Event) -> None:
    """A setting can say that each new enrolment starts over, for a source that has no ids for cycles."""
    world.simulator.configure(contents=(Content(id=COURSE, external_id="17"),))
    await world.name_account("45", "moodle", entraObjectId=ANN)
    one = await world.worker(LMS_SOURCES=json.dumps({"moodle": {"assignedAgain": setting}}))
    for at, name in ((0, "user_enrolment_created"), (10, "course_completed"), (20, "user_enrolment_created")):
        await world.deliver(one, world.post.publish(from_moodle(name, at)))
        world.advance(600)
    assert shown(world, "status") == expected
