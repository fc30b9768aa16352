"""The door's responses, and what it puts on the queue. Storage is a list here, or fails as it's told."""

import asyncio
import base64
import gzip
import json
import logging
import time
from collections.abc import Mapping
from http import HTTPStatus

import pytest

from activities.webhooks.content import LARGEST
from activities.webhooks.door import Door
from activities.webhooks.request import Answer
from activities.webhooks.senders import Sender, Senders, read_senders
from tests.activities.webhooks.proofs import PROOFS, WEBHOOKS, basic, standard
from tests.activities.webhooks.sending import BODY, STATEMENT, Queue, request, xapi


@pytest.mark.parametrize("name", [name for name in PROOFS if WEBHOOKS[name]["format"] != "xapi"])
async def test_a_delivery_goes_onto_the_queue(door: Door, queue: Queue, name: str) -> None:
    """The response is an empty object. The sender's name is the source."""
    assert await door.receive(request(name)) == Answer(HTTPStatus.OK, {}, {})
    [event] = queue.events
    assert (event["source"], event["data"]) == (name, {"event": "x"})


async def test_the_id_of_standard_webhooks_is_that_of_the_message(door: Door, queue: Queue) -> None:
    """It stays the same when the sender tries again."""
    await door.receive(request("learning360"))
    assert queue.events[0]["id"] == "msg_1"


async def test_whoever_proves_nothing_gets_one_answer(door: Door, queue: Queue) -> None:
    """It doesn't reveal which names exist."""
    requests = [
        *(request(name, headers={}) for name in PROOFS),
        *(request(name, headers=PROOFS["moodle" if name != "moodle" else "openedx"](BODY)) for name in PROOFS),
        request("nobody", headers=basic()),
        request("nobody", headers={}, route="statements"),
        request("", headers=basic()),
        request("../moodle", headers=basic()),
        request("moodle", b"", headers={}),
        request("moodle", b"x", headers={}, content_encoding="br"),
        *(request(name, route="statements") for name in ("docebo", "learning360", "hr")),
    ]
    answers = [await door.receive(one) for one in requests]
    assert set(map(repr, answers)) == {repr(Answer(HTTPStatus.UNAUTHORIZED, {"error": "unauthorized"}))}
    assert queue.texts == []


@pytest.mark.parametrize("name", PROOFS)
async def test_half_a_character_in_a_header_proves_nothing(door: Door, name: str) -> None:
    """A server may pass on bytes that aren't UTF-8 as surrogates."""
    for header in PROOFS[name](BODY):
        for value in ("\udcff", "Basic \udcff", "Bearer \udcff", f"v0={header}\udcff"):
            answer = await door.receive(request(name, headers={**PROOFS[name](BODY), header: value}))
            assert answer.status == HTTPStatus.UNAUTHORIZED


async def test_a_token_without_end_proves_nothing(queue: Queue) -> None:
    """Its header is read before anything is proven."""
    entry = {"scheme": "jwt", "keys": "http://127.0.0.1:9/jwks", "format": "canvas"}
    door = Door(read_senders(json.dumps({"canvas": entry}), {}, {"canvas"}), queue.take)
    deep = base64.urlsafe_b64encode(b'{"a":' * 100_000).decode()
    for token in (deep, f"{deep}.e30.e30", f"e30.{deep}.e30"):
        assert (await door.receive(request("canvas", token.encode(), {}))).status == HTTPStatus.UNAUTHORIZED
    assert queue.texts == []


async def test_size_is_the_only_thing_that_is_said_before(door: Door) -> None:
    """It's the same for every name."""
    large = b"x" * (LARGEST + 1)
    answers = [await door.receive(request(name, large, headers={})) for name in ("moodle", "docebo", "nobody")]
    assert {repr(answer) for answer in answers} == {
        repr(Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": "too_large"}))
    }
    assert (await door.receive(request("learnupon", b" " * LARGEST))).status == HTTPStatus.OK


async def test_a_proof_covers_the_bytes_as_sent(door: Door, queue: Queue) -> None:
    """The body is inflated after that."""
    packed = gzip.compress(BODY)
    assert (await door.receive(request("learnupon", packed, content_encoding="gzip"))).status == HTTPStatus.OK
    plain_proof = PROOFS["learnupon"](BODY)
    refused = await door.receive(request("learnupon", packed, plain_proof, content_encoding="gzip"))
    assert refused.status == HTTPStatus.UNAUTHORIZED
    assert [event["data"] for event in queue.events] == [{"event": "x"}]


REFUSED = {
    "empty": (b"", {}, 400, "empty"),
    "another encoding": (BODY, {"content_encoding": "br"}, 415, "unsupported_encoding"),
    "broken gzip": (BODY, {"content_encoding": "gzip"}, 400, "damaged_gzip"),
    "a gzip bomb": (gzip.compress(b" " * 50_000_000), {"content_encoding": "gzip"}, 413, "too_large"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("name", ["docebo", "moodle"])
async def test_a_body_that_cannot_be_taken(
    door: Door, queue: Queue, name: str, case: tuple[bytes, dict[str, str], int, str]
) -> None:
    """The sender learns why, by a stable code."""
    body, more, status, code = case
    answer = await door.receive(request(name, body, **more))
    assert (answer.status, answer.body) == (status, {"error": code})
    assert queue.texts == []


async def test_what_is_not_json_goes_on(door: Door, queue: Queue) -> None:
    """It becomes a dead letter. The sender couldn't do anything about it."""
    assert (await door.receive(request("docebo", b"<xml/>"))).status == HTTPStatus.OK
    assert "data_base64" in queue.events[0]


@pytest.mark.parametrize("trouble", [RuntimeError("storage"), TimeoutError(), None], ids=["fails", "late", "hangs"])
async def test_nothing_is_acknowledged_that_storage_has_not_taken(
    door: Door, queue: Queue, trouble: Exception | None
) -> None:
    """The sender is asked to try again, before it gives up."""
    queue.error, queue.delay = trouble, 30.0 if trouble is None else 0.0
    begun = time.monotonic()
    answers = await asyncio.gather(door.receive(request("docebo")), door.receive(xapi(STATEMENT)))
    assert time.monotonic() - begun < 4
    for answer in answers:
        assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert answer.headers["Retry-After"].isdigit()


async def test_logs_hold_no_secret_no_body_and_no_unknown_name(
    door: Door, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever happens."""
    caplog.set_level(logging.DEBUG)
    queue.error = RuntimeError("the body is secret-body")
    body = b'{"event": "secret-body"}'
    for one in (
        request("docebo", body),
        request("docebo", body, headers={"X-Docebo-Token": "secret-token-of-somebody"}),
        request("secretname", body, headers={}),
        request("learning360", body, {**standard(body), "webhook-signature": "v1,secret-signature"}),
    ):
        await door.receive(one)
    lines = [str(vars(record)) for record in caplog.records if record.name.startswith("activities")]
    assert len(lines) == 1
    assert "secret" not in "".join(lines)
    assert "webhook_not_taken" in lines[0]


def test_each_fault_is_logged_once(queue: Queue, caplog: pytest.LogCaptureFixture) -> None:
    """When the door is created."""
    text = json.dumps({"one": {"scheme": "?"}, "two": {"scheme": "bearer", "format": "xapi"}})
    Door(read_senders(text, {}, {"xapi"}), queue.take)
    lines = [vars(record) for record in caplog.records if record.message == "webhook_closed"]
    assert [line["sender"] for line in lines] == ["one", "two"]
    assert lines[1]["detail"] == "WEBHOOK_SECRET_TWO: missing"


class Token:
    """A check of what's in the body, such as that of a signed token."""

    async def proven(self, headers: Mapping[str, str], body: bytes) -> bytes | None:
        """Return this as proven, whatever the body is."""
        del headers, body
        return b'{"event": "inside"}'


async def test_what_is_proven_goes_onto_the_queue(queue: Queue) -> None:
    """For a token, that's its claims."""
    door = Door(Senders({"canvas": Sender("canvas", "canvas", Token())}), queue.take)
    assert await door.receive(request("canvas", headers={})) == Answer(HTTPStatus.OK, {}, {})
    assert queue.events[0]["data"] == {"event": "inside"}
