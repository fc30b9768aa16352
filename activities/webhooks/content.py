"""Decompresses a body, within a limit, reads it as JSON, and wraps it in a CloudEvent. Pure."""

import base64
import hashlib
import json
import zlib
from datetime import datetime
from http import HTTPStatus

from activities.intake.event_bus import WEBHOOK
from activities.intake.json_body import MalformedError, loads
from activities.webhooks.request import Refusal

LARGEST = 1_048_576
_GZIP = 16 + zlib.MAX_WBITS
# No real body has more members. Each one costs a copy of everything after it.
_MOST_MEMBERS = 100
_LONGEST_ID = 256


def inflated(body: bytes, encoding: str) -> bytes:
    """Return the body without its content coding.

    Raises:
        Refusal: the coding isn't gzip, the body is damaged or empty, or its content is too large.
    """
    match encoding.strip().lower():
        case "" | "identity":
            content = body
        case "gzip":
            content = _gunzip(body) if body else body
        case _:
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_encoding")
    if not content:
        raise Refusal(HTTPStatus.BAD_REQUEST, "empty")
    return content


def _gunzip(body: bytes) -> bytes:
    """Decompress the members of a gzip body, but never more than the limit plus one byte."""
    content, rest = b"", body
    for _ in range(_MOST_MEMBERS):
        member = zlib.decompressobj(_GZIP)
        try:
            content += member.decompress(rest, LARGEST + 1 - len(content))
        except zlib.error:
            raise Refusal(HTTPStatus.BAD_REQUEST, "damaged_gzip") from None
        if len(content) > LARGEST:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
        if not member.eof:
            raise Refusal(HTTPStatus.BAD_REQUEST, "damaged_gzip")
        rest = member.unused_data
        if not rest:
            return content
    raise Refusal(HTTPStatus.BAD_REQUEST, "damaged_gzip")


def queue_message(sender: str, delivery_id: str | None, content: bytes, value: object, received: datetime) -> str:
    """Return the CloudEvent for the queue. It's ASCII, because queue messages are XML, which can't hold all characters.

    Args:
        sender: the sender's name, which becomes the source.
        delivery_id: the sender's own id of the delivery, if it gives one. It's used only if it's usable as an id.
        content: the content as it was sent.
        value: the JSON value in the content, or `UNREADABLE` if it isn't JSON.
        received: when it was received.
    """
    event: dict[str, object] = {
        "specversion": "1.0",
        "id": _own(delivery_id) or hashlib.sha256(f"{sender}\n".encode() + content).hexdigest(),
        "source": sender,
        "type": WEBHOOK,
        "time": received.isoformat(),
    }
    if value is not UNREADABLE:
        try:
            return json.dumps(event | {"data": value}, separators=(",", ":"))
        except RecursionError:
            pass
    return json.dumps(event | {"data_base64": base64.b64encode(content).decode()}, separators=(",", ":"))


UNREADABLE = object()


def read(content: bytes) -> object:
    """Return the JSON value in the content, or `UNREADABLE` if it isn't JSON."""
    try:
        return loads(content)
    except (MalformedError, RecursionError):
        return UNREADABLE


def _own(delivery_id: str | None) -> str | None:
    return delivery_id if delivery_id and len(delivery_id) <= _LONGEST_ID and delivery_id.isprintable() else None
