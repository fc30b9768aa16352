"""The door: the text of a queue message becomes typed here, once, or is refused with a reason.

Pure. A message holds JSON as plain text or base64 (publishers differ; the host hands the text over unchanged), in
UTF-8 with or without a byte order mark. It holds one event or a batch.
"""

import base64
import json
from dataclasses import dataclass
from typing import NoReturn

from pydantic import ValidationError

from activities.events import ADAPTER, SPEC_VERSION, LearningEvent, complaint
from activities.outcomes import Reason

NATIVE = "native"


@dataclass(frozen=True, slots=True)
class Understood:
    """One event that is our business."""

    event: LearningEvent
    format: str = NATIVE


@dataclass(frozen=True, slots=True)
class Ignored:
    """Understood, but not our business (a page view, a login, a quiz attempt): counted and forgotten."""

    format: str
    type: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Cannot be understood, or lacks something required. `detail` names fields, never values."""

    reason: Reason
    detail: str
    format: str = "unknown"


@dataclass(frozen=True, slots=True)
class Batch:
    """Several events in one message, each the text of a message of its own."""

    items: tuple[str, ...]


Parsed = Understood | Ignored | Refused | Batch


class _MalformedError(ValueError):
    """The body is not the JSON of an event."""


def parse(body: bytes) -> Parsed:
    """Turn the body of a message into an event, a batch, or the reason why it is neither.

    Never raises: whatever a publisher sends has one of the four answers.
    """
    try:
        value = _decode(body)
    except _MalformedError as error:
        return Refused(Reason.MALFORMED, str(error))
    if isinstance(value, list):
        if len(value) == 1:
            return _one(value[0])
        return Batch(tuple(_text(item) for item in value))
    return _one(value)


def _one(value: object) -> Parsed:
    if not isinstance(value, dict):
        return Refused(Reason.MALFORMED, f"an event is a JSON object, not {type(value).__name__}")
    return _native(value)


def _native(value: dict[str, object]) -> Parsed:
    if "specVersion" in value and value["specVersion"] != SPEC_VERSION:
        return Refused(Reason.UNSUPPORTED_VERSION, f"specVersion is not {SPEC_VERSION}", NATIVE)
    try:
        return Understood(ADAPTER.validate_python(value))
    except ValidationError as error:
        return Refused(Reason.INVALID_EVENT, complaint(error), NATIVE)


def _text(item: object) -> str:
    """The text of one item of a batch, such that a queue message (XML inside) can hold it."""
    text = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    if text.isprintable():
        return text
    return json.dumps(item, separators=(",", ":"))


def _decode(body: bytes) -> object:
    """The JSON value in `body`, plain or base64.

    Raises:
        _MalformedError: neither; the message says what is wrong without quoting the body.
    """
    text = _utf8(body).strip()
    if not text:
        raise _MalformedError("empty")
    try:
        return _json(text)
    except _MalformedError:
        # JSON in base64 never begins with a bracket or a brace, so nothing is guessed here.
        if text[0] in "{[":
            raise
    try:
        inner = base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise _MalformedError("neither JSON nor base64") from None
    return _json(_utf8(inner).strip())


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _MalformedError("not UTF-8") from None


def _json(text: str) -> object:
    try:
        value: object = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except _MalformedError:
        raise
    except json.JSONDecodeError as error:
        raise _MalformedError(f"not JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise _MalformedError("nested too deeply") from None
    except ValueError:
        raise _MalformedError("a number with too many digits") from None
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse an object that says the same property twice: either value could be the one that was meant."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _MalformedError("a property stands twice in one object")
    return value


def _constant(_: str) -> NoReturn:
    raise _MalformedError("NaN and Infinity are not JSON")
