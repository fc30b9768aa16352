"""Histories of enrolments as Moodle, its plugins and Totara report them, from the queue to Graph."""

import json

import pytest

from tests.traces.stories import ANN, COURSE, Event, time_at
from tests.traces.worker import Worker
from tests.traces.world import World
from tools.develop.simulator import Content

CREATED, DELETED, COMPLETED = (
    f"\\core\\event\\{name}" for name in ("user_enrolment_created", "user_enrolment_deleted", "course_completed")
)
RESET = "\\local_recompletion\\event\\completion_reset"
LAST = {"userenrolment": {"lastenrol": True}, "enrol": "manual"}
OTHER_LEFT = {"userenrolment": {"lastenrol": False}, "enrol": "manual"}
DAY = 24 * 60


def told(name: str, at: float, other: object = None, **more: object) -> Event:
    """Return an event about learner 45 in course 17. `at` is the minute."""
    seconds = 1772438400 + int(at * 60)
    return {
        "eventname": name,
        "objectid": 77,
        "userid": 2,
        "courseid": 17,
        "relateduserid": 45,
        "other": other,
        "timecreated": seconds,
        **more,
    }


async def tell(world: World, *events: Event, course: str = "17", **settings: object) -> Worker:
    """Let a worker handle events from a Moodle in this order."""
    world.simulator.configure(contents=(Content(id=COURSE, external_id=course),))
    await world.name_account("45", "moodle", entraObjectId=ANN)
    one = await world.worker(LMS_SOURCES=json.dumps({"moodle": settings}))
    for event in events:
        world.post.publish(json.dumps(event).encode())
        await world.drain(one)
        world.advance(600)
    return one


def shown(world: World, *names: str) -> list[object]:
    """Return properties of the only activity in Graph."""
    [activity] = world.simulator.activities
    return [activity.body.get(name) for name in names]


def letters(world: World) -> list[str]:
    """Return the reasons of the dead letters."""
    return [letter.reason for letter in world.post.dead_letters.values()]


AGAIN = [
    told(CREATED, 0, {"enrol": "manual"}),
    told(COMPLETED, 10 * DAY),
    told(DELETED, 20 * DAY, LAST),
    told(CREATED, 30 * DAY, {"enrol": "manual"}),
    told(COMPLETED, 40 * DAY),
]


async def test_enrolled_again_after_a_completion(world: World) -> None:
    """If the source starts over, the second enrolment has to be completed anew, with a completion of its own."""
    world.advance(60 * DAY * 60)
    await tell(world, *AGAIN[:4], assignedAgain="startsOver")
    assert shown(world, "status", "completedDateTime") == ["notStarted", None]
    await tell(world, AGAIN[4], assignedAgain="startsOver")
    assert shown(world, "status", "completedDateTime") == ["completed", time_at(40 * DAY)]
    assert letters(world) == []


@pytest.mark.parametrize("other", [OTHER_LEFT, json.dumps(OTHER_LEFT)], ids=["object", "JSON text"])
async def test_a_learner_who_is_still_enrolled_keeps_the_activity(world: World, other: object) -> None:
    """Another enrolment method is left, whether `other` is an object or text."""
    await tell(world, told(CREATED, 0, '{"enrol":"manual"}'), told(DELETED, 1, other))
    assert shown(world, "status") == ["notStarted"]
    assert letters(world) == []


async def test_a_withdrawal_that_cannot_be_read_takes_nothing_away(world: World) -> None:
    """It becomes a dead letter that names the field, and the activity stays."""
    serialised = 'a:1:{s:13:"userenrolment";a:1:{s:9:"lastenrol";b:0;}}'
    await tell(world, told(CREATED, 0, {"enrol": "manual"}), told(DELETED, 1, serialised))
    assert shown(world, "status") == ["notStarted"]
    assert letters(world) == ["invalid_event"]


@pytest.mark.parametrize("learner", range(40, 50))
@pytest.mark.parametrize("turned", [False, True], ids=["in order", "turned round"])
async def test_enrolled_and_withdrawn_in_the_same_second(world: World, learner: int, *, turned: bool) -> None:
    """A sync may do both in one second. Any learner counts as enrolled then, whichever event comes first."""
    await world.name_account(str(learner), "moodle", entraObjectId=ANN)
    both = [told(DELETED, 1, LAST), told(CREATED, 1, {"enrol": "cohort"})]
    events = [told(CREATED, 0, {"enrol": "cohort"}), *(reversed(both) if turned else both)]
    await tell(world, *(event | {"relateduserid": learner} for event in events))
    assert shown(world, "status") == ["notStarted"]
    assert letters(world) == []


async def test_recompletion_takes_the_completion_back(world: World) -> None:
    """The learner is still enrolled and has everything to do again, until the next completion."""
    world.advance(60 * DAY * 60)
    await tell(world, *AGAIN[:2], told(RESET, 20 * DAY))
    assert shown(world, "status", "completedDateTime") == ["notStarted", None]
    await tell(world, AGAIN[4])
    assert shown(world, "status", "completedDateTime") == ["completed", time_at(40 * DAY)]


async def test_a_certification_that_is_renewed_shows_its_last_completion(world: World) -> None:
    """The first completion keeps the assignment's data."""
    world.advance(60 * DAY * 60)
    certified = "\\tool_certify\\event\\user_certified"
    dates = [1772438400 + day * 86400 for day in (10, 40)]
    first, second = (
        told(certified, day * DAY + 5, {"certificationid": "17", "timecertified": date}, courseid=0)
        for day, date in zip((10, 40), dates, strict=True)
    )
    assigned = told("\\tool_certify\\event\\user_assigned", 0, {"certificationid": "17"}, courseid=0)
    await tell(world, assigned, first, course="certification:17")
    assert shown(world, "completedDateTime", "assignedDateTime") == [time_at(10 * DAY), time_at(0)]
    await tell(world, second, course="certification:17")
    assert shown(world, "status", "completedDateTime") == ["completed", time_at(40 * DAY)]
