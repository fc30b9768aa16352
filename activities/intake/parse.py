"""Turns the text of a queue message into a typed event, or refuses it with a reason. Pure.

A message is JSON as plain text or base64. Publishers differ in this, and the host passes the text on unchanged. The
JSON is one event or a batch, native or in an LMS's format, with or without the wrapping of an event bus.
"""

from datetime import datetime, timedelta

from activities.domain.event_reading import InvalidEvent, read_event
from activities.domain.events import SPEC_VERSION
from activities.domain.outcomes import Reason
from activities.intake.event_bus import Context, UnsupportedError
from activities.intake.formats import Formats, built_in_formats
from activities.intake.formats.sources import Source
from activities.intake.json_body import MalformedError, decode
from activities.intake.result import NATIVE, Batch, Ignored, ParseResult, Refused, Understood
from activities.intake.unpack import Several, TooManyError, take_apart, unpack

# How far a clock may be ahead. The later event wins, so one from far ahead would override all that really follows.
_AHEAD = timedelta(days=1)
_FUTURE = "occurredAt: more than a day in the future, which would freeze the record"
# These don't need a kind: an assigned course is an assignment, and a removal is the same for both kinds.
_TELLS_KIND = frozenset({"course.assigned", "course.unassigned"})

__all__ = ["NATIVE", "Batch", "Ignored", "ParseResult", "Refused", "Understood", "parse"]


def parse(
    body: bytes, formats: Formats | None = None, received: datetime | None = None, now: datetime | None = None
) -> ParseResult:
    """Turn a message body into an event, a batch, or the reason why it is neither.

    It never raises. Every body that a publisher can send has a result.

    Args:
        body: the text of the message.
        formats: the known LMS formats. The default is the built-in ones.
        received: when the message was first received. Used for events that don't say when they happened.
        now: an event dated more than a day later than this is refused. If it's None, no date is refused.
    """
    try:
        context = Context(time=None if received is None else received.isoformat())
        result = _parse_value(decode(body), context, formats or built_in_formats())
    except MalformedError as error:
        return Refused(Reason.MALFORMED, str(error))
    except UnsupportedError as error:
        return Refused(Reason.UNSUPPORTED_VERSION, str(error))
    except TooManyError as error:
        return Refused(Reason.INVALID_EVENT, str(error))
    except RecursionError:
        return Refused(Reason.MALFORMED, "nested too deeply")
    if now is not None and isinstance(result, Understood) and result.event.occurred_at - now > _AHEAD:
        return Refused(Reason.INVALID_EVENT, _FUTURE, result.format)
    return result


def _parse_value(value: object, context: Context, formats: Formats) -> ParseResult:
    unpacked = unpack(value, context, formats)
    if isinstance(unpacked, Several):
        parts = take_apart(unpacked, formats)
        if len(parts.texts) == 1:
            return _parse_value(parts.last, context, formats)
        return Batch(tuple(parts.texts)) if parts.texts else Ignored(parts.format, "empty")
    if unpacked.format is not None:
        return unpacked.format.translate(unpacked.document, unpacked.context, formats.sources)
    return _parse_native(unpacked.document, formats.sources.of(NATIVE, unpacked.context))


def _parse_native(document: dict[str, object], source: Source) -> Understood | Refused:
    event_type = document.get("eventType")
    if "specVersion" not in document and not (isinstance(event_type, str) and event_type.startswith("course.")):
        raise MalformedError("no format recognises it")
    if document.get("specVersion", SPEC_VERSION) != SPEC_VERSION:
        return Refused(Reason.UNSUPPORTED_VERSION, f"specVersion is not {SPEC_VERSION}", NATIVE)
    kind = source.settings.enrolments
    if kind is not None and document.get("activity") is None and event_type not in _TELLS_KIND:
        document = document | {"activity": kind}
    try:
        event, dropped = read_event(_of_sender(document, source.sender), source.settings.time_zone)
        return Understood(event, NATIVE, source.name, source.formerly, dropped=dropped)
    except InvalidEvent as error:
        return Refused(Reason.INVALID_EVENT, str(error), NATIVE)


def _of_sender(document: dict[str, object], sender: str | None) -> dict[str, object]:
    """Return the event with its enrolment and accounts made the sender's own. Without a sender, it's unchanged."""
    if sender is None:
        return document
    enrolment, learner, terms = (document.get(name) for name in ("enrollmentId", "learner", "assignment"))
    own: dict[str, object] = {}
    if isinstance(enrolment, str):
        own["enrollmentId"] = f"{sender}:{enrolment}"
    if isinstance(learner, dict):
        own["learner"] = _with_account_of(learner, sender)
    if isinstance(terms, dict) and isinstance(terms.get("assigner"), dict):
        own["assignment"] = terms | {"assigner": _with_account_of(terms["assigner"], sender)}
    return document | own


def _with_account_of(person: dict[str, object], sender: str) -> dict[str, object]:
    account = person.get("lmsAccount")
    return person | {"lmsAccount": account | {"source": sender}} if isinstance(account, dict) else person
