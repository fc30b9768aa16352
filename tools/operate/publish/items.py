"""Reads the messages to publish, one at a time, from JSON lines or from one JSON document."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from xml.sax.saxutils import escape

from activities.intake.json_body import MalformedError, dumps, loads

# Sizes in bytes: the longest queue message, and the longest request that sends one. XML escapes some characters.
LARGEST = 64 * 1024
_LARGEST_REQUEST = 2 * LARGEST - 1024
# Characters that neither JSON nor a plain text queue message can have.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Item:
    """A message to publish.

    Attributes:
        place: where it was: its line, or `line.n` for the nth element of an array in that line.
        text: its text on the queue.
        fault: why it can't be published at all, or None if it can.
    """

    place: str
    text: str
    fault: str | None = None


def in_ascii(text: str) -> str:
    """Return an event as text that any queue message can hold, with the same meaning and the same properties.

    In JSON, characters other than ASCII are only in strings, where each can be escaped. A text with control characters
    isn't JSON, and is sent as base64.
    """
    if _CONTROL.search(text):
        return base64.b64encode(text.encode()).decode()
    return text if text.isascii() else _NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)


def items_in(lines: Iterable[bytes], *, by_line: bool = False) -> Iterator[Item]:
    """Yield the messages in JSON lines, or in one JSON document that spans several lines. Empty lines are skipped.

    An array is split, as the app does. Text that isn't JSON is a message too, and the app says what's wrong with it.

    Args:
        lines: the lines of a file.
        by_line: each line is a message, even if the first one looks like the beginning of a document.
    """
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    first = next(numbered, None)
    if first is None:
        return
    if not by_line and _begins_document(first[1]):
        yield from _taken_apart(b"".join(line for _, line in chain([first], numbered)), "1", "")
        return
    for number, line in chain([first], numbered):
        yield from _taken_apart(line, str(number), f"{number}.")


def _begins_document(line: bytes) -> bool:
    """Whether a line can be the first line of a longer document."""
    if line.lstrip(b"\xef\xbb\xbf \t")[:1] not in (b"{", b"["):
        return False
    try:
        loads(line)
    except MalformedError:
        return True
    return False


def _taken_apart(data: bytes, place: str, before: str) -> Iterator[Item]:
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        yield as_item(place, base64.b64encode(data).decode())
        return
    try:
        value = loads(text) if text.startswith("[") else None
    except MalformedError:
        value = None
    if not isinstance(value, list):
        yield as_item(place, in_ascii(text))
        return
    for number, element in enumerate(value, 1):
        yield as_item(f"{before}{number}", in_ascii(dumps(element)))


def as_item(place: str, text: str) -> Item:
    """Return the message with this ASCII text. It has a fault if it's too large for the queue."""
    if len(text) > LARGEST or len(escape(text)) > _LARGEST_REQUEST:
        return Item(place, text, f"{len(text):,} bytes are too many for a queue message")
    return Item(place, text)
