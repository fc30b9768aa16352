"""What becomes of a message, from its text on the queue to Graph or to the dead letters."""

import base64
import json
from typing import Any, NoReturn

import pytest
from azure.core.exceptions import ResourceNotFoundError

from activities.domain.outcomes import Action, DeadLetter, Done, Reason, Retry, RetryReason
from activities.handler import Handler
from activities.intake.formats import Formats
from activities.intake.formats.sources import Sources
from activities.service import Service
from activities.settings import Settings
from activities.storage.envelope import Envelope
from tests.native_event import event_body
from tests.storage_reading import envelopes, texts
from tools.develop.simulator import Simulator

# One body for each reason, and one for each way in which an envelope keeps a body.
BAD = {
    "empty": (b"", Reason.MALFORMED),
    "kept as base64, because it is not UTF-8": (b"\xff\xfe{}", Reason.MALFORMED),
    "kept in a blob, because it is large": (b"lorem ipsum " * 5461, Reason.MALFORMED),
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
    [letter] = await dead_letters(service)
    kept = await service.delivery.open(letter.text().encode())
    assert (reason, body) == (letter.reason, kept.body)
    assert Done(Action.CREATED) == await service.handler.event(event_body())


async def test_an_item_that_is_too_large_for_the_queue_becomes_a_dead_letter(service: Service) -> None:
    """The other items of its batch become messages of their own."""
    large = json.dumps({"notes": "<" * 40_000}, separators=(",", ":"))

    assert Done(Action.SPLIT) == await service.handler.event(f'[1,{large},"two"]'.encode())

    [letter] = await dead_letters(service)
    kept = await service.delivery.open(letter.text().encode())
    assert (Reason.INVALID_EVENT, large.encode()) == (letter.reason, kept.body)
    assert {"1", '"two"'} == set(await texts(service.storage.queue(service.settings.events_queue)))


async def test_a_message_stays_if_its_dead_letter_cannot_be_written(service: Service) -> None:
    """The handler raises what storage refuses, so that the host keeps the message."""
    await service.storage.queue(service.settings.dead_letter_queue).delete_queue()

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

    [letter] = await dead_letters(service)
    assert (Reason.HOST_POISON, "enrolment-1", event_body()) == (letter.reason, letter.enrollment_id, letter.body())


async def test_a_poison_retry_keeps_the_original(service: Service, simulator: Simulator) -> None:
    """The dead letter of a retry is around the original text, not around the envelope."""
    simulator.fault(operation="create", status=429, retry_after="1")
    await service.handler.event(event_body())
    retry = await wait_for_retry(service)

    await service.handler.poison(retry.content.encode())

    [letter] = await dead_letters(service)
    assert (event_body(), "enrolment-1", 2) == (letter.body(), letter.enrollment_id, letter.attempt)


async def test_a_retry_whose_blob_is_gone_reconciles_its_record(service: Service, simulator: Simulator) -> None:
    """The record has merged what the text said, so the retry does not need the text."""
    simulator.fault(operation="create", status=429, retry_after="1")
    await service.handler.event(event_body())
    message = await wait_for_retry(service)
    envelope = json.loads(message.content)
    del envelope["original"]

    outcome = await service.handler.retry(json.dumps(envelope | {"blob": "retry/gone"}).encode())

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
    handler = Handler(service.reconciler, service.delivery, BrokenFormats((), Sources()), hold_seconds=1)
    event = json.dumps({"anything": 1}).encode()

    with pytest.raises(ZeroDivisionError):
        await handler.event(event)
    await handler.poison(event)

    [letter] = await dead_letters(service)
    assert (Reason.HOST_POISON, event) == (letter.reason, letter.body())


async def dead_letters(service: Service) -> list[Envelope]:
    """Take all dead letters off their queue."""
    return await envelopes(service.storage.queue(service.settings.dead_letter_queue))


async def wait_for_retry(service: Service) -> Any:  # noqa: ANN401  the storage SDK's message
    """Wait until a retry is visible, and hide it from others for a while."""
    queue = service.storage.queue(service.settings.retry_queue)
    while True:
        async for message in queue.receive_messages(visibility_timeout=30):
            return message
