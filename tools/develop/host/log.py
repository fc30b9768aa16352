"""What the host writes: its lifecycle on standard error, and one line per invocation."""

import json
import logging
import re
import sys
from dataclasses import asdict, dataclass
from typing import Literal

logger = logging.getLogger("host")
READY = "host: ready"  # the line that reports that all functions listen contains this text
HTTP = re.compile(r"host: HTTP functions: (\S+)$", re.MULTILINE)  # the line with their address
LISTENING = re.compile(r"host: (\S+) listens in process (\d+)$", re.MULTILINE)  # the line of one function


@dataclass(frozen=True, slots=True)
class Invocation:
    """One message, due timer or HTTP request, and what became of it; the fields are the keys of the JSON line.

    `ms` is None if the function was not invoked. The outcome `poison` means that the message went to the poison queue.
    """

    function: str
    outcome: Literal["ok", "error", "poison"]
    ms: float | None
    queue: str | None = None
    messageId: str | None = None  # noqa: N815 - as in the JSON
    dequeueCount: int | None = None  # noqa: N815 - the same


def configure() -> None:
    """Send the log lines of host and app, from level INFO, to standard error."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s: %(message)s", datefmt="%H:%M:%S"
    )
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
