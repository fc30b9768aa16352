"""What becomes of messages, from the text on the queue to Graph and to the dead letters."""

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
from tests.storage_reading import envelopes, texts
from tools.develop.simulator import Simulator

type Event = dict[str, Any]

ASSIGNED: Event = {
    "specVersion": "1.0",
    "eventId": "e-1",
    "eventType": "course.assigned",
    "occurredAt": "2026-03-01T09:00:00+01:00",
    "enrollmentId": "enrolment-1",
    "activity": "assignment",
    "learner": {"entraObjectId": "7ba2228a-e020-11ec-9d64-0242ac120002"},
    "course": {"learningContentId": "57baf9dc-e020-11ec-9d64-0242ac120002"},
    "assignment": {"type": "required"},
    "progress": {"percentage": 20},
}


def changed(**properties: object) -> bytes:
    """The event with some properties changed; None removes one."""
    return json.dumps({name: value for name, value in (ASSIGNED | properties).items() if value is not None}).encode()


def nested(depth: int) -> bytes:
    """JSON of this depth."""
    return b'{"a":' * depth + b"1" + b"}" * depth


MALFORMED = {
    "empty": b"",
    "only a byte order mark": b"\xef\xbb\xbf",
    "invalid UTF-8": b"\xff\xfe{}",
    "invalid UTF-8 in base64": base64.b64encode(b"\xff\xfe{}"),
    "truncated JSON": changed()[:-10],
    "a number": b"42",
    "a string": b'"assigned"',
    "null": b"null",
    "depth 10,000": nested(10_000),
    "a NUL": b"\x00",
    "a NUL in JSON": b'{"a": "\x00"}',
    "NaN": b'{"a": NaN}',
    "duplicate keys": b'{"eventId": "1", "eventId": "2"}',
    "a huge integer": b'{"a": ' + b"9" * 5000 + b"}",
    "wrong base64": b"eyJhIjogMX0=====!",
    "XML": b"<event/>",
    "64 KiB of text": b"lorem ipsum " * 5461,
}
INVALID = {
    **{f"without {name}": changed(**{name: None}) for name in ASSIGNED if name not in {"activity", "progress"}},
    "an unknown type": changed(eventType="course.archived"),
    "a date without offset": changed(occurredAt="2026-03-01T09:00:00"),
    "percentage 101": changed(progress={"percentage": 101}),
    "percentage 20.5": changed(progress={"percentage": 20.5}),
    "percentage as text": changed(progress={"percentage": "20"}),
    "notes that fit nowhere": changed(assignment={"type": "required", "notes": {"content": "x" * 40_000}}),
}
UNSUPPORTED = {"an unknown version": changed(specVersion="7.0")}
BAD = [
    pytest.param(body, reason, id=name)
    for reason, bodies in (
        (Reason.MALFORMED, MALFORMED),
        (Reason.INVALID_EVENT, INVALID),
        (Reason.UNSUPPORTED_VERSION, UNSUPPORTED),
    )
    for name, body in bodies.items()
]


@pytest.mark.parametrize(("body", "reason"), BAD)
async def test_a_bad_body_ends_as_a_dead_letter_with_its_text(service: Service, body: bytes, reason: Reason) -> None:
    """A body that cannot be understood is kept byte for byte beside a stable reason; the next message is handled."""
    outcome = await service.handler.event(body)

    assert isinstance(outcome, DeadLetter)
    assert reason == outcome.reason
    [letter] = await envelopes(service.storage.queue(service.settings.dead_letter_queue))
    kept = letter.body()
    if letter.blob is not None:
        kept = (await service.delivery.open(letter.text().encode())).body
    assert (reason, body) == (letter.reason, kept)
    assert Done(Action.CREATED) == await service.handler.event(changed())


async def test_a_batch_of_scalars_is_a_dead_letter_for_each(service: Service) -> None:
    """An array of scalars is split like any batch, and each scalar is refused by itself."""
    assert Done(Action.SPLIT) == await service.handler.event(b"[1, 2]")

    items = await texts(service.storage.queue(service.settings.events_queue))
    outcomes = [await service.handler.event(item.encode()) for item in items]

    assert [o.reason for o in outcomes if isinstance(o, DeadLetter)] == [Reason.MALFORMED] * 2


async def test_a_large_body_spills_into_the_container(service: Service) -> None:
    """What is too large for a queue message lies in a blob, and the envelope leads to it."""
    body = ("ü" * 30_000).encode()

    await service.handler.event(body)

    [text] = await texts(service.storage.queue(service.settings.dead_letter_queue))
    assert len(text) < 1_000
    message = await service.delivery.open(text.encode())
    assert body == message.body


async def test_a_second_letter_for_the_same_failure_has_the_same_id(service: Service) -> None:
    """Two dead letters of one text after a crash are recognised by their id."""
    for _ in range(2):
        await service.handler.event(b"rubbish")

    one, two = await envelopes(service.storage.queue(service.settings.dead_letter_queue))

    assert one.id == two.id


async def test_without_a_dead_letter_queue_the_message_stays(service: Service) -> None:
    """A dead letter that cannot be written is an exception, so that the host keeps the message."""
    await service.storage.queue(service.settings.dead_letter_queue).delete_queue()

    with pytest.raises(ResourceNotFoundError):
        await service.handler.event(b"rubbish")


async def test_plain_text_and_base64_are_the_same_event(service: Service, simulator: Simulator) -> None:
    """Publishers differ in how they encode; the second delivery of the same event changes nothing."""
    assert Done(Action.CREATED) == await service.handler.event(changed())
    assert Done(Action.UNCHANGED) == await service.handler.event(base64.b64encode(changed()))
    assert Done(Action.UNCHANGED) == await service.handler.event(b"\xef\xbb\xbf" + changed())
    assert len(simulator.activities) == 1


async def test_a_poisoned_event_becomes_a_dead_letter_that_names_its_record(service: Service) -> None:
    """What the host gave up leads back to the enrolment that it was about."""
    await service.handler.poison(changed())

    [letter] = await envelopes(service.storage.queue(service.settings.dead_letter_queue))
    assert (Reason.HOST_POISON, "enrolment-1", changed()) == (letter.reason, letter.enrollment_id, letter.body())


async def test_a_poisoned_retry_keeps_the_original(service: Service, simulator: Simulator) -> None:
    """A retry that the host gave up becomes a dead letter around the original text, not around the envelope."""
    simulator.fault(operation="create", status=429, retry_after="1")
    await service.handler.event(changed())
    retry = await _wait_for_message(service)

    await service.handler.poison(retry.content.encode())

    [letter] = await envelopes(service.storage.queue(service.settings.dead_letter_queue))
    assert (changed(), "enrolment-1", 2) == (letter.body(), letter.enrollment_id, letter.attempt)


async def test_a_retry_without_its_text_still_brings_the_record_to_rest(service: Service, simulator: Simulator) -> None:
    """A retry whose large text is gone from its blob works on what the record has merged."""
    simulator.fault(operation="create", status=429, retry_after="1")
    await service.handler.event(changed())
    message = await _wait_for_message(service)
    envelope = json.loads(message.content)
    del envelope["original"]

    outcome = await service.handler.retry(json.dumps(envelope | {"blob": "retry/gone"}).encode())

    assert Done(Action.CREATED) == outcome
    assert [activity.external_id for activity in simulator.activities] == ["enrolment-1"]


async def test_a_learner_without_a_licence_is_a_dead_letter_that_can_be_redriven(
    service: Service, simulator: Simulator
) -> None:
    """After licensing, the same message leads to the activity: a parked record tries again."""
    learner = ASSIGNED["learner"]["entraObjectId"]
    simulator.config.unlicensed_learners = {learner}
    refused = await service.handler.event(changed())
    simulator.config.unlicensed_learners = set()
    redriven = await service.handler.event(changed())

    assert isinstance(refused, DeadLetter)
    assert refused.reason == Reason.LEARNER_UNLICENSED
    assert refused.request_id is not None
    assert Done(Action.CREATED) == redriven


async def _wait_for_message(service: Service) -> Any:  # noqa: ANN401  the storage SDK's message
    queue = service.storage.queue(service.settings.retry_queue)
    while True:
        async for message in queue.receive_messages(visibility_timeout=30):
            return message


async def test_a_wrong_format_declaration_holds_every_message(
    service: Service, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in LMS_SOURCES fails no message: each waits in the retry queue until the setting is mended."""
    monkeypatch.setenv("LMS_SOURCES", "not JSON")
    broken = Service(Settings())
    try:
        outcome = await broken.handler.event(changed())
    finally:
        await broken.close()
    message = await _wait_for_message(service)

    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD
    assert simulator.requests == []
    assert Done(Action.CREATED) == await service.handler.retry(message.content.encode())


async def test_without_the_table_every_message_is_held(service: Service, simulator: Simulator) -> None:
    """A ledger that was never created, or is closed to the app, fails no message: each waits in the retry queue."""
    table = service.storage.table(service.settings.activities_table)
    await table.delete_table()
    outcome = await service.handler.event(changed())
    await table.create_table()
    message = await _wait_for_message(service)

    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD
    assert simulator.requests == []
    assert Done(Action.CREATED) == await service.handler.retry(message.content.encode())


class _Broken(Formats):
    """Formats with a defect."""

    def recognise(self, document: dict[str, object]) -> NoReturn:
        """Trip over whatever it is."""
        raise ZeroDivisionError(len(document))


async def test_what_cannot_be_parsed_for_a_defect_of_ours_still_becomes_a_dead_letter(service: Service) -> None:
    """An exception that made the host give up a message does not keep it on the poison queue, where it would expire."""
    handler = Handler(service.reconciler, service.delivery, _Broken((), Sources()), hold_seconds=1)
    event = json.dumps({"anything": 1}).encode()

    with pytest.raises(ZeroDivisionError):
        await handler.event(event)
    await handler.poison(event)

    [letter] = await envelopes(service.storage.queue(service.settings.dead_letter_queue))
    assert (Reason.HOST_POISON, event) == (letter.reason, letter.body())
