"""What the host writes: its lifecycle on standard error, and one line per invocation."""

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
READY = "host: ready"  # the line that reports that all functions listen contains this text
HTTP = re.compile(r"host: HTTP functions: (\S+)$", re.MULTILINE)  # the line with their address
LISTENING = re.compile(r"host: (\S+) listens in process (\d+)$", re.MULTILINE)  # the line of one function


Outcome = Literal["ok", "error", "poison"]
# What every log record has. The rest of it are the fields that the app has given, its custom dimensions.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_PLAIN = (str, int, float, bool)


@dataclass(frozen=True, slots=True)
class LogLine:
    """What the app has logged during an invocation: the message, and the fields that came with it."""

    message: str
    fields: Mapping[str, Any]


_lines: ContextVar[list[LogLine] | None] = ContextVar("lines", default=None)


@contextmanager
def collected() -> Iterator[list[LogLine]]:
    """Collect the log lines with fields of what is invoked inside, as Application Insights does by invocation."""
    lines: list[LogLine] = []
    token = _lines.set(lines)
    try:
        yield lines
    finally:
        _lines.reset(token)


class _Collector(logging.Handler):
    """Adds log lines that have fields to those of the running invocation."""

    def emit(self, record: logging.LogRecord) -> None:
        lines = _lines.get()
        given = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        fields = {name: value for name, value in given.items() if isinstance(value, _PLAIN)}
        if lines is not None and fields:
            lines.append(LogLine(record.getMessage(), fields))


@dataclass(frozen=True, slots=True)
class Invocation:
    """One message, due timer or HTTP request, and what became of it; the fields are the keys of the JSON line.

    `ms` is None if the function was not invoked. The outcome `poison` means that the message went to the poison queue.
    `status` is that of the answer to an HTTP request. `logged` is what the app has logged with fields.
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
        """Read a line of JSON; None if it is something else, which the app has printed."""
        try:
            values = json.loads(line)
            return cls(**values | {"logged": tuple(LogLine(**one) for one in values.get("logged", ()))})
        except (ValueError, TypeError, AttributeError):
            return None


def configure() -> None:
    """Send the log lines of host and app, from level INFO, to standard error."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s: %(message)s", datefmt="%H:%M:%S"
    )
    logging.getLogger().addHandler(_Collector())
    logging.getLogger("azure").setLevel(logging.WARNING)  # otherwise a line per storage request and invocation


class InvocationLog:
    """Writes one line per invocation: JSON on standard output, or text on standard error."""

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
