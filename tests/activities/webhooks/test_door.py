"""The answers of the door, and what it puts on the queue. Storage is a list here, or fails as it is told."""

import asyncio
import base64
import gzip
import json
import logging
import time
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

import pytest

from activities.webhooks.content import LARGEST
from activities.webhooks.door import Door
from activities.webhooks.request import Answer, Request
from activities.webhooks.senders import Sender, Senders, read_senders
from tests.activities.webhooks.proofs import PROOFS, SECRETS, WEBHOOKS, basic, standard

STATEMENT = {"actor": {"mbox": "mailto:a@b.c"}, "verb": {"id": "v"}, "object": {"id": "o"}}
ID = "0a0b0c0d-0000-4000-8000-000000000001"
BODY = b'{"event": "x"}'


class Queue:
    """Keeps what is put on it. With an error, it takes nothing; with a delay, only after that."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.error: Exception | None = None
        self.delay = 0.0

    async def take(self, text: str) -> None:
        """Take a message."""
        await asyncio.sleep(self.delay)
        if self.error is not None:
            raise self.error
        self.texts.append(text)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The messages."""
        return [json.loads(text) for text in self.texts]


@pytest.fixture
def queue() -> Queue:
    """A queue for each test."""
    return Queue()


@pytest.fixture
def door(queue: Queue) -> Door:
    """A door with all schemes, before that queue."""
    formats = {"native", "xapi", "docebo", "360learning", "learnupon"}
    return Door(read_senders(json.dumps(WEBHOOKS), SECRETS, formats), queue.take)


def request(  # noqa: PLR0913  a request has so many parts
    name: str,
    body: bytes = BODY,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    route: Literal["webhook", "statements"] = "webhook",
    query: Mapping[str, str] | None = None,
    **more: str,
) -> Request:
    """A request of a sender, with its proof unless other headers are given."""
    proof = PROOFS[name](body) if headers is None else headers
    sent = {key.lower(): value for key, value in proof.items()} | {key.replace("_", "-"): v for key, v in more.items()}
    return Request(name, route, method, sent, query or {}, body)


def xapi(value: object, **more: Any) -> Request:  # noqa: ANN401  the keywords of `request`
    """A request with statements."""
    return request("moodle", json.dumps(value).encode(), **({"route": "statements"} | more))


@pytest.mark.parametrize("name", [name for name in PROOFS if WEBHOOKS[name]["format"] != "xapi"])
async def test_a_delivery_goes_onto_the_queue(door: Door, queue: Queue, name: str) -> None:
    """The answer is an empty object. The sender's name is the source."""
    assert await door.receive(request(name)) == Answer(HTTPStatus.OK, {}, {})
    [event] = queue.events
    assert (event["source"], event["data"]) == (name, {"event": "x"})


async def test_the_id_of_standard_webhooks_is_that_of_the_message(door: Door, queue: Queue) -> None:
    """It stays the same when the sender tries again."""
    await door.receive(request("learning360"))
    assert queue.events[0]["id"] == "msg_1"


async def test_whoever_proves_nothing_gets_one_answer(door: Door, queue: Queue) -> None:
    """It does not tell which names exist."""
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
    """A server may hand over bytes that are not UTF-8 as surrogates."""
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
    """Alike for every name."""
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
    """It becomes a dead letter. The sender could not do anything about it."""
    assert (await door.receive(request("docebo", b"<xml/>"))).status == HTTPStatus.OK
    assert "data_base64" in queue.events[0]


@pytest.mark.parametrize("route", ["webhook", "statements"])
async def test_statements_get_ids_in_order(door: Door, queue: Queue, route: Literal["webhook", "statements"]) -> None:
    """Where they have none, they get new ones, on the queue too."""
    answer = await door.receive(xapi([STATEMENT, STATEMENT | {"id": ID}, STATEMENT | {"id": None}], route=route))
    assert answer.status == HTTPStatus.OK
    assert answer.headers == {"X-Experience-API-Version": "1.0.3"}
    [event] = queue.events
    assert isinstance(answer.body, list)
    assert [one["id"] for one in event["data"]] == answer.body
    assert answer.body[1] == ID
    assert [uuid.UUID(one).version for one in answer.body] == [4, 4, 4]
    assert len(set(answer.body)) == 3


async def test_a_single_statement(door: Door, queue: Queue) -> None:
    """The id of the delivery is that of the statement."""
    answer = await door.receive(xapi(STATEMENT | {"id": ID}))
    assert answer.body == [ID]
    assert (queue.events[0]["id"], queue.events[0]["data"]) == (ID, STATEMENT | {"id": ID})


async def test_nothing_to_store_is_answered_with_no_ids(door: Door, queue: Queue) -> None:
    """A plugin of Moodle sends an empty array each minute."""
    answer = await door.receive(xapi([]))
    assert (answer.status, answer.body, queue.texts) == (HTTPStatus.OK, [], [])


async def test_a_batch_that_nobody_would_take_apart_is_refused(door: Door, queue: Queue) -> None:
    """The sender can send less. On the queue, all of it would become a dead letter."""
    answer = await door.receive(xapi([STATEMENT] * 2_001))
    assert (answer.status, answer.body) == (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": "too_many"})
    assert (await door.receive(xapi([STATEMENT] * 2_000))).status == HTTPStatus.OK
    assert len(queue.texts) == 1


async def test_put_stores_one_statement(door: Door, queue: Queue) -> None:
    """The id stands in the query, in the statement, or in neither."""
    for statement, query in (
        (STATEMENT, {"statementId": ID}),
        (STATEMENT | {"id": ID.upper()}, {"statementId": ID}),
        (STATEMENT | {"id": ID}, {}),
        (STATEMENT, {}),
        (STATEMENT, {"statementId": ""}),
    ):
        answer = await door.receive(xapi(statement, method="PUT", query=query))
        assert (answer.status, answer.text) == (HTTPStatus.NO_CONTENT, "")
        assert answer.headers == {"X-Experience-API-Version": "1.0.3"}
    ids = [event["data"]["id"] for event in queue.events]
    assert ids[:3] == [ID, ID.upper(), ID]
    assert uuid.UUID(ids[3]).version == 4


NO_STATEMENTS: dict[str, tuple[bytes, str]] = {
    "not JSON": (b"data=x", "no_statements"),
    "multipart": (b"--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b--", "no_statements"),
    "a text": (b'"x"', "no_statements"),
    "null": (b"null", "no_statements"),
    "another object": (b'{"event": "x"}', "no_statements"),
    "one of several": (json.dumps([STATEMENT, 5]).encode(), "no_statements"),
    "a property twice": (b'{"actor": 1, "actor": 2}', "no_statements"),
}


@pytest.mark.parametrize(("body", "code"), NO_STATEMENTS.values(), ids=NO_STATEMENTS)
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_what_holds_no_statements_is_refused(
    door: Door, queue: Queue, method: str, body: bytes, code: str
) -> None:
    """A record store says so too."""
    answer = await door.receive(request("moodle", body, method=method, route="statements"))
    assert (answer.status, answer.body) == (HTTPStatus.BAD_REQUEST, {"error": code})
    assert queue.texts == []


async def test_contradictions_are_refused(door: Door, queue: Queue) -> None:
    """Another id in the query, several statements in a PUT, and a query in the form of a POST."""
    other = str(uuid.uuid4())
    for one in (
        xapi(STATEMENT | {"id": ID}, method="PUT", query={"statementId": other}),
        xapi(STATEMENT | {"id": ID}, query={"statementId": other}),
        xapi([STATEMENT | {"id": ID}], query={"statementId": other}),
        xapi([STATEMENT, STATEMENT], query={"statementId": other}),
        xapi([STATEMENT], method="PUT", query={"statementId": other}),
        xapi(STATEMENT, query={"method": "GET"}),
    ):
        assert (await door.receive(one)).status == HTTPStatus.BAD_REQUEST
    assert queue.texts == []


@pytest.mark.parametrize(
    ("sent", "echoed"),
    [("1.0.1", "1.0.1"), ("2.0.0", "2.0.0"), ("é", None), ("a\nb", None), ("", "1.0.3"), (None, "1.0.3")],
)
async def test_the_version_of_xapi_is_echoed(door: Door, sent: str | None, echoed: str | None) -> None:
    """Unless a header cannot hold it."""
    headers = basic() | ({} if sent is None else {"X-Experience-API-Version": sent})
    for value, status in ((STATEMENT, HTTPStatus.OK), ("x", HTTPStatus.BAD_REQUEST)):
        answer = await door.receive(xapi(value, headers=headers))
        assert answer.status == status
        assert answer.headers.get("X-Experience-API-Version") == echoed


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
    """When the door is made."""
    text = json.dumps({"one": {"scheme": "?"}, "two": {"scheme": "bearer", "format": "xapi"}})
    Door(read_senders(text, {}, {"xapi"}), queue.take)
    lines = [vars(record) for record in caplog.records if record.message == "webhook_closed"]
    assert [line["sender"] for line in lines] == ["one", "two"]
    assert lines[1]["detail"] == "WEBHOOK_SECRET_TWO: missing"


class Token:
    """A check of what lies in the body, as that of a signed token."""

    async def proven(self, headers: Mapping[str, str], body: bytes) -> bytes | None:
        """Whatever the body is, this is proven."""
        del headers, body
        return b'{"event": "inside"}'


async def test_what_is_proven_goes_onto_the_queue(queue: Queue) -> None:
    """Of a token, these are its claims."""
    door = Door(Senders({"canvas": Sender("canvas", "canvas", Token())}), queue.take)
    assert await door.receive(request("canvas", headers={})) == Answer(HTTPStatus.OK, {}, {})
    assert queue.events[0]["data"] == {"event": "inside"}
