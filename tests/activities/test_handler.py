"""What becomes of a message, from its text on the queue to Graph or to the dead letters."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from activities.domain.message import Message
from activities.domain.outcomes import Action, DeadLetter, Done, Reason, Retry, RetryReason
from activities.service import Service
from activities.settings import Settings
from tests import ROOT
from tests.native_event import event_body
from tests.storage_reading import dead_letters, texts, wait_for_retry
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


async def test_an_item_that_is_too_large_for_the_queue_is_handled_too(service: Service) -> None:
    """It goes through the retry queue, with its body in a blob, like a large message."""
    event = json.loads(event_body()) | {"padding": "<" * 40_000}
    large = json.dumps(event, separators=(",", ":"))

    assert Done(Action.SPLIT) == await service.handler.event(f"[{large},{event_body().decode()}]".encode())

    message = await wait_for_retry(service)
    assert Done(Action.CREATED) == await service.handler.retry(message.content.encode())
    assert await dead_letters(service.letters) == []


async def test_what_is_left_out_of_an_event_is_counted_once(
    service: Service, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Its retries leave out the same, so only the first delivery says so. The line names the field, not its value."""
    caplog.set_level("INFO", "activities")
    simulator.fault(operation="create", status=429, retry_after="1")
    terms = {"type": "required", "dueAt": {"dateTime": "2026-06-30T12:00", "timeZone": "Mars/Olympus"}}
    assert isinstance(await service.handler.event(event_body(assignment=terms)), Retry)
    message = await wait_for_retry(service)
    assert Done(Action.CREATED) == await service.handler.retry(message.content.encode())
    [line] = [vars(line) for line in caplog.records if line.message == "value_dropped"]
    assert (line["format"], line["field"]) == ("native", "assignment.dueAt")
    assert "Mars" not in caplog.text
    assert "dueDateTime" not in simulator.activities[0].body


async def test_a_record_heals_when_a_corrected_value_arrives(service: Service, simulator: Simulator) -> None:
    """The dead letter names the field that Graph refused, and is deleted once a later event has another value there."""
    error = {"error": {"code": "badRequest", "message": "Input field dueDateTime in the request is invalid."}}
    simulator.fault(operation="create", status=400, body=error)
    due = {"type": "required", "dueAt": "2026-06-30T12:00:00Z"}
    outcome = await service.handler.event(event_body(assignment=due))
    assert isinstance(outcome, DeadLetter)
    assert (outcome.reason, outcome.detail) == (Reason.REJECTED_BY_GRAPH, "create: 400 badRequest: dueDateTime")
    assert len(await dead_letters(service.letters)) == 1

    later = {"eventId": "e-2", "occurredAt": "2026-03-02T09:00:00Z", "assignment": due | {"dueAt": "2026-07-31"}}
    assert Done(Action.CREATED) == await service.handler.event(event_body(**later))
    assert simulator.activities[0].body["dueDateTime"]["dateTime"] == "2026-07-31T23:59:59.0000000"
    assert await dead_letters(service.letters) == []


async def test_a_message_waits_while_its_dead_letter_cannot_be_written(service: Service) -> None:
    """A missing container is everybody's fault, so the message waits on the retry queue and not on the poison queue."""
    container = service.storage.container(service.settings.dead_letter_container)
    await container.delete_container()
    outcome = await service.handler.event(b"rubbish")
    await container.create_container()
    message = await wait_for_retry(service)

    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD
    assert isinstance(await service.handler.retry(message.content.encode()), DeadLetter)
    assert [letter.body() for letter in await dead_letters(service.letters)] == [b"rubbish"]


async def test_plain_text_and_base64_are_the_same_event(service: Service, simulator: Simulator) -> None:
    """Publishers encode in different ways, and a second delivery of an event changes nothing."""
    assert Done(Action.CREATED) == await service.handler.event(event_body())
    assert Done(Action.UNCHANGED) == await service.handler.event(base64.b64encode(event_body()))
    assert Done(Action.UNCHANGED) == await service.handler.event(b"\xef\xbb\xbf" + event_body())
    assert len(simulator.activities) == 1


async def test_a_retry_whose_blob_is_gone_reconciles_its_record(service: Service, simulator: Simulator) -> None:
    """The record has merged what the text said, so the retry doesn't need the text."""
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
    """While the table can't be reached, no message fails: each waits on the retry queue."""
    table = service.storage.table(service.settings.activities_table)
    await table.delete_table()
    outcome = await service.handler.event(event_body())
    await table.create_table()
    message = await wait_for_retry(service)

    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD
    assert simulator.requests == []
    assert Done(Action.CREATED) == await service.handler.retry(message.content.encode())


async def test_a_redrive_looks_up_anew_what_was_not_found(service: Service, simulator: Simulator) -> None:
    """A correction followed at once by a redrive succeeds, although the process remembers that nobody was found."""
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
    """Each item is its own message, and its letter has only the item."""
    await service.handler.event(b'[{"a": 1}, {"a": 2}]')
    for text in await texts(service.storage.queue(service.settings.events_queue)):
        await service.handler.event(text.encode())
    assert {b'{"a":1}', b'{"a":2}'} == {letter.body() for letter in await dead_letters(service.letters)}


async def test_a_retry_whose_body_was_deleted_is_done(service: Service) -> None:
    """A body is deleted last. So a message that has neither a body nor an enrolment was finished before."""
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
    """If a large message is delivered again after its body was deleted, its dead letter isn't emptied."""
    message = Message(b"precious", enrollment_id="enrolment-1")
    letter = DeadLetter(Reason.REJECTED_BY_GRAPH, "create: 400")
    await service.letters.write(message, letter, "enrolment-1", number=1)
    await service.letters.write(replace(message, body=b"", body_deleted=True), letter, "enrolment-1", number=2)
    [kept] = await dead_letters(service.letters)
    assert (kept.body(), kept.number) == (b"precious", 2)


async def test_a_retry_whose_body_is_read_otherwise_today_syncs_both_records(
    service: Service, simulator: Simulator
) -> None:
    """If formats now read another enrolment from a body, that one gets the event. The former one keeps what it had."""
    simulator.fault(operation="create", status=429, retry_after="1")
    await service.handler.event(event_body())
    message = await wait_for_retry(service)
    original = event_body(enrollmentId="enrolment-2", eventId="e-2", progress={"percentage": 60})
    other = json.dumps(json.loads(message.content) | {"original": original.decode()})

    assert Done(Action.CREATED) == await service.handler.retry(other.encode())

    assert {activity.external_id: activity.body["completionPercentage"] for activity in simulator.activities} == {
        "enrolment-1": 20,
        "enrolment-2": 60,
    }


async def test_an_event_without_a_time_keeps_the_time_of_its_first_receipt(service: Service) -> None:
    """A retry or a redrive doesn't make it occur later, so it doesn't overtake what happened meanwhile."""
    case = json.loads((ROOT / "tests" / "events" / "cornerstone" / "assigned.json").read_text(encoding="utf-8"))
    facts = {"id": "x", "reason": "", "detail": "", "attempt": 2, "lastSeen": "2026-05-01T00:00:00Z"}
    original = json.dumps(case["event"])
    for marks in ({}, {"redriven": True}):
        envelope = {"envelope": "lms-activity-sync/1", **facts, **marks, "original": original}
        text = json.dumps(envelope | {"firstSeen": "2026-01-02T03:04:05Z"})
        assert isinstance(await service.handler.retry(text.encode()), DeadLetter)
        record = (await service.ledger.load(case["expected"]["enrollmentId"])).record
        assert record.facts.fields["assigned"].clock.occurred == 1_767_323_045_000_000


async def test_an_event_from_far_ahead_is_refused(service: Service) -> None:
    """Until then, it would hide what really happens. An event dated today in another time zone is no problem."""
    now = datetime.now(UTC)
    ahead = event_body(occurredAt=(now + timedelta(hours=25)).isoformat())
    refused = await service.handler.event(ahead)

    assert isinstance(refused, DeadLetter)
    assert refused.reason is Reason.INVALID_EVENT
    today = event_body(occurredAt=(now + timedelta(hours=23)).isoformat())
    assert Done(Action.CREATED) == await service.handler.event(today)
