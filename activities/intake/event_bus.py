"""Unwraps the events of event buses, and wraps them again. Pure.

It supports CloudEvents 1.0 in structured mode (`data` or `data_base64`) and the Event Grid schema. What came by webhook
is in a CloudEvent with a type of its own.
"""

import base64
from dataclasses import dataclass

from activities.intake.json_body import MalformedError, loads

# The type of the CloudEvent in which the webhook door wraps a body, once the sender has proven who it is.
WEBHOOK = "lms.webhook"


class UnsupportedError(ValueError):
    """The bus event has a version that this app doesn't know."""


@dataclass(frozen=True, slots=True)
class Context:
    """Who sent an event and when, according to its wrapping. Used if the event itself doesn't say.

    `sender` is the name of the webhook sender. If it's there, nothing else decides who sent the event.
    """

    source: str | None = None
    time: object = None
    sender: str | None = None

    def or_else(self, outer: "Context") -> "Context":
        """Return this context, with gaps filled from the layer around it."""
        return Context(self.source or outer.source, self.time or outer.time, self.sender or outer.sender)


@dataclass(frozen=True, slots=True)
class BusEvent:
    """One event of an event bus: its attributes, its content, and the context that it gives."""

    attributes: dict[str, object]
    content: object
    context: Context

    def rewrap(self, content: object) -> dict[str, object]:
        """Return the same bus event with other content."""
        bare = {name: value for name, value in self.attributes.items() if name != "data_base64"}
        return bare | {"data": content}


def by_webhook(value: object) -> BusEvent | None:
    """Read a delivery by webhook, or return None if it isn't one.

    Raises:
        MalformedError: its content is missing or can't be read.
    """
    if not isinstance(value, dict) or value.get("type") != WEBHOOK or value.get("specversion") != "1.0":
        return None
    sender = value.get("source")
    if not isinstance(sender, str):
        return None
    return BusEvent(value, _content(value), Context(time=value.get("time"), sender=sender))


def unwrap(document: dict[str, object]) -> BusEvent | None:
    """Read `document` as an event of an event bus, or return None if it isn't one.

    Raises:
        MalformedError: it's a bus event, but its content is missing or can't be read.
        UnsupportedError: it's a CloudEvent of an unknown version.
    """
    if {"specversion", "type", "source"} <= document.keys():
        if document["specversion"] != "1.0":
            raise UnsupportedError("specversion is not 1.0")
        return _bus_event(document, "time", document["source"])
    if {"eventType", "eventTime", "dataVersion"} <= document.keys():
        return _bus_event(document, "eventTime", document.get("topic"))
    return None


def _bus_event(document: dict[str, object], time: str, source: object) -> BusEvent:
    context = Context(source if isinstance(source, str) else None, document.get(time))
    return BusEvent(document, _content(document), context)


def _content(document: dict[str, object]) -> object:
    encoded = document.get("data_base64")
    if encoded is not None:
        return loads(_decode_base64(encoded))
    content = document.get("data")
    if isinstance(content, str):
        return loads(content)
    if content is None:
        raise MalformedError("data: missing")
    return content


def _decode_base64(encoded: object) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True) if isinstance(encoded, str) else b""
    except ValueError:
        raise MalformedError("data_base64 is not base64") from None
