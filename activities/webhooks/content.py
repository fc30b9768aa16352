"""What a body holds: inflated if it was sent so, within a limit, and as the data of a CloudEvent. Pure."""

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
# Nobody compresses in more parts, and what is behind a part is copied for each.
_MOST_MEMBERS = 100
_LONGEST_ID = 256


def inflated(body: bytes, encoding: str) -> bytes:
    """The body without its content coding.

    Raises:
        Refusal: the coding is another one than gzip, the body is damaged or empty, or what it holds is too large.
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
    """Inflate the members of a gzip file, and never more than the limit and a byte."""
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
    """The CloudEvent that goes onto the queue, in ASCII: the XML around queue messages cannot hold all characters.

    Args:
        sender: the name of the sender, which is the source.
        delivery_id: the sender's own id of the delivery, if it has one that can be an id.
        content: what was sent.
        value: what was read of it; `UNREADABLE` if it is not JSON.
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
    """The JSON value in the content; `UNREADABLE` if there is none."""
    try:
        return loads(content)
    except (MalformedError, RecursionError):
        return UNREADABLE


def _own(delivery_id: str | None) -> str | None:
    return delivery_id if delivery_id and len(delivery_id) <= _LONGEST_ID and delivery_id.isprintable() else None
