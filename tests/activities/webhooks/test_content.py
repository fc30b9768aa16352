"""What a body contains, and how it goes onto the queue."""

import base64
import gzip
import json
import tracemalloc
import zlib
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest

from activities.webhooks.content import LARGEST, inflated, queue_message, read
from activities.webhooks.request import Refusal

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
BODY = b'{"event": "enrolled"}'


def event_of(content: bytes, delivery_id: str | None = None) -> dict[str, Any]:
    """Return the CloudEvent of a body."""
    text = queue_message("lms", delivery_id, content, read(content), NOW)
    assert text.isascii()
    event: dict[str, Any] = json.loads(text)
    return event


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "GZIP", " gzip "])
def test_a_body_is_inflated_if_it_was_sent_so(encoding: str) -> None:
    """Even if it's a file of several members."""
    if "gzip" in encoding.lower():
        assert inflated(gzip.compress(BODY), encoding) == BODY
        assert inflated(gzip.compress(BODY[:5]) + gzip.compress(BODY[5:]), encoding) == BODY
    else:
        assert inflated(BODY, encoding) == BODY


REFUSED: dict[str, tuple[bytes, str, HTTPStatus]] = {
    "another name": (gzip.compress(BODY), "x-gzip", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    "another encoding": (BODY, "br", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    "two encodings": (gzip.compress(BODY), "gzip, gzip", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    "deflate": (zlib.compress(BODY), "deflate", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    "empty": (b"", "", HTTPStatus.BAD_REQUEST),
    "empty gzip": (b"", "gzip", HTTPStatus.BAD_REQUEST),
    "gzip of nothing": (gzip.compress(b""), "gzip", HTTPStatus.BAD_REQUEST),
    "no gzip": (BODY, "gzip", HTTPStatus.BAD_REQUEST),
    "cut off": (gzip.compress(BODY)[:-9], "gzip", HTTPStatus.BAD_REQUEST),
    "a wrong checksum": (gzip.compress(BODY)[:-8] + b"00000000", "gzip", HTTPStatus.BAD_REQUEST),
    "something behind it": (gzip.compress(BODY) + b"rubbish", "gzip", HTTPStatus.BAD_REQUEST),
    "very many parts": (gzip.compress(b"") * 50_000, "gzip", HTTPStatus.BAD_REQUEST),
    "too large": (gzip.compress(b" " * (LARGEST + 1)), "gzip", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    "a bomb": (gzip.compress(b" " * 50_000_000), "gzip", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    "too large in two": (gzip.compress(b" " * 600_000) * 2, "gzip", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
}


@pytest.mark.parametrize(("body", "encoding", "status"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_inflated_is_refused(body: bytes, encoding: str, status: HTTPStatus) -> None:
    """And no more is inflated than is accepted."""
    with pytest.raises(Refusal) as refused:
        inflated(body, encoding)
    assert refused.value.status == status


def test_the_largest_body_is_taken() -> None:
    """To the byte."""
    assert len(inflated(gzip.compress(b" " * LARGEST), "gzip")) == LARGEST


def test_json_goes_on_as_it_is() -> None:
    """In ASCII, because queue messages are XML."""
    event = event_of('{"name": "Zoë \ufffe \\ud800 \\u0001", "score": 0.10}'.encode())
    assert event == {
        "specversion": "1.0",
        "id": event["id"],
        "source": "lms",
        "type": "lms.webhook",
        "time": "2026-01-15T09:00:00+00:00",
        "data": {"name": "Zoë \ufffe \ud800 \x01", "score": 0.1},
    }


UNREADABLE = {
    "XML": b"<xml/>",
    "not UTF-8": b"\xff\xfe",
    "a property twice": b'{"a": 1, "a": 2}',
    "NaN": b"[NaN]",
    "too deep": b"[" * 100_000,
    "too deep to be written": b"[" * 990 + b"]" * 990,
    "form": b"data=%7B%7D",
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_not_json_goes_on_byte_for_byte(content: bytes) -> None:
    """It becomes a dead letter, where everybody can see it."""
    event = event_of(content)
    if "data_base64" in event:
        assert base64.b64decode(event["data_base64"]) == content
    else:
        assert content == UNREADABLE["too deep to be written"]


def test_the_id_is_that_of_the_delivery_or_a_hash() -> None:
    """The same body from the same sender has the same id. From another sender, it has another id."""
    assert event_of(BODY, "msg_1")["id"] == "msg_1"
    hashed = event_of(BODY)["id"]
    assert len(hashed) == 64
    assert hashed == event_of(BODY)["id"] == event_of(BODY, "")["id"] == event_of(BODY, "x" * 257)["id"]
    assert hashed == event_of(BODY, "two\nlines")["id"]
    assert hashed != json.loads(queue_message("other", None, BODY, read(BODY), NOW))["id"]
    assert hashed != event_of(BODY + b" ")["id"]


def test_a_bomb_takes_no_memory() -> None:
    """A few megabytes at most, whatever it would expand to."""
    bomb = gzip.compress(b" " * 100_000_000)
    tracemalloc.start()
    with pytest.raises(Refusal):
        inflated(bomb, "gzip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * LARGEST


def test_what_is_too_deep_to_be_written_goes_on_byte_for_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """How deep that is differs between versions of Python, so here the first attempt fails."""
    dumps, attempts = json.dumps, iter([RecursionError()])

    def fails_first(*args: Any, **more: Any) -> str:  # noqa: ANN401  the library's
        for error in attempts:
            raise error
        return dumps(*args, **more)

    value = read(BODY)
    monkeypatch.setattr(json, "dumps", fails_first)
    event = json.loads(queue_message("lms", None, BODY, value, NOW))
    assert base64.b64decode(event["data_base64"]) == BODY
