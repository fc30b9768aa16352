"""Envelopes: what event buses put around an event, and how several events in one message come apart. Pure.

CloudEvents 1.0 in structured mode (`data` or `data_base64`), the Event Grid schema, plain arrays, and arrays inside of
any of these. Whatever is taken apart keeps its envelope, so that each part can be read by itself.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from activities.intake.formats.context import Context
from activities.intake.json_body import MalformedError, read, read_bytes


class UnsupportedError(ValueError):
    """An envelope of a version that we do not know."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One envelope and what is in it."""

    attributes: dict[str, object]
    content: object
    context: Context

    def around(self, content: object) -> dict[str, object]:
        """The same envelope around something else."""
        bare = {name: value for name, value in self.attributes.items() if name != "data_base64"}
        return bare | {"data": content}


def opened(document: dict[str, object]) -> Envelope | None:
    """The envelope that `document` is, or None: then it is an event itself.

    Raises:
        MalformedError: the envelope is one, but what is in it cannot be read.
        UnsupportedError: a version that we do not know.
    """
    if {"specversion", "type", "source"} <= document.keys():
        if document["specversion"] != "1.0":
            raise UnsupportedError("specversion is not 1.0")
        return _envelope(document, "time", document["source"])
    if {"eventType", "eventTime", "dataVersion"} <= document.keys():
        return _envelope(document, "eventTime", document.get("topic"))
    return None


def _envelope(document: dict[str, object], time: str, source: object) -> Envelope:
    context = Context(source if isinstance(source, str) else None, document.get(time))
    return Envelope(document, _content(document), context)


def _content(document: dict[str, object]) -> object:
    encoded = document.get("data_base64")
    if encoded is not None:
        try:
            data = base64.b64decode(encoded, validate=True) if isinstance(encoded, str) else b""
        except ValueError:
            raise MalformedError("data_base64 is not base64") from None
        return read_bytes(data)
    content = document.get("data")
    if isinstance(content, str):
        return read(content)
    if content is None:
        raise MalformedError("an envelope without data")
    return content


def split(document: dict[str, object], key: str | None) -> Iterator[dict[str, object]] | None:
    """One document for each element of the array at `key`, all else the same; None where no array stands there."""
    elements = None if key is None else document.get(key)
    if key is None or not isinstance(elements, list):
        return None
    return (document | {key: [element]} for element in elements)
