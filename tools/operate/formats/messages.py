"""Reads captured messages from files, folders and standard input: one message per file, or one per line."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from activities.intake.json_body import MalformedError, decode

STANDARD_INPUT = "-"
_LINES = frozenset({".jsonl", ".ndjson"})


@dataclass(frozen=True, slots=True)
class Message:
    """A captured message. `name` says where it was: the file, or `file#n` for line `n` of the file."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that can't be read."""

    name: str
    reason: str


def captured(places: Iterable[str], besides: Iterable[Path] = ()) -> Iterator[Message | Unreadable]:
    """Yield the messages in all places, in order.

    Args:
        places: files, folders (all their files that aren't hidden), or `-` for standard input.
        besides: files in these folders that aren't messages, such as a format file. They're skipped.
    """
    left_out = {file.resolve() for file in besides}
    for place in places:
        if place == STANDARD_INPUT:
            yield from _messages("stdin", sys.stdin.buffer.read(), by_line=False)
            continue
        path = Path(place)
        for file, name in _files(path, left_out) if path.is_dir() else [(path, path.name)]:
            try:
                content = file.read_bytes()
            except OSError as error:
                yield Unreadable(str(file), error.strerror or "can't be read")
                continue
            yield from _messages(name, content, by_line=file.suffix.lower() in _LINES)


def _files(folder: Path, left_out: set[Path]) -> Iterator[tuple[Path, str]]:
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        if not hidden and file.is_file() and file.resolve() not in left_out:
            yield file, str(inside)


def _messages(name: str, content: bytes, *, by_line: bool) -> Iterator[Message]:
    lines = [(number, line) for number, line in enumerate(content.split(b"\n"), 1) if line.strip()]
    if by_line or (len(lines) > 1 and not _is_message(content) and _are_messages([line for _, line in lines])):
        for number, line in lines:
            yield Message(f"{name}#{number}", line)
    else:
        yield Message(name, content)


def _are_messages(lines: list[bytes]) -> bool:
    """Whether most lines are messages. If one is cut off, the file still counts as one message per line."""
    return sum(map(_is_message, lines)) * 2 > len(lines)


def _is_message(content: bytes) -> bool:
    try:
        return isinstance(decode(content), dict | list)
    except (MalformedError, RecursionError):
        return False
