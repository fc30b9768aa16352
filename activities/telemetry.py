"""What operators see: metrics, and log lines that can't leak anything.

A log line consists of a constant event name and fields from a fixed list. Metric attributes are just as limited, so no
name, address, user id, note or body can get in. In Azure, OpenTelemetry sends both to Application Insights. Without a
provider (locally and in tests), metrics cost nothing and go nowhere.
"""

import logging
import traceback
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, TypedDict

from opentelemetry import metrics

from activities.domain.outcomes import DeadLetter, Done, Outcome, Retry

_logger = logging.getLogger("activities")
_meter = metrics.get_meter("lms-activity-sync")

_received = _meter.create_counter("lms.received", description="Messages taken off the inbound queue")
_events = _meter.create_counter("lms.events", description="Messages handled, by outcome")
_requests = _meter.create_counter("graph.requests", description="Requests to Graph, by operation and status")
_retries = _meter.create_counter("lms.retries", description="Messages put back for a later try, by reason")
_dead_letters = _meter.create_counter("lms.dead_letters", description="Dead letters written, by reason")
_drift = _meter.create_counter("lms.drift", description="Values in Graph that differ from what Graph acknowledged")
_holds = _meter.create_counter("lms.holds", description="Faults that put all events of a kind on hold")
_age = _meter.create_histogram("lms.event.age", unit="s", description="From occurred to acknowledged by Graph")
_dropped = _meter.create_counter("lms.values_dropped", description="Optional values that can't be used, by field")
_webhooks = _meter.create_counter("lms.webhooks", description="Requests from webhook senders, by status")
_untyped = _meter.create_counter("lms.untyped", description="Completions of objects without a type, by format")
_unexpected = _meter.create_counter("lms.unexpected", description="Unexpected exceptions, by type")
_depth = _meter.create_gauge("lms.queue.depth", description="Messages on a queue, hidden ones included")
_oldest = _meter.create_gauge("lms.queue.oldest_age", unit="s", description="Age of the oldest visible message")
_unreadable = _meter.create_gauge("lms.queue.unreadable", description="1 if a queue can't be read, otherwise 0")

_letters = _meter.create_gauge("lms.letters", description="Stored dead letters, by reason")
_letter_age = _meter.create_gauge("lms.letters.oldest_age", unit="s", description="Age of the oldest dead letter")
_wait = _meter.create_gauge("lms.records.oldest_wait", unit="s", description="How long the oldest record has waited")

# Libraries whose log lines below WARNING contain URLs, with addresses and ids in them.
_TALKATIVE = ("httpx", "httpcore", "h2", "hpack", "azure", "msal", "urllib3", "aiohttp", "kiota_http", "msgraph_core")


# What records wait for: a course that isn't in the catalogue yet, which may take days, or anything else.
WaitsFor = Literal["course", "other"]


class Event(StrEnum):
    """The names of log lines. Alerts and queries select by them."""

    EVENT_DONE = "event_done"
    RETRY_SCHEDULED = "retry_scheduled"
    DEAD_LETTER_WRITTEN = "dead_letter_written"
    CONFIGURATION_HOLD = "configuration_hold"
    QUEUE_DEPTH = "queue_depth"
    QUEUE_UNREADABLE = "queue_unreadable"
    UNEXPECTED = "unexpected"
    UNTYPED = "untyped"
    VALUE_DROPPED = "value_dropped"
    WEBHOOK_CLOSED = "webhook_closed"
    WEBHOOK_NOT_TAKEN = "webhook_not_taken"


class Fields(TypedDict, total=False):
    """Everything that a log line may contain."""

    action: str
    attempt: int
    depth: int
    detail: str
    event_type: str
    field: str
    format: str
    oldest_age: float
    queue: str
    reason: str
    record: str
    request_id: str | None
    seconds: float
    sender: str


def log(event: Event, fields: Fields, level: int = logging.INFO) -> None:
    """Write a log line."""
    _logger.log(level, event.value, extra=fields)


def set_levels() -> None:
    """Keep libraries from logging URLs and bodies, whatever the host's log level is.

    The app's own logger is set to INFO, because alerts count its lines.
    """
    _logger.setLevel(logging.INFO)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def received() -> None:
    """Count a message that was taken off the inbound queue. It shows that the LMS is sending."""
    _received.add(1)


def handled(outcome: Outcome, about: Fields) -> None:
    """Count and log the outcome of a message. `about` has its format, event_type, attempt and record."""
    match outcome:
        case Done(action):
            reason = action.value
            log(Event.EVENT_DONE, {**about, "action": reason})
        case Retry(after, why):
            reason = why.value
            _retries.add(1, {"reason": reason})
            log(Event.RETRY_SCHEDULED, {**about, "reason": reason, "seconds": after})
        case DeadLetter(why, detail, request_id):
            reason = why.value
            _dead_letters.add(1, {"reason": reason})
            line: Fields = {**about, "reason": reason, "detail": detail, "request_id": request_id}
            log(Event.DEAD_LETTER_WRITTEN, line, logging.WARNING)
    _events.add(
        1,
        {
            "format": about["format"],
            "type": about["event_type"],
            "outcome": type(outcome).__name__.lower(),
            "reason": reason,
        },
    )


def acknowledged(occurred_at: datetime) -> None:
    """Record how long it took from an event until Graph acknowledged what it led to."""
    _age.record(max(0.0, (datetime.now(UTC) - occurred_at).total_seconds()))


def requested(operation: str, status: int | str) -> None:
    """Count a request to Graph. It ended with this status, or with this error."""
    _requests.add(1, {"operation": operation, "status": str(status)})


def dropped(format_name: str, field: str) -> None:
    """Count and log an optional value that can't be used. The rest of the event counts. `field` is the value's name."""
    _dropped.add(1, {"format": format_name, "field": field})
    log(Event.VALUE_DROPPED, {"format": format_name, "field": field}, logging.WARNING)


def untyped(format_name: str, event_type: str) -> None:
    """Count and log a completion that was ignored because nothing says that its object is a course."""
    _untyped.add(1, {"format": format_name, "type": event_type})
    log(Event.UNTYPED, {"format": format_name, "event_type": event_type}, logging.WARNING)


def answered(sender: str, status: int) -> None:
    """Count a request that the webhook door answered. `sender` is a configured name, or "unknown"."""
    _webhooks.add(1, {"sender": sender, "status": str(int(status))})


def closed(sender: str, detail: str) -> None:
    """Log that a webhook sender's configuration is wrong, so its requests are refused."""
    log(Event.WEBHOOK_CLOSED, {"sender": sender, "detail": detail}, logging.ERROR)


def not_taken(error: Exception) -> None:
    """Log that a webhook couldn't be put on the queue. The sender is asked to try again."""
    log(Event.WEBHOOK_NOT_TAKEN, {"detail": place(error)}, logging.ERROR)


def drifted(name: str) -> None:
    """Count a value that a check found to differ from what Graph acknowledged."""
    _drift.add(1, {"value": name})


def held(reason: str, detail: str, record: str = "") -> None:
    """Count and log a fault that puts all events of a kind on hold. Somebody has to look at the configuration.

    Args:
        reason: what's on hold, such as a kind of request or a place in storage.
        detail: what went wrong.
        record: the row key of the record that met the fault, if there is one.
    """
    _holds.add(1, {"reason": reason})
    about: Fields = {"record": record} if record else {}
    log(Event.CONFIGURATION_HOLD, {"reason": reason, "detail": detail, **about}, logging.ERROR)


def place(error: BaseException) -> str:
    """Return where an exception was raised: its type, and this app's last line in the traceback. Its text may leak."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if "/activities/" in one.filename]
    line = frames[-1].filename.rpartition("/activities/")[2] + f":{frames[-1].lineno}" if frames else "an unknown line"
    return f"{type(error).__name__} at {line}"


def unexpected(error: Exception) -> str:
    """Count and log an unexpected exception in handling a message. Return where it was raised."""
    where = place(error)
    _unexpected.add(1, {"type": type(error).__name__})
    log(Event.UNEXPECTED, {"detail": where}, logging.ERROR)
    return where


def measured(queue: str, depth: int, oldest_age: float) -> None:
    """Record the depth of a queue that can be read."""
    _depth.set(depth, {"queue": queue})
    _oldest.set(oldest_age, {"queue": queue})
    _unreadable.set(0, {"queue": queue})
    log(Event.QUEUE_DEPTH, {"queue": queue, "depth": depth, "oldest_age": oldest_age})


def unreadable(queue: str, depth: int | None, detail: str) -> None:
    """Record that a queue, or the first message on it, can't be read. `depth` is None if that's unknown too."""
    if depth is not None:
        _depth.set(depth, {"queue": queue})
    _unreadable.set(1, {"queue": queue})
    log(Event.QUEUE_UNREADABLE, {"queue": queue, "detail": detail}, logging.ERROR)


def lying(reason: str, letters: int, oldest_age: float) -> None:
    """Record how many dead letters have this reason, and how many seconds ago the oldest was written."""
    _letters.set(letters, {"reason": reason})
    _letter_age.set(oldest_age, {"reason": reason})


def waiting(seconds: float, waits_for: WaitsFor) -> None:
    """Record how long the oldest record has been waiting for this. `seconds` is 0 if none is waiting."""
    _wait.set(seconds, {"waits_for": waits_for})
