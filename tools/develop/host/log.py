"""What the host writes: its lifecycle on standard error, and a line for each invocation."""

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from typing import Any, Literal

logger = logging.getLogger("host")
READY = "host: ready"  # is in the line that's written once all functions listen
HTTP = re.compile(r"host: HTTP functions: (\S+)$", re.MULTILINE)  # the line with their address
LISTENING = re.compile(r"host: (\S+) listens in process (\d+)$", re.MULTILINE)  # a function's line


Outcome = Literal["ok", "error", "poison"]
# The attributes that every log record has. Any others are fields from the app: its custom dimensions.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_PLAIN = (str, int, float, bool)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that the app logged during an invocation: the message and its fields."""

    message: str
    fields: Mapping[str, Any]


_lines: ContextVar[list[LogLine] | None] = ContextVar("lines", default=None)


@contextmanager
def collected() -> Iterator[list[LogLine]]:
    """Collect log lines that have fields while this is entered, as Application Insights does for each invocation."""
    lines: list[LogLine] = []
    token = _lines.set(lines)
    try:
        yield lines
    finally:
        _lines.reset(token)


class _Collector(logging.Handler):
    """Adds log lines that have fields to the running invocation."""

    def emit(self, record: logging.LogRecord) -> None:
        lines = _lines.get()
        given = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        fields = {name: value for name, value in given.items() if isinstance(value, _PLAIN)}
        if lines is not None and fields:
            lines.append(LogLine(record.getMessage(), fields))


@dataclass(frozen=True, slots=True)
class Invocation:
    """One message, due timer or HTTP request, and what became of it. The attributes are the keys of the JSON line.

    `ms` is None if the function wasn't invoked. The outcome `poison` means that the message went to the poison queue.
    `status` is the status of an HTTP response. `logged` holds the app's log lines that have fields.
    """

    function: str
    outcome: Outcome
    ms: float | None
    queue: str | None = None
    messageId: str | None = None  # noqa: N815 - as in the JSON
    dequeueCount: int | None = None  # noqa: N815 - the same
    status: int | None = None
    logged: tuple[LogLine, ...] = ()

    @classmethod
    def read(cls, line: bytes) -> "Invocation | None":
        """Read a line of JSON. Return None if it's something else that the app has printed."""
        try:
            values = json.loads(line)
            return cls(**values | {"logged": tuple(LogLine(**one) for one in values.get("logged", ()))})
        except (ValueError, TypeError, AttributeError):
            return None


def configure() -> None:
    """Send log lines of the host and the app, from level INFO up, to standard error."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s: %(message)s", datefmt="%H:%M:%S"
    )
    logging.getLogger().addHandler(_Collector())
    logging.getLogger("azure").setLevel(logging.WARNING)  # INFO would log every storage request and invocation


class InvocationLog:
    """Writes a line for each invocation: JSON on standard output, or text on standard error."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def __call__(self, invocation: Invocation) -> None:
        """Write the line."""
        if self._as_json:
            sys.stdout.write(json.dumps(asdict(invocation)) + "\n")
            sys.stdout.flush()
            return
        duration = "not invoked" if invocation.ms is None else f"{invocation.ms:.0f} ms"
        logger.info("%s: %s (%s)", invocation.function, invocation.outcome, duration)
