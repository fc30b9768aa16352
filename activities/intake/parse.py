"""The door: the text of a queue message becomes typed here, once, or is refused with a reason.

Pure. A message holds JSON as plain text or base64 (publishers differ; the host hands the text over unchanged). It
holds one event or a batch; native, or of an LMS that a format describes; bare, or in the envelopes of event buses.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from pydantic import ValidationError

from activities.domain.events import ADAPTER, SPEC_VERSION, complaint
from activities.domain.outcomes import Reason
from activities.intake.event_bus import UnsupportedError, opened, split
from activities.intake.formats import Formats, built_in
from activities.intake.formats.context import Context
from activities.intake.json_body import MalformedError, decode, write
from activities.intake.result import NATIVE, Batch, Ignored, Parsed, Refused, Understood

__all__ = ["NATIVE", "Batch", "Ignored", "Parsed", "Refused", "Understood", "parse"]

# Envelopes around envelopes: more of them is not what an event bus does.
_MOST_ENVELOPES = 4
# Each item gets the whole envelope, so a message of 64 KiB could be made to come to half a gigabyte.
_LARGEST_BATCH = 8_000_000


def parse(body: bytes, formats: Formats | None = None, received: datetime | None = None) -> Parsed:
    """Turn the body of a message into an event, a batch, or the reason why it is neither.

    Never raises: whatever a publisher sends has one of the four answers.

    Args:
        body: the text of the message.
        formats: what is known of LMSs; without, the formats that come with the app.
        received: when the message was put on the queue, for events of LMSs that do not say when they happened.
    """
    try:
        time = None if received is None else received.isoformat()
        return _Reading(formats or built_in()).read(decode(body), Context(time=time), 0, _as_it_is)
    except MalformedError as error:
        return Refused(Reason.MALFORMED, str(error))
    except UnsupportedError as error:
        return Refused(Reason.UNSUPPORTED_VERSION, str(error))
    except RecursionError:
        return Refused(Reason.MALFORMED, "nested too deeply")


def _as_it_is(item: object) -> object:
    return item


class _Reading:
    """Takes one value apart until it is one event, or several that need messages of their own."""

    def __init__(self, formats: Formats) -> None:
        self._formats = formats

    def read(self, value: object, context: Context, depth: int, wrap: Callable[[object], object]) -> Parsed:
        """Read `value`; `wrap` puts a part of it back into the envelopes that it came in."""
        if depth > _MOST_ENVELOPES:
            raise MalformedError("envelopes around envelopes")
        if isinstance(value, list):
            if len(value) == 1:
                return self.read(value[0], context, depth + 1, wrap)
            return _batch(value, wrap, NATIVE)
        if not isinstance(value, dict):
            raise MalformedError(f"an event is a JSON object, not {type(value).__name__}")
        return self._document(value, context, depth, wrap)

    def _document(
        self, document: dict[str, object], context: Context, depth: int, wrap: Callable[[object], object]
    ) -> Parsed:
        if "specVersion" in document:
            return _native(document)
        found = self._formats.recognise(document)
        if found is not None:
            parts = split(document, found.head.split)
            several = None if parts is None else list(parts)
            if several is not None and len(several) != 1:
                return _batch(several, wrap, found.name)
            return found.translate(document, context, self._formats.sources)
        envelope = opened(document)
        if envelope is not None:
            inner = Context(envelope.context.source or context.source, envelope.context.time or context.time)
            return self.read(envelope.content, inner, depth + 1, lambda item: wrap(envelope.around(item)))
        return _native(document)


def _batch(items: Iterable[object], wrap: Callable[[object], object], name: str) -> Parsed:
    texts: list[str] = []
    room = _LARGEST_BATCH
    for item in items:
        texts.append(write(wrap(item)))
        room -= len(texts[-1])
        if room < 0:
            raise MalformedError("a batch that is too large when taken apart")
    return Batch(tuple(texts)) if texts else Ignored(name, "empty")


def _native(document: dict[str, object]) -> Parsed:
    kind = document.get("eventType")
    if "specVersion" not in document and not (isinstance(kind, str) and kind.startswith("course.")):
        raise MalformedError("no format recognises it")
    if document.get("specVersion", SPEC_VERSION) != SPEC_VERSION:
        return Refused(Reason.UNSUPPORTED_VERSION, f"specVersion is not {SPEC_VERSION}", NATIVE)
    try:
        return Understood(ADAPTER.validate_python(document))
    except ValidationError as error:
        return Refused(Reason.INVALID_EVENT, complaint(error), NATIVE)
