"""Strict JSON, decoded from message bodies and encoded so that a queue message can hold it. Pure."""

import base64
import binascii
import json
import re
from typing import NoReturn

# Queue messages travel in XML, which cannot hold these. json.dumps escapes control characters itself.
_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


class MalformedError(ValueError):
    """The body is not the JSON of an event. The message says why without quoting the body."""


def decode(body: bytes) -> object:
    """Decode the JSON value in a message body: plain or base64 text, UTF-8 with or without a byte order mark.

    Raises:
        MalformedError: the body is neither JSON nor base64 of JSON.
    """
    text = _decode_utf8(body).strip()
    if not text:
        raise MalformedError("the message is empty")
    try:
        return loads(text)
    except MalformedError:
        # Base64 never begins with a bracket or a brace, so this text was meant to be plain JSON.
        if text[0] in "{[":
            raise
    try:
        inner = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedError("neither JSON nor base64") from None
    return loads(inner)


def loads(text: str | bytes) -> object:
    """Read JSON text, or UTF-8 bytes of it.

    Raises:
        MalformedError: it is not JSON, or JSON that readers could understand differently.
    """
    if isinstance(text, bytes):
        text = _decode_utf8(text).strip()
    try:
        value: object = json.loads(text, object_pairs_hook=_unique_properties, parse_constant=_refuse_constant)
    except MalformedError:
        raise
    except json.JSONDecodeError as error:
        raise MalformedError(f"not JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise MalformedError("nested too deeply") from None
    except ValueError:
        raise MalformedError("a number has too many digits") from None
    return value


def dumps(value: object) -> str:
    """Write compact JSON without characters that a queue message cannot hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _NOT_IN_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _decode_utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MalformedError("not UTF-8") from None


def _unique_properties(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse an object that has a property twice: nobody can tell which value was meant."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise MalformedError("an object has the same property twice")
    return value


def _refuse_constant(_: str) -> NoReturn:
    raise MalformedError("NaN and Infinity are not JSON")
