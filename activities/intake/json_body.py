"""JSON as publishers write it to a queue: read strictly, and written such that a queue can hold it. Pure."""

import base64
import binascii
import json
import re
from typing import NoReturn

# XML, in which queue messages travel, cannot hold these; json.dumps already escapes control characters.
_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


class MalformedError(ValueError):
    """The text is not the JSON of an event. The message does not quote it."""


def decode(body: bytes) -> object:
    """The JSON value in the body of a message: plain or base64, UTF-8 with or without a byte order mark.

    Raises:
        MalformedError: neither; the message says what is wrong without quoting the body.
    """
    text = _utf8(body).strip()
    if not text:
        raise MalformedError("empty")
    try:
        return read(text)
    except MalformedError:
        # JSON in base64 never begins with a bracket or a brace, so nothing is guessed here.
        if text[0] in "{[":
            raise
    try:
        inner = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedError("neither JSON nor base64") from None
    return read_bytes(inner)


def read_bytes(data: bytes) -> object:
    """The JSON value in UTF-8 bytes.

    Raises:
        MalformedError: not UTF-8, or not JSON.
    """
    return read(_utf8(data).strip())


def read(text: str) -> object:
    """The JSON value of a text.

    Raises:
        MalformedError: not JSON, or JSON that can be read in two ways.
    """
    try:
        value: object = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except MalformedError:
        raise
    except json.JSONDecodeError as error:
        raise MalformedError(f"not JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise MalformedError("nested too deeply") from None
    except ValueError:
        raise MalformedError("a number with too many digits") from None
    return value


def write(value: object) -> str:
    """The JSON text of a value, short, and without characters that a queue message cannot hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _NOT_IN_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MalformedError("not UTF-8") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse an object that says the same property twice: either value could be the one that was meant."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise MalformedError("a property stands twice in one object")
    return value


def _constant(_: str) -> NoReturn:
    raise MalformedError("NaN and Infinity are not JSON")
