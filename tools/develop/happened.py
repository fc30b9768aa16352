"""The lines that `make start` prints for a message: what became of it, according to the app's log."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from activities.telemetry import Event
from tools.develop.host.log import Invocation, LogLine
from tools.operate import screen

# This many characters of a row key are enough for `lms-sync activity`.
_SHORT = 12
_WHAT = 12
_INDENT = len("hh:mm:ss  ") + _WHAT + 2 + _SHORT + 2
_HEARTBEAT = "heartbeat"
_REFUSED = 400
_READ_IN_MINUTES = 120
HEADING = f"{'time':<8}  {'outcome':<{_WHAT}}  {'record':<{_SHORT}}  why"

_ABOUT = "{event_type} ({format}){tries}"
# For each of the app's log lines: the outcome as it's called here, the explanation, and the colour.
_TOLD: Mapping[str, tuple[str, str, str]] = {
    Event.EVENT_DONE: ("{action}", _ABOUT, "green"),
    Event.RETRY_SCHEDULED: ("retry", f"{{reason}}: again in {{after}}; {_ABOUT}", "yellow"),
    Event.DEAD_LETTER_WRITTEN: ("dead letter", "{reason}: {detail}", "red"),
    Event.CONFIGURATION_HOLD: ("hold", "{reason}: {detail}", "red"),
    Event.VALUE_DROPPED: ("left out", "{field} of an event ({format})", "yellow"),
    Event.UNTYPED: ("ignored", "{event_type} of an object without a type ({format})", "yellow"),
    Event.UNEXPECTED: ("unexpected", "{detail}", "red"),
    Event.QUEUE_UNREADABLE: ("unreadable", "{queue}: {detail}", "red"),
    Event.WEBHOOK_CLOSED: ("closed", "sender {sender}: {detail}", "red"),
    Event.WEBHOOK_NOT_TAKEN: ("not accepted", "{detail}", "red"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened, to which record, why, and in which colour to print it."""

    what: str
    record: str = ""
    said: str = ""
    style: str | None = None

    def show(self) -> None:
        """Print the line, folded to the terminal's width."""
        now = f"{datetime.now().astimezone():%H:%M:%S}"
        text = f"{now}  {self.what:<{_WHAT}}  {self.record[:_SHORT] or '-':<{_SHORT}}  {self.said}"
        screen.folded(text.rstrip(), indent=_INDENT, style=self.style)


def happenings(invocation: Invocation) -> Iterator[Happening]:
    """Tell what happened in an invocation. A heartbeat is only mentioned if something is wrong."""
    told = [happening for line in invocation.logged if (happening := _of(line)) is not None]
    yield from told
    if invocation.status is not None:
        style = "red" if invocation.status >= _REFUSED else None
        yield Happening(f"HTTP {invocation.status}", said=invocation.function, style=style)
    elif invocation.outcome != "ok":
        delivery = f", delivery {invocation.dequeueCount}" if invocation.dequeueCount else ""
        yield Happening(invocation.outcome, said=f"{invocation.function}{delivery}", style="red")
    elif not told and invocation.function != _HEARTBEAT:
        # Core Tools pass on the app's log messages, but not their fields.
        yield Happening(invocation.outcome, said=invocation.function)


def _of(line: LogLine) -> Happening | None:
    if line.message not in _TOLD:
        return None
    what, said, style = _TOLD[line.message]
    attempt, seconds = int(line.fields.get("attempt", 1)), float(line.fields.get("seconds", 0))
    fields = {**line.fields, "tries": f", try {attempt}" if attempt > 1 else "", "after": _duration(seconds)}
    return Happening(what.format_map(fields), str(fields.get("record", "")), said.format_map(fields), style)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _READ_IN_MINUTES else f"{seconds / 60:.0f} min"
