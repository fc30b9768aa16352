"""After the ledger was lost: an activity that Graph has is adopted, and no replay doubles it or sets it back."""

from collections.abc import Mapping

import pytest

from activities.domain.outcomes import Action, DeadLetter, Done, Outcome, Reason
from activities.domain.record import row_key
from activities.service import Service
from tests.activities.sync.tenant import ANN, BOB, COURSE
from tests.native_event import event_body
from tools.develop.simulator import Activity, Simulator

RECORD = row_key("enrolment-1")
NAME, BOBS_NAME = ({"userPrincipalName": user.user_principal_name} for user in (ANN, BOB))


@pytest.fixture
def environment(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The setting of an operator who has lost a ledger."""
    return {**environment, "LEDGER_REBUILD": "true"}


def event(day: int, kind: str = "assigned", **parts: object) -> bytes:
    """Return an event of these tests' enrolment."""
    progress = {"progress": None} if kind in {"completed", "unassigned"} else {"progress": {"percentage": day}}
    said = {"learner": NAME, "course": {"learningContentId": COURSE.id}, **progress, **parts}
    name = {"eventId": f"e-{day}", "eventType": f"course.{kind}", "occurredAt": f"2026-03-{day:02}T09:00:00Z"}
    return event_body(**name, **said)


async def lost(service: Service, simulator: Simulator, *bodies: bytes) -> Activity:
    """Handle events, then lose the record. Return the activity, which is no longer young."""
    for body in bodies:
        assert isinstance(await service.handler.event(body), Done)
    table = service.storage.table(service.settings.activities_table)
    await table.delete_entity(RECORD[:2], RECORD)
    [activity] = simulator.activities
    activity.shows_at = 0.0
    return activity


def reason(outcome: Outcome) -> Reason | None:
    """Return why a message became a dead letter."""
    return outcome.reason if isinstance(outcome, DeadLetter) else None


async def test_a_new_enrolment_is_looked_up_and_created(service: Service, simulator: Simulator) -> None:
    """A rebuild costs one lookup per record."""
    assert await service.handler.event(event(1)) == Done(Action.CREATED)
    assert await service.handler.event(event(2)) == Done(Action.UPDATED)
    assert simulator.counts["get_by_external_id", "404"] == 1


async def test_what_graph_has_is_adopted(service: Service, simulator: Simulator) -> None:
    """Nothing is doubled, and the event adds to what's there."""
    activity = await lost(
        service, simulator, event(1), event(2, assignment={"type": "required", "dueAt": "2026-09-01T00:00:00Z"})
    )
    assert await service.handler.event(event(3, "progressed")) == Done(Action.UPDATED)
    assert simulator.activities == [activity]
    assert (activity.body["completionPercentage"], activity.body["dueDateTime"]["dateTime"][:10]) == (3, "2026-09-01")


@pytest.mark.parametrize(
    "replayed",
    [event(1), event(5, "unassigned"), event(6, "progressed")],
    ids=["assigned", "unassigned", "progressed"],
)
async def test_no_replay_takes_a_completion_back(service: Service, simulator: Simulator, replayed: bytes) -> None:
    """Messages that arrive again or late meet what Graph has, although the ledger knows nothing of it."""
    activity = await lost(service, simulator, event(1), event(4, "completed"))
    assert isinstance(await service.handler.event(replayed), Done)
    assert simulator.activities == [activity]
    assert (activity.body["status"], activity.body["completedDateTime"]) == ("completed", "2026-03-04T09:00:00+00:00")


async def test_another_learners_activity_is_not_adopted(service: Service, simulator: Simulator) -> None:
    """The first event after the loss decides the owner, but not whose activity it was."""
    activity = await lost(service, simulator, event(1))
    assert reason(await service.handler.event(event(2, learner=BOBS_NAME))) is Reason.IDENTITY_CONFLICT
    assert (simulator.activities, activity.body["learnerUserId"]) == ([activity], ANN.id)


async def test_an_owner_who_yields_does_not_take_the_lookup_along(service: Service, simulator: Simulator) -> None:
    """After a typing error, too, the activity that Graph has is found before another one is created."""
    activity = await lost(service, simulator, event(1))
    typing_error = event(2, learner={"email": "an@contoso.example"})
    assert reason(await service.handler.event(typing_error)) is Reason.LEARNER_NOT_FOUND
    assert isinstance(await service.handler.event(event(3)), Done)
    assert simulator.activities == [activity]


async def test_a_removal_that_names_nobody_finds_whose_activity_it_is(service: Service, simulator: Simulator) -> None:
    """Graph says whose it is, so it can be removed, and a later event of somebody else's is still a conflict."""
    await lost(service, simulator, event(1))
    removal = event(5, "unassigned", learner=None, course=None)
    assert await service.handler.event(removal) == Done(Action.DELETED)
    assert simulator.activities == []
    assert reason(await service.handler.event(event(6, learner=BOBS_NAME))) is Reason.IDENTITY_CONFLICT


async def test_what_a_new_cycle_has_none_of_is_taken_away(service: Service, simulator: Simulator) -> None:
    """Graph keeps what an update doesn't mention, so notes of the previous cycle have to be known."""
    terms = {"type": "required", "notes": {"content": "Until May."}}
    activity = await lost(service, simulator, event(1, assignment=terms))
    assert await service.handler.event(event(3, startsOver=True)) == Done(Action.UPDATED)
    assert activity.body.get("notes") is None


async def test_notes_stay_if_nothing_is_said_of_them(service: Service, simulator: Simulator) -> None:
    """The events that arrive again might not include the one with the notes."""
    terms = {"type": "required", "notes": {"content": "Until May."}}
    activity = await lost(service, simulator, event(1, assignment=terms))
    assert await service.handler.event(event(3, "progressed")) == Done(Action.UPDATED)
    assert activity.body["notes"]["content"] == "Until May."
