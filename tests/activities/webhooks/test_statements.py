"""xAPI statements: what a record store would answer, and the ids that statements get."""

import json
import uuid
from http import HTTPStatus
from typing import Literal

import pytest

from activities.webhooks.door import Door
from tests.activities.webhooks.proofs import basic
from tests.activities.webhooks.sending import STATEMENT, Queue, request, xapi

ID = "0a0b0c0d-0000-4000-8000-000000000001"


@pytest.mark.parametrize("route", ["webhook", "statements"])
async def test_statements_get_ids_in_order(door: Door, queue: Queue, route: Literal["webhook", "statements"]) -> None:
    """Statements without ids get new ones, on the queue too."""
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
    """The delivery's id is the statement's."""
    answer = await door.receive(xapi(STATEMENT | {"id": ID}))
    assert answer.body == [ID]
    assert (queue.events[0]["id"], queue.events[0]["data"]) == (ID, STATEMENT | {"id": ID})


async def test_nothing_to_store_is_answered_with_no_ids(door: Door, queue: Queue) -> None:
    """A Moodle plug-in sends an empty array each minute."""
    answer = await door.receive(xapi([]))
    assert (answer.status, answer.body, queue.texts) == (HTTPStatus.OK, [], [])


async def test_a_batch_that_nobody_would_take_apart_is_refused(door: Door, queue: Queue) -> None:
    """The sender can send less. On the queue, all of it would become a dead letter."""
    answer = await door.receive(xapi([STATEMENT] * 2_001))
    assert (answer.status, answer.body) == (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": "too_many"})
    assert (await door.receive(xapi([STATEMENT] * 2_000))).status == HTTPStatus.OK
    assert len(queue.texts) == 1


async def test_put_stores_one_statement(door: Door, queue: Queue) -> None:
    """The id is in the query, in the statement, or in neither."""
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
    """Unless a header can't contain it."""
    headers = basic() | ({} if sent is None else {"X-Experience-API-Version": sent})
    for value, status in ((STATEMENT, HTTPStatus.OK), ("x", HTTPStatus.BAD_REQUEST)):
        answer = await door.receive(xapi(value, headers=headers))
        assert answer.status == status
        assert answer.headers.get("X-Experience-API-Version") == echoed
