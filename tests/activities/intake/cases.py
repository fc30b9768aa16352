"""The cases in `tests/events`: one file each, in a folder per format, with an event and its expected result."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from activities.intake.formats import Formats, load_formats
from activities.intake.parse import Batch, Ignored, ParseResult, Refused, Understood, parse
from tests import EVENTS

# The stories have several messages each.
CASES = sorted(case for case in EVENTS.glob("*/*.json") if case.parent.name != "stories")

ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "python": lambda body: str(body).encode(),
}


@cache
def formats_with(sources: str | None = None) -> Formats:
    """Return the built-in formats, loaded once for each setting."""
    return load_formats(sources=sources)


def formats_of(content: dict[str, Any]) -> Formats:
    """Return the formats with a case's settings."""
    return formats_with(json.dumps(content["sources"]) if "sources" in content else None)


def read(case: Path) -> dict[str, Any]:
    """Return the content of a case file."""
    content: dict[str, Any] = json.loads(case.read_text(encoding="utf-8"))
    return content


def parse_case(content: dict[str, Any]) -> ParseResult:
    """Parse a case's event with the case's settings."""
    received = datetime.fromisoformat(content["received"]) if "received" in content else None
    body = json.dumps(content["event"]).encode()
    for encoding in content.get("encode", ()):
        body = ENCODINGS[encoding](body)
    return parse(body, formats_of(content), received)


def as_written(result: ParseResult) -> dict[str, Any]:
    """Return a result as case files write it."""
    match result:
        case Understood(event, dropped=dropped):
            written = event.model_dump(mode="json", by_alias=True, exclude_none=True)
            return written | ({"dropped": list(dropped)} if dropped else {})
        case Ignored(_, event_type):
            return {"ignored": event_type}
        case Refused(reason, detail):
            return {"refused": reason.value, "detail": detail}
        case Batch(items):
            return {"batch": [json.loads(item) for item in items]}


def name_of(case: Path) -> str:
    """Return a case's name in the list of tests."""
    return f"{case.parent.name}/{case.stem}"
