"""Messages that the host gave up on: they park their record, or become dead letters by themselves."""

import asyncio
import json
import time
from typing import NoReturn

import pytest

from activities.domain.outcomes import Action, DeadLetter, Done, Reason, Retry, RetryReason
from activities.domain.record import row_key
from activities.handler import Handler
from activities.intake.formats import Formats
from activities.intake.formats.sources import Sources
from activities.service import Service
from tests.native_event import event_body
from tests.storage_reading import dead_letters, texts, wait_for_retry
from tools.develop.simulator import Simulator


async def test_a_poison_event_becomes_a_dead_letter_that_names_its_record(service: Service) -> None:
    """A message that the host gave up on leads back to its enrolment."""
    await service.handler.poison(event_body())

    [letter] = await dead_letters(service.letters)
    assert (Reason.HOST_POISON, "enrolment-1", event_body()) == (letter.reason, letter.enrollment_id, letter.body())


async def test_a_poison_retry_keeps_the_original(service: Service, simulator: Simulator) -> None:
    """A retry's dead letter contains the original text, not the envelope."""
    simulator.fault(operation="create", status=429, retry_after="1")
    await service.handler.event(event_body())
    retry = await wait_for_retry(service)

    await service.handler.retry_poison(retry.content.encode())

    [letter] = await dead_letters(service.letters)
    assert (event_body(), "enrolment-1", 2) == (letter.body(), letter.enrollment_id, letter.attempt)


class BrokenFormats(Formats):
    """Formats with a bug."""

    def recognise(self, document: dict[str, object]) -> NoReturn:
        """Fail at every document."""
        raise ZeroDivisionError(len(document))


class SurprisingFormats(Formats):
    """Formats that raise what a library below might."""

    def recognise(self, document: dict[str, object]) -> NoReturn:
        """Fail at every document."""
        raise BufferError(len(document))


@pytest.mark.parametrize("kind", [BrokenFormats, SurprisingFormats])
async def test_a_message_that_fails_again_becomes_a_dead_letter(service: Service, kind: type[Formats]) -> None:
    """The failure that made it poison occurs again, but doesn't keep it on the poison queue, where it would expire."""
    formats = kind((), Sources())
    parts = (service.reconciler, service.delivery, service.letters, service.shared)
    handler = Handler(*parts, formats, hold_seconds=1, clock=time.time)
    event = json.dumps({"anything": 1}).encode()

    await handler.poison(event)

    [letter] = await dead_letters(service.letters)
    assert (Reason.HOST_POISON, event) == (letter.reason, letter.body())


async def test_a_poison_message_parks_its_record(service: Service, simulator: Simulator) -> None:
    """If the record exists, the letter is the record's, so the next event that succeeds deletes it."""
    simulator.fault(operation="create", status=429, retry_after="1")
    await service.handler.event(event_body())
    poison = event_body(eventId="e-2", occurredAt="2026-03-02T09:00:00Z", progress={"percentage": 40})
    table = service.storage.table(service.settings.activities_table)
    record = row_key("enrolment-1")
    await table.update_entity({"PartitionKey": record[:2], "RowKey": record, "retry_until": 0.0})

    assert isinstance(await service.handler.poison(poison), DeadLetter)

    [letter] = await dead_letters(service.letters)
    assert (Reason.HOST_POISON, record, poison) == (letter.reason, letter.id, letter.body())
    await asyncio.sleep(1.1)
    later = event_body(eventId="e-3", occurredAt="2026-03-03T09:00:00Z", progress={"percentage": 60})
    assert Done(Action.CREATED) == await service.handler.event(later)
    assert await dead_letters(service.letters) == []


async def test_a_poison_message_that_its_record_has_applied_leaves_no_letter(service: Service) -> None:
    """The host gave up on it after its effect was durable, so nobody has to look at it."""
    assert Done(Action.CREATED) == await service.handler.event(event_body())
    assert Done(Action.UNCHANGED) == await service.handler.poison(event_body())
    assert await dead_letters(service.letters) == []


async def test_a_poison_message_about_somebody_else_is_a_letter_of_its_own(service: Service) -> None:
    """None of it is merged, and the record whose id it uses stays as it is."""
    assert Done(Action.CREATED) == await service.handler.event(event_body())
    before = await service.ledger.load("enrolment-1")
    other = event_body(learner={"entraObjectId": "0b0b0b0b-e020-11ec-9d64-0242ac120002"})

    assert isinstance(await service.handler.poison(other), DeadLetter)

    assert before == await service.ledger.load("enrolment-1")
    [letter] = await dead_letters(service.letters)
    assert (Reason.HOST_POISON, other, None) == (letter.reason, letter.body(), letter.number)


async def test_a_poison_message_of_newer_code_waits(service: Service) -> None:
    """A row that newer code has written is a hold for poison too, and not a dead letter."""
    assert Done(Action.CREATED) == await service.handler.event(event_body())
    table = service.storage.table(service.settings.activities_table)
    record = row_key("enrolment-1")
    await table.update_entity({"PartitionKey": record[:2], "RowKey": record, "version": 2})

    outcome = await service.handler.poison(event_body())

    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.NEWER_VERSION
    assert await dead_letters(service.letters) == []


async def test_poison_waits_while_the_ledger_cannot_be_reached(service: Service) -> None:
    """If a fault that affects everybody made messages poison, the poison queue isn't drained into dead letters."""
    await service.storage.table(service.settings.activities_table).delete_table()
    outcome = await service.handler.poison(event_body())
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD
    assert await dead_letters(service.letters) == []


@pytest.mark.parametrize(
    "envelope",
    [
        {"envelope": "lms-activity-sync/2", "control": "forget", "record": "0" * 64},
        {"envelope": "lms-activity-sync/1", "control": "check", "record": "0" * 64},
        {
            "envelope": "lms-activity-sync/1",
            "id": "x",
            "reason": "",
            "detail": "",
            "attempt": 1,
            "firstSeen": "2026-01-01T00:00:00Z",
            "lastSeen": "2026-01-01T00:00:00Z",
            "blob": "somebody-elses",
        },
    ],
    ids=["newer", "control", "the body of another message"],
)
async def test_poison_of_the_inbound_queue_is_not_opened(service: Service, envelope: dict[str, object]) -> None:
    """A publisher can write anything there, so nothing in it is trusted: it becomes a dead letter as it is."""
    bodies = service.storage.container(service.settings.event_body_container)
    await bodies.upload_blob("somebody-elses", b"precious")
    text = json.dumps(envelope).encode()

    assert isinstance(await service.handler.poison(text), DeadLetter)

    [letter] = await dead_letters(service.letters)
    assert text == letter.body()
    assert [blob.name async for blob in bodies.list_blobs()] == ["somebody-elses"]
    assert await texts(service.storage.queue(service.settings.retry_queue)) == []
