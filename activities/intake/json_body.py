"""Reads strict JSON from message bodies, and writes JSON that a queue message can hold. Pure."""

import ast
import base64
import binascii
import json
import math
import re
from typing import NoReturn

# Queue messages are sent as XML, which can't hold these. json.dumps escapes control characters itself.
_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")

# Bytes as Python's str() writes them.
_PYTHON_BYTES = re.compile(r"""b'[^']*'|b"[^"]*\"""", re.DOTALL)
_MOST_ENCODINGS = 3


class MalformedError(ValueError):
    """The body isn't an event in JSON. The message says why, without quoting the body."""


def decode(body: bytes) -> object:
    """Decode the JSON value in a message body: plain or base64 text, UTF-8 with or without a byte order mark.

    Publishers also send base64 of base64, and what Python prints for bytes (`b'...'`). Each of these has only one
    possible meaning, so it's accepted.

    Raises:
        MalformedError: the body is neither JSON nor an encoding of JSON.
    """
    for _ in range(_MOST_ENCODINGS + 1):
        text = _decode_utf8(body).strip()
        if not text:
            raise MalformedError("the message is empty")
        inner = _decode_once(text)
        if inner is None:
            return loads(text)
        body = inner
    raise MalformedError(f"encoded more than {_MOST_ENCODINGS} times")


def _decode_once(text: str) -> bytes | None:
    """Return what a text encodes, or None if it's JSON itself."""
    # No encoding begins with a bracket or a brace, so this text was meant to be plain JSON.
    if text[0] in "{[":
        return None
    if _PYTHON_BYTES.fullmatch(text):
        return _python_bytes(text)
    try:
        loads(text)
    except MalformedError:
        return _base64(text)
    return None


def _python_bytes(text: str) -> bytes:
    try:
        value: bytes = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise MalformedError("what Python prints for bytes, but damaged") from None
    return value


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedError("neither JSON nor base64") from None


def loads(text: str | bytes) -> object:
    """Read JSON, as text or as UTF-8 bytes.

    Raises:
        MalformedError: it isn't JSON, or two parsers could read it differently.
    """
    if isinstance(text, bytes):
        text = _decode_utf8(text).strip()
    try:
        value: object = json.loads(
            text, object_pairs_hook=_unique_properties, parse_constant=_refuse_constant, parse_float=_finite
        )
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
    """Write compact JSON without characters that a queue message can't hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _NOT_IN_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _decode_utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MalformedError("not UTF-8") from None


def _unique_properties(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse an object that has a property twice. Nobody can tell which value was meant."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise MalformedError("an object has the same property twice")
    return value


def _finite(text: str) -> float | str:
    """Return a number, or its text if a double can't hold it. It matters only if a number is needed there."""
    number = float(text)
    return number if math.isfinite(number) else text


def _refuse_constant(_: str) -> NoReturn:
    raise MalformedError("NaN and Infinity are not JSON")
