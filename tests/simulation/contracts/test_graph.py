"""The contract of activities, users and courses in Graph."""

import asyncio

import pytest

from activities.domain.desired import Notes
from activities.domain.errors import ActivityNotFound
from activities.domain.found import Found
from activities.domain.terms import ActivityType, OwnerIds
from tests.activities.graph.parts import CONTENT, IDS, LEARNER, SELF_INITIATED, desired
from tests.simulation.contracts.graphs import LAG, Case
from tests.simulation.memory.tenant import User

ANN = User("00000001-0000-4000-8000-000000000000", "ann@example.org", "a.lee@example.org", "7")
BOB = User("00000002-0000-4000-8000-000000000000", "bob@example.org", "a.lee@example.org", "8")
FULL = {
    "status": "completed",
    "percentage": 100,
    "completed_at": "2026-03-02T08:00:00+00:00",
    "assigned_at": "2026-03-01T08:00:00+00:00",
    "due_at": "2026-04-01T12:00:00+00:00",
    "notes": Notes("text", "Read it."),
}
COURSE = {"type": SELF_INITIATED, "percentage": 20, "started_at": "2026-03-02T08:00:00+00:00"}


@pytest.mark.parametrize("values", [{}, FULL, COURSE], ids=["little", "everything", "a course"])
async def test_a_created_activity_is_found(case: Case, values: dict[str, object]) -> None:
    """It has the type, the learner, the course and the values that it was created with."""
    wanted = desired(**values)
    activity_id = await case.graph.create(wanted, IDS)
    found = await case.graph.find_activity("enrolment-1", wanted.kind)
    assert found is not None
    assert (found.id, found.type, found.ids) == (activity_id, wanted.type, OwnerIds(LEARNER, CONTENT))
    assert found.values == await case.graph.read(activity_id, wanted.kind)
    assert (found.values.status, found.values.percentage) == (wanted.status, wanted.percentage)
    assert found.completed == wanted.completed


async def test_both_tenants_hold_the_same_bodies(case: Case) -> None:
    """Every property is the same."""
    await case.graph.create(desired(**FULL), IDS)
    [body] = case.bodies()
    assert {name: _comparable(value) for name, value in body.items()} == {
        "@odata.type": "#microsoft.graph.learningAssignment",
        "externalcourseActivityId": "enrolment-1",
        "learnerUserId": LEARNER,
        "learningContentId": CONTENT,
        "learningProviderId": desired().provider_id,
        "assignmentType": "required",
        "status": "completed",
        "completionPercentage": 100,
        "completedDateTime": "2026-03-02T08:00:00",
        "assignedDateTime": "2026-03-01T08:00:00",
        "dueDateTime": {"dateTime": "2026-04-01T12:00:00", "timeZone": "UTC"},
        "notes": {"contentType": "text", "content": "Read it."},
    }


async def test_an_update_changes_what_it_names(case: Case) -> None:
    """A cleared property has no value afterwards, and one that isn't mentioned keeps its value."""
    activity_id = await case.graph.create(desired(**FULL), IDS)
    again = desired(percentage=30, cleared=("completed_at", "due_at", "notes", "started_at"))
    await case.graph.update(activity_id, again)
    found = await case.graph.read(activity_id, "assignment")
    assert (found.status, found.percentage, found.completed_at, found.due_at) == ("inProgress", 30, None, None)
    assert found.assigned_at is not None
    [body] = case.bodies()
    assert "notes" not in body


async def test_what_is_deleted_is_gone(case: Case) -> None:
    """Every operation fails after that, and a lookup finds nothing."""
    activity_id = await case.graph.create(desired(), IDS)
    await case.graph.delete(activity_id, "assignment")
    assert case.bodies() == []
    assert await case.graph.find_activity("enrolment-1", "assignment") is None
    for request in (
        case.graph.read(activity_id, "assignment"),
        case.graph.update(activity_id, desired()),
        case.graph.delete(activity_id, "assignment"),
    ):
        with pytest.raises(ActivityNotFound):
            await request


async def test_changes_show_late(case: Case) -> None:
    """For a while, no request finds a new activity, and lookups still find a deleted one."""
    case.show_late()
    activity_id = await case.graph.create(desired(), IDS)
    assert await case.graph.find_activity("enrolment-1", "assignment") is None
    with pytest.raises(ActivityNotFound):
        await case.graph.update(activity_id, desired(percentage=30))
    with pytest.raises(ActivityNotFound):
        await case.graph.delete(activity_id, "assignment")
    await asyncio.sleep(LAG + 0.05)
    await case.graph.delete(activity_id, "assignment")
    still = await case.graph.find_activity("enrolment-1", "assignment")
    assert still is not None
    assert still.id == activity_id
    await asyncio.sleep(LAG + 0.05)
    assert await case.graph.find_activity("enrolment-1", "assignment") is None


async def test_a_second_create_makes_a_second_activity(case: Case) -> None:
    """Graph doesn't promise anything else."""
    first = await case.graph.create(desired(), IDS)
    second = await case.graph.create(desired(type=ActivityType("assignment", "recommended")), IDS)
    assert first != second
    assert len(case.bodies()) == 2


async def test_a_course_is_found_by_its_external_id(case: Case) -> None:
    """If there's no such course, None is returned."""
    case.add_course("it's a course", "content-1")
    assert await case.graph.find_content("it's a course") == "content-1"
    assert await case.graph.find_content("another") is None


async def test_users_are_found_by_what_they_are_called(case: Case) -> None:
    """The result is one user, nobody, or two, which is enough to know that a name is ambiguous."""
    case.add_user(ANN)
    case.add_user(BOB)
    graph = case.graph
    assert await graph.find_user("ann@example.org") == ANN.id
    assert await graph.find_user("nobody@example.org") is None
    assert await graph.find_users("bob@example.org", "mail", "userPrincipalName") == [BOB.id]
    assert sorted(await graph.find_users("a.lee@example.org", "mail", "userPrincipalName")) == [ANN.id, BOB.id]
    assert await graph.find_users("9", "employeeId") == []


async def test_a_value_that_is_absent_is_none(case: Case) -> None:
    """It doesn't matter whether the tenant returns null or leaves it out."""
    activity_id = await case.graph.create(desired(type=SELF_INITIATED), IDS)
    assert await case.graph.read(activity_id, "selfInitiated") == Found(status="inProgress")


def _comparable(value: object) -> object:
    """Return values with their times cut to the second, because one instant can be written in several ways."""
    if isinstance(value, dict):
        return {name: _comparable(one) for name, one in value.items()}
    text = str(value)
    return text[:19] if text[:4] == "2026" else value
