"""Removes the wrapping around an event, and takes batches apart. Pure.

A batch is a JSON array, or the array that an LMS format splits. Batches may hold batches, and event buses may wrap any
of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from activities.intake.event_bus import BusEvent, Context, UnsupportedError, by_webhook, unwrap
from activities.intake.formats import Format, Formats
from activities.intake.json_body import MalformedError, dumps, loads
from activities.intake.result import MAX_ITEMS, NATIVE

# Event buses don't nest deeper than this.
_MAX_LAYERS = 4
# Each item repeats the batch's wrapping, so splitting a message of 64 KiB could produce a hundred megabytes.
_MAX_CHARACTERS = 8_000_000
# Items with only empty batches inside produce nothing, but opening them takes time. No real batch has this many.
_MAX_OPENED = 5_000
_END = object()
_IN_JSON: dict[type, str] = {str: "a text", int: "a number", float: "a number", bool: "true or false"}


class TooManyError(ValueError):
    """A message has more items than the app accepts."""


@dataclass(frozen=True, slots=True)
class One:
    """One event without its wrapping, the context from the wrapping, and the format that recognises it."""

    document: dict[str, object]
    context: Context
    format: Format | None


@dataclass(frozen=True, slots=True)
class Several:
    """A batch. Each item has the batch's wrapping, and may be a batch itself."""

    items: Iterator[object]
    format: str


@dataclass(slots=True)
class Parts:
    """The parts of a batch: the text of each item, the last item, and the format of the last batch."""

    texts: list[str]
    last: object
    format: str


def unpack(value: object, context: Context, formats: Formats) -> One | Several:
    """Remove one bus event after another, until an event or a batch is left.

    Only the outermost layer may say that it came by webhook. Inside, anybody could write the same.

    Raises:
        MalformedError: it isn't a JSON object, or a bus event can't be read.
        UnsupportedError: it's a CloudEvent of an unknown version.
    """
    delivery = by_webhook(value)
    if delivery is None:
        return _unwrap(value, context, formats, [])
    context = delivery.context.or_else(context)
    return _unwrap(delivery.content, context, formats.of_sender(context.sender), [delivery])


def _unwrap(value: object, context: Context, formats: Formats, wrapping: list[BusEvent]) -> One | Several:
    while True:
        if isinstance(value, list):
            return Several((_rewrap(element, wrapping) for element in _flatten(value)), NATIVE)
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            # JSON inside a JSON string.
            value = loads(value)
            continue
        if not isinstance(value, dict):
            raise MalformedError(f"an event is a JSON object, not {_IN_JSON.get(type(value), 'null')}")
        if "specVersion" in value and formats.native:
            return One(value, context, None)
        lms_format = formats.recognise(value)
        if lms_format is not None:
            documents = lms_format.split(value)
            if documents is None:
                return One(value, context, lms_format)
            return Several((_rewrap(document, wrapping) for document in documents), lms_format.name)
        bus_event = unwrap(value)
        if bus_event is None:
            return _native(value, context, formats)
        if len(wrapping) == _MAX_LAYERS:
            raise MalformedError(f"wrapped more than {_MAX_LAYERS} times")
        wrapping.append(bus_event)
        context = bus_event.context.or_else(context)
        value = bus_event.content


def _native(document: dict[str, object], context: Context, formats: Formats) -> One:
    if not formats.native:
        raise MalformedError("not an event in its sender's format")
    return One(document, context, None)


def take_apart(batch: Several, formats: Formats) -> Parts:
    """Take a batch apart until no item is a batch. An item that can't be read stays as it is.

    Items are unpacked here in the same way as when they arrive as messages, so they aren't split a second time then.

    Raises:
        MalformedError: the items would be too large together, or there are too many to open.
        TooManyError: there are more than `MAX_ITEMS` items.
    """
    parts = Parts([], None, batch.format)
    unfinished = [batch.items]
    room, opened = _MAX_CHARACTERS, 0
    while unfinished:
        item = next(unfinished[-1], _END)
        if item is _END:
            unfinished.pop()
            continue
        text = dumps(item)
        room, opened = room - len(text), opened + 1
        if room < 0 or opened > _MAX_OPENED:
            raise MalformedError("the batch is too large to split")
        inner = _batch_in(item, formats)
        if inner is not None:
            unfinished.append(inner.items)
            parts.format = inner.format
            continue
        if len(parts.texts) == MAX_ITEMS:
            raise TooManyError(f"more than {MAX_ITEMS:,} items in one message")
        parts.texts.append(text)
        parts.last = item
    return parts


def _batch_in(item: object, formats: Formats) -> Several | None:
    try:
        unpacked = unpack(item, Context(), formats)
    except (MalformedError, UnsupportedError):
        return None
    return unpacked if isinstance(unpacked, Several) else None


def _flatten(array: list[object]) -> Iterator[object]:
    """Yield the elements of an array and of the arrays in it, in order, at any depth."""
    unfinished = [iter(array)]
    while unfinished:
        for element in unfinished[-1]:
            if isinstance(element, list):
                unfinished.append(iter(element))
                break
            yield element
        else:
            unfinished.pop()


def _rewrap(value: object, wrapping: list[BusEvent]) -> object:
    for bus_event in reversed(wrapping):
        value = bus_event.rewrap(value)
    return value
