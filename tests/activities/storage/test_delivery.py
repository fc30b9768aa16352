"""What travels on the retry and dead-letter queues: nothing is lost on the way, whatever the text and its size."""

import base64
import json
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import ResourceNotFoundError

from activities.domain.outcomes import Action, DeadLetter, Done, Reason, Retry, RetryReason
from activities.service import Service
from activities.storage.delivery import LARGEST, Envelope, Message
from tests.activities.test_handler import changed
from tests.storage_reading import envelopes, texts

LETTER = DeadLetter(Reason.REJECTED_BY_GRAPH, "create: 400", "request-1")
LATER = Retry(0, RetryReason.THROTTLED)
BODIES = {
    "nothing": b"",
    "text": b"{}",
    "characters that XML cannot hold": "\x00\x0b\ufffe\uffff".encode(),
    "line ends": b"\r\n \r \n",
    "emoji and combining marks": "🎓 e\u0301 \u202e".encode(),
    "no UTF-8": bytes(range(256)),
    "brackets that XML escapes": b"<&>" * 15_000,
    "the largest that fits": b"a" * (LARGEST - 500),
    "a little too large": b"a" * LARGEST,
    "characters of three bytes": "漢".encode() * 21_845,
    "a full message of bytes": secrets.token_bytes(65_536),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_message_comes_back_byte_for_byte(service: Service, body: bytes) -> None:
    """Retry messages and dead letters keep the text, when it was first seen, and what it is about."""
    seen = datetime.now(UTC) - timedelta(hours=7)
    message = Message(body, 3, seen, None, "enrolment 🎓")

    await service.delivery.retry(message, LATER, "enrolment 🎓", "nonce-1")
    await service.delivery.dead_letter(message, LETTER, "enrolment 🎓", "digest")

    [retry] = await texts(service.storage.queue(service.settings.retry_queue))
    [letter] = await texts(service.storage.queue(service.settings.dead_letter_queue))
    assert Message(body, 4, seen, "nonce-1", "enrolment 🎓") == await service.delivery.open(retry.encode())
    assert Message(body, 3, seen, None, "enrolment 🎓") == await service.delivery.open(letter.encode())


@pytest.mark.parametrize("character", ["<", "&", ">", "ü", "🎓", "\x01", "\\"])
async def test_no_message_is_too_large_for_its_queue(service: Service, character: str) -> None:
    """Sizes are counted as the service counts: 64 KiB of text as UTF-8, 128 KiB with XML's escapes."""
    text = character * (65_536 // len(character.encode()))
    names = service.settings.retry_queue, service.settings.dead_letter_queue

    await service.delivery.retry(Message(text.encode()), LATER, character * 2048, "nonce-1")
    await service.delivery.dead_letter(Message(text.encode()), LETTER, character * 2048)

    for [written] in [await texts(service.storage.queue(name)) for name in names]:
        assert len(written.encode()) <= 65_536
        assert len(written.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()) <= 131_072


async def test_items_that_no_queue_takes_are_handed_back(service: Service) -> None:
    """Of a batch, what fits goes to the inbound queue and the rest is returned, each once."""
    large = ["<" * 40_000, "ü" * 32_768, "a" * 65_537]

    assert large == await service.delivery.split(("1", large[0], "2", *large[1:], "<" * 20_000))

    assert sorted(["1", "2", "<" * 20_000]) == sorted(await texts(service.storage.queue(service.settings.events_queue)))


ENVELOPE = {
    "envelope": "lms-activity-sync/1",
    "id": "x",
    "reason": "throttled",
    "detail": "",
    "attempt": 2,
    "firstSeen": "2026-01-01T00:00:00Z",
    "lastSeen": "2026-01-01T00:00:00Z",
}
FORGED = {
    "neither text nor blob": {},
    "base64 that is none": {"original": "a", "encoding": "base64"},
    "base64 that is no ASCII": {"original": "é", "encoding": "base64"},
    "a blob without name": {"blob": ""},
    "a blob elsewhere": {"blob": "../secrets/x"},
    "a blob with an endless name": {"blob": "retry/" + "x" * 2000},
    "an endless enrolment": {"original": "{}", "enrollmentId": "x" * 60_000},
    "an unknown version": {"original": "{}", "envelope": "lms-activity-sync/2"},
}


@pytest.mark.parametrize("way", ["retry", "poison"])
@pytest.mark.parametrize("damage", FORGED.values(), ids=FORGED)
async def test_a_damaged_envelope_is_a_dead_letter(service: Service, damage: dict[str, str], way: str) -> None:
    """What only looks like an envelope is kept as it is; it never fails again and again."""
    body = json.dumps(ENVELOPE | damage).encode()

    outcome = await getattr(service.handler, way)(body)

    assert isinstance(outcome, DeadLetter)
    [letter] = await envelopes(service.storage.queue(service.settings.dead_letter_queue))
    kept = await service.delivery.open(letter.text().encode())
    assert body == kept.body


async def test_a_container_that_is_missing_does_not_empty_a_message(service: Service) -> None:
    """Only a blob whose retention has ended counts as gone; a storage account that is set up wrongly is an error."""
    await service.delivery.retry(Message(b"a" * LARGEST), LATER, None, "nonce-1")
    [retry] = await texts(service.storage.queue(service.settings.retry_queue))
    await service.storage.container(service.settings.dead_letter_container).delete_container()

    with pytest.raises(ResourceNotFoundError):
        await service.handler.retry(retry.encode())


async def test_an_event_in_a_retry_message_near_the_limit_is_handled(service: Service) -> None:
    """The body of a large retry message is read back from its blob and leads to the activity."""
    event = changed(extra="ü" * 30_000)
    await service.delivery.retry(Message(event), LATER, None, "nonce-1")
    [retry] = await texts(service.storage.queue(service.settings.retry_queue))

    assert Envelope.model_validate_json(retry).blob == "retry/nonce-1"
    assert Done(Action.CREATED) == await service.handler.retry(retry.encode())


@pytest.mark.parametrize("data", ["é", "=", "eyJ*", "ey", base64.b64encode(b"\xff").decode(), 17, {}])
async def test_damaged_base64_in_a_cloud_event_is_a_dead_letter(service: Service, data: object) -> None:
    """Whatever stands in `data_base64`, the event is refused with a reason."""
    body = json.dumps({"specversion": "1.0", "type": "t", "source": "s", "id": "1", "data_base64": data}).encode()

    outcome = await service.handler.event(body)

    assert isinstance(outcome, DeadLetter)
    assert outcome.reason is Reason.MALFORMED
