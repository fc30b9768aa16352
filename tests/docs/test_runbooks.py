"""The operators' runbooks have the stated results on the storage emulator and the simulated Graph."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from activities.domain.outcomes import Action, DeadLetter, Done, Outcome, Reason, Retry, RetryReason
from activities.domain.record import row_key
from activities.service import Service
from activities.settings import Settings
from activities.storage.keys import keys
from tests.native_event import event_body
from tests.storage_reading import dead_letters, texts
from tools.develop.simulator import Simulator, User

ANN, BOB = "11111111-0000-4000-8000-00000000000a", "11111111-0000-4000-8000-00000000000b"
ACCOUNT = {"source": "lms", "id": "4711"}
RECORD = row_key("enrolment-1")
BY_ACCOUNT = {"learner": {"lmsAccount": ACCOUNT}}
SELF_INITIATED = {"eventType": "course.started", "activity": "selfInitiated", "assignment": None, "progress": None}
ASSIGNED_LATER = event_body(eventId="e-2", occurredAt="2026-03-02T09:00:00Z")


async def know(service: Service, person: str) -> None:
    """Record in the table of people who the account is."""
    partition, row = keys(f"{ACCOUNT['source']}\n{ACCOUNT['id']}")
    people = service.storage.table(service.settings.people_table)
    await people.upsert_entity({"PartitionKey": partition, "RowKey": row, "entraObjectId": person})


async def control(service: Service, action: str) -> Outcome:
    """Send a control message for the record."""
    message = {"envelope": "lms-activity-sync/1", "control": action, "record": RECORD}
    return await service.handler.retry(json.dumps(message).encode())


async def redrive(service: Service) -> Outcome:
    """Redrive the only dead letter, and handle its message."""
    [letter] = await dead_letters(service.letters)
    [facts] = [facts async for facts in service.letters.list()]
    await service.delivery.redrive(letter)
    await service.letters.delete(letter.id, facts.etag)
    [*_, message] = await texts(service.storage.queue(service.settings.retry_queue))
    return await service.handler.retry(message.encode())


def learners(simulator: Simulator) -> list[str]:
    """Return whose activities Graph has."""
    return [activity.body["learnerUserId"] for activity in simulator.activities]


def kinds(simulator: Simulator) -> list[str]:
    """Return the kind of each activity in Graph."""
    return [activity.kind for activity in simulator.activities]


async def reasons(service: Service) -> list[str]:
    """Return the reasons of the dead letters."""
    return [letter.reason for letter in await dead_letters(service.letters)]


async def test_rebind_after_a_correction_in_the_table_of_people(service: Service, simulator: Simulator) -> None:
    """Only a rebind moves the activity to the right person."""
    await know(service, ANN)
    assert await service.handler.event(event_body(**BY_ACCOUNT)) == Done(Action.CREATED)
    await know(service, BOB)
    progress = event_body(eventId="e-2", occurredAt="2026-03-02T09:00:00Z", progress={"percentage": 50}, **BY_ACCOUNT)
    assert await service.handler.event(progress) == Done(Action.UPDATED)
    assert learners(simulator) == [ANN]

    assert await control(service, "rebind") == Done(Action.REBOUND)
    assert learners(simulator) == [BOB]
    assert await control(service, "rebind") == Done(Action.UNCHANGED)


async def test_an_address_that_was_given_to_somebody_else(service: Service, simulator: Simulator) -> None:
    """A withdrawn activity isn't created again for another person unless an operator rebinds it."""
    await know(service, ANN)
    withdrawn = event_body(
        eventId="e-2", eventType="course.unassigned", occurredAt="2026-03-02T09:00:00Z", learner=None, course=None
    )
    again = event_body(eventId="e-3", occurredAt="2026-03-03T09:00:00Z", **BY_ACCOUNT)
    await service.handler.event(event_body(**BY_ACCOUNT))
    await service.handler.event(withdrawn)
    await know(service, BOB)

    outcome = await service.handler.event(again)

    assert isinstance(outcome, DeadLetter)
    assert outcome.reason is Reason.IDENTITY_CONFLICT
    assert learners(simulator) == []
    assert await control(service, "rebind") == Done(Action.CREATED)
    assert learners(simulator) == [BOB]
    assert await dead_letters(service.letters) == []


async def test_a_corrected_event_takes_the_place_of_a_wrong_one(service: Service, simulator: Simulator) -> None:
    """The corrected learner replaces an unknown one, and the first dead letter stays until it's purged."""
    wrong = await service.handler.event(event_body(learner={"userPrincipalName": "an@contoso.example"}))
    simulator.config.users = (User(id=ANN, user_principal_name="ann@contoso.example"),)

    corrected = event_body(eventId="e-2", learner={"userPrincipalName": "ann@contoso.example"})

    assert isinstance(wrong, DeadLetter)
    assert await service.handler.event(corrected) == Done(Action.CREATED)
    assert learners(simulator) == [ANN]
    assert await reasons(service) == [Reason.LEARNER_NOT_FOUND]


async def refused_change(service: Service, simulator: Simulator) -> None:
    """Let Graph refuse to make an assignment of a self-initiated course, because of a field."""
    await service.handler.event(event_body(**SELF_INITIATED))
    simulator.configure(max_lengths={"notes": 3})
    terms = {"type": "required", "notes": {"content": "rather long"}}
    outcome = await service.handler.event(
        event_body(eventId="e-2", occurredAt="2026-03-02T09:00:00Z", assignment=terms, progress=None)
    )
    assert isinstance(outcome, DeadLetter)
    assert kinds(simulator) == ["selfInitiated"]


async def test_a_refused_change_waits_for_a_redrive(service: Service, simulator: Simulator) -> None:
    """Neither a duplicate nor progress tries the change again or deletes the dead letter, but a redrive does both."""
    await refused_change(service, simulator)
    progress = event_body(
        eventId="e-3", eventType="course.progressed", occurredAt="2026-03-03T09:00:00Z", activity=None, assignment=None
    )
    assert await service.handler.event(progress) == Done(Action.UPDATED)
    assert await service.handler.event(progress) == Done(Action.UNCHANGED)
    assert await reasons(service) == [Reason.REJECTED_BY_GRAPH]
    assert (await service.ledger.load("enrolment-1")).record.sync.state == "parked"

    simulator.configure(max_lengths={})
    assert await redrive(service) == Done(Action.REPLACED)
    assert kinds(simulator) == ["assignment"]
    assert await reasons(service) == []


ENDS: dict[str, dict[str, Any]] = {
    "the events take it back": SELF_INITIATED | {"eventId": "e-3", "occurredAt": "2026-03-03T09:00:00Z"},
    "the course is completed": {
        "eventId": "e-3",
        "eventType": "course.completed",
        "occurredAt": "2026-03-03T09:00:00Z",
        "activity": None,
        "assignment": None,
        "progress": None,
    },
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_a_refused_change_that_nobody_wants_any_more(
    service: Service, simulator: Simulator, end: dict[str, Any]
) -> None:
    """The dead letter is deleted, and the activity keeps its kind."""
    await refused_change(service, simulator)

    assert isinstance(await service.handler.event(event_body(**end)), Done)
    assert await reasons(service) == []
    assert kinds(simulator) == ["selfInitiated"]


async def test_a_refusal_that_may_not_be_the_records_fault_is_retried(service: Service, simulator: Simulator) -> None:
    """The former activity is back, and the change is retried once another learner's create succeeds."""
    await service.handler.event(event_body(**SELF_INITIATED))
    simulator.fault(operation="create", status=400)
    outcome = await service.handler.event(ASSIGNED_LATER)
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.REFUSED
    assert kinds(simulator) == ["selfInitiated"]

    await service.handler.event(event_body(enrollmentId="another"))
    assert await control(service, "check") == Done(Action.REPLACED)
    assert kinds(simulator) == ["assignment", "assignment"]


async def test_few_enrolments_alert_at_every_fifth_try(
    service: Service, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Two enrollments without a permission cause no hold, and the log reports them at the fifth try."""
    simulator.configure(permissions=["selfInitiated"])
    for number in range(service.settings.blame_tries):
        assert [line for line in caplog.records if line.message == "configuration_hold"] == [], number
        for enrolment in ("one", "two"):
            await service.handler.event(event_body(enrollmentId=enrolment))
            await forget_retry(service, enrolment)
    lines = [line.__dict__ for line in caplog.records if line.message == "configuration_hold"]
    assert [(line["reason"], line["record"]) for line in lines] == [
        ("create/assignment", row_key(enrolment)) for enrolment in ("one", "two")
    ]


async def forget_retry(service: Service, enrolment: str) -> None:
    """Clear the retry mark, as the message that it names does when it comes due."""
    stored = await service.ledger.load(enrolment)
    state = replace(stored.record.sync, retry=None)
    await service.ledger.store(stored.record.synced(state), stored.etag)


@pytest.fixture
async def rebuilding(settings: Settings) -> AsyncIterator[Service]:
    """Run a service that has been told that the ledger was lost."""
    running = Service(settings.model_copy(update={"ledger_rebuild": True}))
    yield running
    await running.close()


async def test_a_lost_ledger_is_restored(service: Service, simulator: Simulator, rebuilding: Service) -> None:
    """Old events that are sent again find the completed activity, and double, delete or reset nothing."""
    completed = event_body(eventId="e-3", eventType="course.completed", occurredAt="2026-03-03T09:00:00Z")
    withdrawn = event_body(
        eventId="e-2", eventType="course.unassigned", occurredAt="2026-03-02T09:00:00Z", learner=None, course=None
    )
    for body in (event_body(), completed):
        await service.handler.event(body)
    table = service.storage.table(service.settings.activities_table)
    await table.delete_entity(*keys("enrolment-1"))

    for body in (withdrawn, event_body()):
        assert isinstance(await rebuilding.handler.event(body), Done)

    [activity] = simulator.activities
    assert (activity.body["status"], activity.body["completionPercentage"]) == ("completed", 100)
    assert simulator.counts["create", "201"] == 1
    assert ("delete", "204") not in simulator.counts
