"""What becomes of a message, from its text on the queue to Graph or to the dead letters."""

import asyncio
import base64
import json
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from azure.core.exceptions import ResourceNotFoundError

from activities.domain.message import Message
from activities.domain.outcomes import Action, DeadLetter, Done, Reason, Retry, RetryReason
from activities.domain.record import row_key
from activities.handler import Handler
from activities.intake.formats import Formats
from activities.intake.formats.sources import Sources
from activities.service import Service
from activities.settings import Settings
from tests.native_event import event_body
from tests.storage_reading import dead_letters, texts
from tools.develop.simulator import Simulator, User

# One body for each reason, and one for each way in which an envelope keeps a body.
BAD = {
    "empty": (b"", Reason.MALFORMED),
    "kept as base64, because it is not UTF-8": (b"\xff\xfe{}", Reason.MALFORMED),
    "large": (b"lorem ipsum " * 5461, Reason.MALFORMED),
    "without a learner": (event_body(learner=None), Reason.INVALID_EVENT),
    "an unknown version": (event_body(specVersion="7.0"), Reason.UNSUPPORTED_VERSION),
}


@pytest.mark.parametrize(("body", "reason"), BAD.values(), ids=BAD)
async def test_a_body_that_cannot_be_understood_becomes_a_dead_letter(
    service: Service, body: bytes, reason: Reason
) -> None:
    """The dead letter keeps the body byte for byte and has a stable reason, and the next message is handled."""
    outcome = await service.handler.event(body)

    assert isinstance(outcome, DeadLetter)
    assert reason == outcome.reason
    [letter] = await dead_letters(service.letters)
    assert (reason, body) == (letter.reason, letter.body())
    assert Done(Action.CREATED) == await service.handler.event(event_body())


async def test_an_item_that_is_too_large_for_the_queue_becomes_a_dead_letter(service: Service) -> None:
    """The other items of its batch become messages of their own."""
    large = json.dumps({"notes": "<" * 40_000}, separators=(",", ":"))

    assert Done(Action.SPLIT) == await service.handler.event(f'[1,{large},"two"]'.encode())

    [letter] = await dead_letters(service.letters)
    assert (Reason.INVALID_EVENT, large.encode()) == (letter.reason, letter.body())
    assert {"1", '"two"'} == set(await texts(service.storage.queue(service.settings.events_queue)))


async def test_a_message_stays_if_its_dead_letter_cannot_be_written(service: Service) -> None:
    """The handler raises what storage refuses, so that the host keeps the message."""
    await service.storage.container(service.settings.dead_letter_container).delete_container()

    with pytest.raises(ResourceNotFoundError):
        await service.handler.event(b"rubbish")


async def test_plain_text_and_base64_are_the_same_event(service: Service, simulator: Simulator) -> None:
    """Publishers encode in different ways, and a second delivery of an event changes nothing."""
    assert Done(Action.CREATED) == await service.handler.event(event_body())
    assert Done(Action.UNCHANGED) == await service.handler.event(base64.b64encode(event_body()))
    assert Done(Action.UNCHANGED) == await service.handler.event(b"\xef\xbb\xbf" + event_body())
    assert len(simulator.activities) == 1


async def test_a_poison_event_becomes_a_dead_letter_that_names_its_record(service: Service) -> None:
    """What the host gave up leads back to its enrolment."""
    await service.handler.poison(event_body())

    [letter] = await dead_letters(service.letters)
    assert (Reason.HOST_POISON, "enrolment-1", event_body()) == (letter.reason, letter.enrollment_id, letter.body())


async def test_a_poison_retry_keeps_the_original(service: Service, simulator: Simulator) -> None:
    """The dead letter of a retry is around the original text, not around the envelope."""
    simulator.fault(operation="create", status=429, retry_after="1")
    await service.handler.event(event_body())
    retry = await wait_for_retry(service)

    await service.handler.retry_poison(retry.content.encode())

    [letter] = await dead_letters(service.letters)
    assert (event_body(), "enrolment-1", 2) == (letter.body(), letter.enrollment_id, letter.attempt)


async def test_a_retry_whose_blob_is_gone_reconciles_its_record(service: Service, simulator: Simulator) -> None:
    """The record has merged what the text said, so the retry does not need the text."""
    simulator.fault(operation="create", status=429, retry_after="1")
    await service.handler.event(event_body())
    message = await wait_for_retry(service)
    envelope = json.loads(message.content)
    del envelope["original"]

    outcome = await service.handler.retry(json.dumps(envelope | {"blob": "gone"}).encode())

    assert Done(Action.CREATED) == outcome
    assert [activity.external_id for activity in simulator.activities] == ["enrolment-1"]


async def test_a_wrong_format_declaration_holds_every_message(
    service: Service, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While LMS_SOURCES is wrong, no message fails: each waits on the retry queue until the setting is fixed."""
    monkeypatch.setenv("LMS_SOURCES", "not JSON")
    broken = Service(Settings())
    try:
        outcome = await broken.handler.event(event_body())
    finally:
        await broken.close()
    message = await wait_for_retry(service)

    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD
    assert simulator.requests == []
    assert Done(Action.CREATED) == await service.handler.retry(message.content.encode())


async def test_a_missing_ledger_holds_every_message(service: Service, simulator: Simulator) -> None:
    """While the table cannot be reached, no message fails: each waits on the retry queue."""
    table = service.storage.table(service.settings.activities_table)
    await table.delete_table()
    outcome = await service.handler.event(event_body())
    await table.create_table()
    message = await wait_for_retry(service)

    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD
    assert simulator.requests == []
    assert Done(Action.CREATED) == await service.handler.retry(message.content.encode())


class BrokenFormats(Formats):
    """Formats with a defect."""

    def recognise(self, document: dict[str, object]) -> NoReturn:
        """Fail at every document."""
        raise ZeroDivisionError(len(document))


async def test_a_message_that_a_defect_made_poison_becomes_a_dead_letter(service: Service) -> None:
    """The exception that made the host give up the message does not keep it on the poison queue, where it expires."""
    handler = Handler(
        service.reconciler, service.delivery, service.letters, BrokenFormats((), Sources()), hold_seconds=1
    )
    event = json.dumps({"anything": 1}).encode()

    with pytest.raises(ZeroDivisionError):
        await handler.event(event)
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
    """The host gave it up after its effect was durable, so nobody has to look at it."""
    assert Done(Action.CREATED) == await service.handler.event(event_body())
    assert Done(Action.UNCHANGED) == await service.handler.poison(event_body())
    assert await dead_letters(service.letters) == []


async def test_a_redrive_looks_up_anew_what_was_not_found(service: Service, simulator: Simulator) -> None:
    """A correction followed at once by a redrive succeeds, although the process remembers that there was nobody."""
    learner = {"userPrincipalName": "ann@contoso.example"}
    refused = await service.handler.event(event_body(learner=learner))
    assert isinstance(refused, DeadLetter)
    assert refused.reason is Reason.LEARNER_NOT_FOUND
    simulator.config.users = (
        User(id="11111111-0000-4000-8000-000000000001", user_principal_name="ann@contoso.example"),
    )
    [letter] = await dead_letters(service.letters)
    await service.delivery.redrive(letter)
    message = await wait_for_retry(service)
    assert Done(Action.CREATED) == await service.handler.retry(message.content.encode())
    assert await dead_letters(service.letters) == []


async def test_an_item_of_a_batch_that_is_refused_keeps_its_text(service: Service) -> None:
    """Each item is a message of its own, and its letter has the item alone."""
    await service.handler.event(b'[{"a": 1}, {"a": 2}]')
    for text in await texts(service.storage.queue(service.settings.events_queue)):
        await service.handler.event(text.encode())
    assert {b'{"a":1}', b'{"a":2}'} == {letter.body() for letter in await dead_letters(service.letters)}


async def test_a_poison_message_of_newer_code_waits(service: Service) -> None:
    """A row that newer code has written is a hold for poison too, and no dead letter."""
    assert Done(Action.CREATED) == await service.handler.event(event_body())
    table = service.storage.table(service.settings.activities_table)
    record = row_key("enrolment-1")
    await table.update_entity({"PartitionKey": record[:2], "RowKey": record, "version": 2})

    outcome = await service.handler.poison(event_body())

    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.NEWER_VERSION
    assert await dead_letters(service.letters) == []


async def test_poison_waits_while_the_ledger_cannot_be_reached(service: Service) -> None:
    """What made a message poison, if it is everybody's fault, does not drain the poison queue into dead letters."""
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
    """A publisher can write anything there, so nothing in it is believed: it becomes a dead letter as it is."""
    bodies = service.storage.container(service.settings.event_body_container)
    await bodies.upload_blob("somebody-elses", b"precious")
    text = json.dumps(envelope).encode()

    assert isinstance(await service.handler.poison(text), DeadLetter)

    [letter] = await dead_letters(service.letters)
    assert text == letter.body()
    assert [blob.name async for blob in bodies.list_blobs()] == ["somebody-elses"]
    assert await texts(service.storage.queue(service.settings.retry_queue)) == []


async def test_a_retry_whose_body_was_deleted_is_done(service: Service) -> None:
    """A body is deleted last, so a message without one, and without an enrolment, was finished before."""
    text = json.dumps(
        {
            "envelope": "lms-activity-sync/1",
            "id": "x",
            "reason": "",
            "detail": "",
            "attempt": 2,
            "blob": "gone",
            "firstSeen": "2026-01-01T00:00:00Z",
            "lastSeen": "2026-01-01T00:00:00Z",
        }
    )
    assert Done(Action.UNCHANGED) == await service.handler.retry(text.encode())
    assert await dead_letters(service.letters) == []


async def test_a_second_letter_without_a_text_keeps_the_text_of_the_first(service: Service) -> None:
    """A large message that is delivered again after its body was deleted does not empty its dead letter."""
    message = Message(b"precious", enrollment_id="enrolment-1")
    letter = DeadLetter(Reason.REJECTED_BY_GRAPH, "create: 400")
    await service.letters.write(message, letter, "enrolment-1", number=1)
    await service.letters.write(replace(message, body=b"", body_deleted=True), letter, "enrolment-1", number=2)
    [kept] = await dead_letters(service.letters)
    assert (kept.body(), kept.number) == (b"precious", 2)


async def test_a_retry_whose_body_is_read_otherwise_today_syncs_both_records(
    service: Service, simulator: Simulator
) -> None:
    """If formats read another enrolment out of a body than before, the former record is not forgotten."""
    simulator.fault(operation="create", status=429, retry_after="1")
    await service.handler.event(event_body())
    message = await wait_for_retry(service)
    envelope = json.loads(message.content)
    other = json.dumps(envelope | {"original": event_body(enrollmentId="enrolment-2").decode()})

    assert Done(Action.CREATED) == await service.handler.retry(other.encode())

    assert {"enrolment-1", "enrolment-2"} == {activity.external_id for activity in simulator.activities}


async def wait_for_retry(service: Service) -> Any:  # noqa: ANN401  the storage SDK's message
    """Wait until a retry is visible, and hide it from others for a while."""
    queue = service.storage.queue(service.settings.retry_queue)
    while True:
        async for message in queue.receive_messages(visibility_timeout=30):
            return message
