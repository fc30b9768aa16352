"""Turns the text of a queue message into a typed event, or refuses it with a reason. Pure.

A message holds JSON as plain text or base64. Publishers differ in this, and the host hands the text over unchanged. The
JSON is one event or a batch, native or in the format of an LMS, with or without the wrapping of an event bus.
"""

from collections.abc import Iterable
from datetime import datetime

from pydantic import ValidationError

from activities.domain.events import ADAPTER, SPEC_VERSION, complaint
from activities.domain.outcomes import Reason
from activities.intake.event_bus import BusEvent, Context, UnsupportedError, unwrap
from activities.intake.formats import Formats, built_in_formats
from activities.intake.json_body import MalformedError, decode, dumps
from activities.intake.result import NATIVE, Batch, Ignored, ParseResult, Refused, Understood

__all__ = ["NATIVE", "Batch", "Ignored", "ParseResult", "Refused", "Understood", "parse"]

# Bus events in bus events, and arrays of one: event buses do not nest deeper than this.
_MAX_LAYERS = 4
# Each item repeats the wrapping of the batch, so splitting a message of 64 KiB could produce half a gigabyte.
_MAX_BATCH_CHARACTERS = 8_000_000


def parse(body: bytes, formats: Formats | None = None, received: datetime | None = None) -> ParseResult:
    """Turn a message body into an event, a batch, or the reason why it is neither.

    Never raises: each body that a publisher could send has a result.

    Args:
        body: the text of the message.
        formats: the known LMS formats; by default those that come with the app.
        received: when the message was put on the queue. Used for events that do not say when they happened.
    """
    try:
        context = Context(time=None if received is None else received.isoformat())
        return _parse_value(decode(body), context, formats or built_in_formats())
    except MalformedError as error:
        return Refused(Reason.MALFORMED, str(error))
    except UnsupportedError as error:
        return Refused(Reason.UNSUPPORTED_VERSION, str(error))
    except RecursionError:
        return Refused(Reason.MALFORMED, "nested too deeply")


def _parse_value(value: object, context: Context, formats: Formats) -> ParseResult:
    """Remove one layer after another, until what is left is an event or a batch."""
    wrapping: list[BusEvent] = []
    for _ in range(_MAX_LAYERS + 1):
        if isinstance(value, list):
            if len(value) != 1:
                return _batch(value, wrapping, NATIVE)
            value = value[0]
            continue
        if not isinstance(value, dict):
            raise MalformedError(f"an event is a JSON object, not {type(value).__name__}")
        if "specVersion" in value:
            return _parse_native(value)
        lms_format = formats.recognise(value)
        if lms_format is not None:
            items = lms_format.split(value)
            if items is None:
                return lms_format.translate(value, context, formats.sources)
            return _batch(items, wrapping, lms_format.name)
        bus_event = unwrap(value)
        if bus_event is None:
            return _parse_native(value)
        wrapping.append(bus_event)
        context = bus_event.context.or_else(context)
        value = bus_event.content
    raise MalformedError(f"wrapped more than {_MAX_LAYERS} times")


def _batch(items: Iterable[object], wrapping: list[BusEvent], format_name: str) -> ParseResult:
    """Make a message of each item, in the same wrapping as the batch, so that each can be parsed by itself."""
    texts: list[str] = []
    room = _MAX_BATCH_CHARACTERS
    for item in items:
        wrapped = item
        for bus_event in reversed(wrapping):
            wrapped = bus_event.rewrap(wrapped)
        texts.append(dumps(wrapped))
        room -= len(texts[-1])
        if room < 0:
            raise MalformedError("the batch is too large to split")
    return Batch(tuple(texts)) if texts else Ignored(format_name, "empty")


def _parse_native(document: dict[str, object]) -> ParseResult:
    event_type = document.get("eventType")
    if "specVersion" not in document and not (isinstance(event_type, str) and event_type.startswith("course.")):
        raise MalformedError("no format recognises it")
    if document.get("specVersion", SPEC_VERSION) != SPEC_VERSION:
        return Refused(Reason.UNSUPPORTED_VERSION, f"specVersion is not {SPEC_VERSION}", NATIVE)
    try:
        return Understood(ADAPTER.validate_python(document))
    except ValidationError as error:
        return Refused(Reason.INVALID_EVENT, complaint(error), NATIVE)
