"""Retries and items of batches: nothing is lost on the way, whatever the text and its size."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from activities.domain.message import Message
from activities.domain.outcomes import Action, DeadLetter, Done, Reason, Retry, RetryReason
from activities.domain.record import row_key
from activities.domain.sync_parts import Failing
from activities.service import Service
from activities.storage.delivery import LARGEST, Delivery
from tests.native_event import event_body
from tests.storage_reading import dead_letters, texts, wait_for_retry

LETTER = DeadLetter(Reason.REJECTED_BY_GRAPH, "create: 400", "request-1")
LATER = Retry(0, RetryReason.THROTTLED)
BODIES = {
    "nothing": b"",
    "text": b"{}",
    "characters that XML cannot hold": "\x00\x0b\ufffe\uffff".encode(),
    "line ends": b"\r\n \r \n",
    "emoji and combining marks": "🎓 e\u0301 \u202e".encode(),
    "bytes that are not UTF-8": bytes(range(256)),
    "brackets that XML escapes": b"<&>" * 15_000,
    "the largest that fits": b"a" * (LARGEST - 500),
    "a little too large": b"a" * LARGEST,
    "characters of three bytes": "漢".encode() * 21_845,
    "a full message of bytes": secrets.token_bytes(65_536),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_message_comes_back_byte_for_byte(service: Service, body: bytes) -> None:
    """A retry keeps the text, the time when it was first seen, and the enrolment."""
    seen = datetime.now(UTC) - timedelta(hours=7)

    await service.delivery.retry(Message(body, 3, seen), LATER, "enrolment 🎓", "nonce-1")

    [text] = await texts(service.storage.queue(service.settings.retry_queue))
    opened = await service.delivery.open(text.encode())
    assert isinstance(opened, Message)
    assert (body, 4, seen, "nonce-1", "enrolment 🎓", False) == (
        opened.body,
        opened.attempt,
        opened.first_seen,
        opened.nonce,
        opened.enrollment_id,
        opened.redriven,
    )


async def test_a_redriven_letter_keeps_what_happened_before(service: Service) -> None:
    """Its first time survives, attempts continue to be counted, and it says that an operator has put it back."""
    seen = datetime.now(UTC) - timedelta(hours=7)
    await service.letters.write(Message(b"x" * LARGEST, 3, seen), LETTER, "enrolment-1", number=1)
    [letter] = await dead_letters(service.letters)

    await service.delivery.redrive(letter)

    [text] = await texts(service.storage.queue(service.settings.retry_queue))
    opened = await service.delivery.open(text.encode())
    assert isinstance(opened, Message)
    assert (b"x" * LARGEST, 4, seen, "enrolment-1", True) == (
        opened.body,
        opened.attempt,
        opened.first_seen,
        opened.enrollment_id,
        opened.redriven,
    )


@pytest.mark.parametrize("reason", RetryReason)
async def test_what_was_put_back_stays_that_if_it_has_not_begun(service: Service, reason: RetryReason) -> None:
    """After waiting for a lease, or after a surprise, nothing new was done. After other tries, patience continues."""
    await service.delivery.retry(Message(b"{}", redriven=True), Retry(0, reason), "enrolment-1", "put back")
    await service.delivery.retry(Message(b"{}"), Retry(0, reason), "enrolment-1", "published")

    expected = ["put back"] if reason in ("leased", "contended", "unexpected") else []
    assert expected == [message.nonce for message in await _all_opened(service) if message.redriven]


async def test_failures_travel_with_a_retry(service: Service) -> None:
    """An event that isn't merged into a record has its failures in the envelope. A redrive starts again from zero."""
    failing = Failing(3, "find_user", 17, 1.5, missing=True, refusals=1, unclear=2.5, absent=0.5)
    message = Message(b"{}", failing=failing)

    await service.delivery.retry(message, LATER, "enrolment-1", "nonce-1")
    await service.letters.write(message, LETTER, "enrolment-1")
    [letter] = await dead_letters(service.letters)
    await service.delivery.redrive(letter)

    assert {message.redriven: message.failing for message in await _all_opened(service)} == {False: failing, True: None}


async def test_the_time_of_the_first_receipt_stays(service: Service) -> None:
    """That's when an event without a time occurred, however often it's retried, kept and redriven."""
    received = datetime.now(UTC)
    await service.delivery.retry(Message(b"{}"), LATER, None, "nonce-1")
    [message] = await _all_opened(service)
    seen = message.first_seen
    assert seen is not None
    assert received <= seen <= datetime.now(UTC)

    for number in range(2):
        await service.delivery.retry(message, LATER, "enrolment-1", f"again-{number}")
        [message] = await _all_opened(service)
        await service.letters.write(message, LETTER, "enrolment-1", number=1)
        await service.letters.keep(row_key("enrolment-1"))
        [letter] = await dead_letters(service.letters)
        await service.delivery.redrive(letter)
        [message] = await _all_opened(service)
        assert message.first_seen == seen


@pytest.mark.parametrize("character", ["<", "&", ">", "ü", "🎓", "\x01", "\\"])
async def test_no_message_is_too_large_for_its_queue(service: Service, character: str) -> None:
    """Sizes are counted as the queue service counts them: 64 KiB of UTF-8, and 128 KiB with XML escapes."""
    text = character * (65_536 // len(character.encode()))

    await service.delivery.retry(Message(text.encode()), LATER, character * 2048, "nonce-1")

    [written] = await texts(service.storage.queue(service.settings.retry_queue))
    assert len(written.encode()) <= 65_536
    assert len(written.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()) <= 131_072


async def test_a_large_body_lies_in_a_blob_until_its_message_is_concluded(service: Service) -> None:
    """The message on the queue is short and refers to the body. A retry of the retry has its own blob."""
    event = event_body(extra="ü" * 30_000)
    bodies = service.storage.container(service.settings.event_body_container)
    await service.delivery.retry(Message(event), LATER, None, "nonce-1")
    [text] = await texts(service.storage.queue(service.settings.retry_queue))
    assert len(text) < 1_000
    assert [blob.name async for blob in bodies.list_blobs()] == ["nonce-1"]

    assert Done(Action.CREATED) == await service.handler.retry(text.encode())

    assert [blob.name async for blob in bodies.list_blobs()] == []
    assert Done(Action.UNCHANGED) == await service.handler.event(event)


async def test_items_that_are_too_large_for_a_queue_go_by_way_of_blobs(service: Service) -> None:
    """A batch's items that fit go to the inbound queue, each once. The others go to the retry queue."""
    large = ["<" * 40_000, "ü" * 32_768, "a" * 65_537]

    await service.delivery.split(("1", large[0], "2", *large[1:], "<" * 20_000))

    assert sorted(["1", "2", "<" * 20_000]) == sorted(await texts(service.storage.queue(service.settings.events_queue)))
    envelopes = await texts(service.storage.queue(service.settings.retry_queue))
    opened = [await service.delivery.open(text.encode()) for text in envelopes]
    assert sorted(large) == sorted(one.body.decode() for one in opened if isinstance(one, Message))


@pytest.mark.parametrize("method", ["retry", "retry_poison"])
async def test_a_damaged_envelope_becomes_a_dead_letter(service: Service, method: str) -> None:
    """A text that only looks like an envelope is kept as it is, instead of failing again and again."""
    body = b'{"envelope": "lms-activity-sync/1", "original": "{}"}'

    outcome = await getattr(service.handler, method)(body)

    assert isinstance(outcome, DeadLetter)
    [letter] = await dead_letters(service.letters)
    assert body == letter.body()


async def test_a_missing_container_does_not_empty_a_message(service: Service) -> None:
    """Only a blob whose retention has ended counts as gone. If storage is set up wrongly, the message waits."""
    await service.delivery.retry(Message(b"a" * LARGEST), LATER, None, "nonce-1")
    [retry] = await texts(service.storage.queue(service.settings.retry_queue))
    await service.storage.container(service.settings.event_body_container).delete_container()

    outcome = await service.handler.retry(retry.encode())

    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD
    assert (await wait_for_retry(service)).content == retry


async def _all_opened(service: Service) -> list[Message]:
    """Remove all messages from the retry queue, and return them."""
    found = [
        await service.delivery.open(text.encode())
        for text in await texts(service.storage.queue(service.settings.retry_queue))
    ]
    return [message for message in found if isinstance(message, Message)]


class Surprising:
    """A container that raises an exception that no SDK documents."""

    async def delete_blob(self, _name: str) -> None:
        """Raise it."""
        raise BufferError


async def test_a_body_that_cannot_be_deleted_puts_nothing_back(service: Service) -> None:
    """The message is concluded, whatever becomes of its body."""
    queue = service.storage.queue(service.settings.retry_queue)
    await Delivery(events=queue, retries=queue, bodies=cast("Any", Surprising())).discard("a-body")
    assert await texts(queue) == []


@pytest.mark.parametrize("size", [1, LARGEST, LARGEST + 1, 1_500_000])
async def test_a_new_message_finds_its_way_whatever_its_size(service: Service, size: int) -> None:
    """A small one is on the inbound queue. A large one is on the retry queue, with its body in a blob."""
    text = "a" * size
    await service.delivery.take(text)
    if size <= LARGEST:
        assert await texts(service.storage.queue(service.settings.events_queue)) == [text]
        return
    assert await texts(service.storage.queue(service.settings.events_queue)) == []
    [envelope] = await texts(service.storage.queue(service.settings.retry_queue))
    opened = await service.delivery.open(envelope.encode())
    assert isinstance(opened, Message)
    assert (opened.body, opened.attempt, opened.blob) == (text.encode(), 1, opened.nonce)


async def test_a_new_message_never_expires(service: Service) -> None:
    """By default, a message is deleted after a week. This app's messages may wait longer."""
    for size, name in ((1, service.settings.events_queue), (LARGEST + 1, service.settings.retry_queue)):
        await service.delivery.take("a" * size)
        [message] = await service.storage.queue(name).peek_messages()
        assert message.expires_on is not None
        assert message.expires_on.year > datetime.now(UTC).year + 1
