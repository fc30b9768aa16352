"""An assigner is a decoration: shown if found, and never the reason why an activity isn't created."""

from collections.abc import Mapping

import pytest

from activities.domain.outcomes import Action, Done
from activities.domain.terms import OwnerIds, Reference
from activities.service import Service
from tests.activities.sync.tenant import ANN, BOB, COURSE, load_person, subject
from tests.native_event import event_body
from tools.develop.simulator import Simulator

BY_NAME = {"userPrincipalName": BOB.user_principal_name}
BY_ADDRESS = {"email": BOB.user_principal_name}


def assigned_by(assigner: Mapping[str, object], **more: object) -> bytes:
    """Return an assignment by somebody."""
    return event_body(assignment={"type": "required", "assigner": assigner}, **more)


@pytest.mark.parametrize(
    "assigner",
    [BY_NAME, BY_ADDRESS, {"entraObjectId": BOB.id}, {"lmsAccount": {"source": "moodle", "id": "7"}}],
    ids=["user name", "address", "object id", "account"],
)
async def test_an_assigner_who_is_found_is_shown(
    service: Service, simulator: Simulator, assigner: Mapping[str, object]
) -> None:
    """The learner sees who assigned the course."""
    await load_person(service, "moodle\n7", email=BOB.user_principal_name)
    assert await service.handler.event(assigned_by(assigner)) == Done(Action.CREATED)
    [activity] = simulator.activities
    assert activity.body["assignerUserId"] == BOB.id


@pytest.mark.parametrize(
    "assigner",
    [
        {"email": "left@contoso.example"},
        {"email": "twin@contoso.example"},
        {"lmsAccount": {"source": "moodle", "id": "nobody"}},
    ],
    ids=["left", "two people", "account not loaded"],
)
async def test_an_assigner_who_is_not_found_is_left_out(
    service: Service, simulator: Simulator, assigner: Mapping[str, object]
) -> None:
    """A manager who has left doesn't keep a learner's assignment out of Viva Learning."""
    assert await service.handler.event(assigned_by(assigner)) == Done(Action.CREATED)
    [activity] = simulator.activities
    assert "assignerUserId" not in activity.body


FAULTS: dict[str, dict[str, object]] = {
    "a name that Graph refuses": {"status": 400},
    "no permission": {"status": 403, "body": {"error": {"code": "Authorization_RequestDenied", "message": "No."}}},
    "unknown words": {"status": 403},
    "an error of Graph": {"status": 500},
    "no connection": {"reset": "before"},
    "damaged": {"damage": "html"},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_an_assigner_who_cannot_be_looked_up_is_left_out(
    service: Service, simulator: Simulator, fault: dict[str, object]
) -> None:
    """Whatever the reason, the assignment doesn't wait. It doesn't need permission to look people up either."""
    simulator.fault(operation="find_user", times=0, **fault)
    assert await service.handler.event(assigned_by(BY_NAME)) == Done(Action.CREATED)
    [activity] = simulator.activities
    assert "assignerUserId" not in activity.body


async def test_without_the_permission_no_assignment_waits(service: Service, simulator: Simulator) -> None:
    """A tenant may not grant permission to read users, because its events name learners by object id."""
    simulator.config.permissions -= {"user", "userDetails"}
    for number in range(8):
        event = assigned_by(BY_ADDRESS, enrollmentId=f"enrolment-{number}")
        assert await service.handler.event(event) == Done(Action.CREATED)
    assert len(simulator.activities) == 8


async def test_a_throttled_lookup_of_an_assigner_is_not_waited_for(service: Service, simulator: Simulator) -> None:
    """The owner's ids are what matters."""
    simulator.fault(operation="find_user", status=429, retry_after="seconds", retry_seconds=600)
    found = await service.references.resolve(subject(), Reference("userPrincipalName", BOB.user_principal_name))
    assert (found.ids, found.assigner_user_id) == (OwnerIds(ANN.id, COURSE.id), None)


async def test_without_the_table_of_people_the_assigner_is_left_out(service: Service) -> None:
    """A missing table affects every event that names its learner by an account, and no others."""
    await service.storage.table(service.settings.people_table).delete_table()
    found = await service.references.resolve(subject(), Reference("lmsAccount", "moodle\n7"))
    assert (found.ids, found.assigner_user_id) == (OwnerIds(ANN.id, COURSE.id), None)


async def test_another_assigner_later_changes_nothing(service: Service, simulator: Simulator) -> None:
    """Graph doesn't let an assigner be changed, and no activity is deleted for that."""
    await service.handler.event(assigned_by({"email": "left@contoso.example"}))
    before = len(simulator.requests)
    later = assigned_by(BY_NAME, eventId="e-2", occurredAt="2026-03-02T09:00:00Z")
    assert await service.handler.event(later) == Done(Action.UPDATED)
    assert [request.operation for request in simulator.requests[before:]] == ["update"]
