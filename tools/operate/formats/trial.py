"""Reads captured messages as the app would, and keeps what's needed to explain the result of each event."""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import activities.intake.formats
from activities.intake.event_bus import Context, UnsupportedError
from activities.intake.formats import Format, FormatError, Formats, load_formats
from activities.intake.json_body import MalformedError, decode
from activities.intake.parse import Batch, Ignored, Refused, Understood, parse
from activities.intake.unpack import One, Several, TooManyError, take_apart, unpack
from tools.operate.formats.messages import Message

type Outcome = Understood | Ignored | Refused

_BUILT_IN = Path(activities.intake.formats.__file__).parent
_RULE = re.compile(r"\s*\[\[\s*events\s*\]\]")


@dataclass(frozen=True, slots=True)
class Trial:
    """An event of a captured message, what it becomes, and the unwrapped event if it can be unwrapped."""

    name: str
    outcome: Outcome
    one: One | None

    @property
    def event_type(self) -> str:
        """The type in the LMS's own words, or empty if it has none."""
        if self.one is None:
            return ""
        document, known = self.one.document, self.one.format
        found = document.get("eventType") if known is None else known.declaration.type(document)
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class Known:
    """The formats of a trial, and for each format's name, the lines of its file at which rules begin."""

    formats: Formats
    lines: Mapping[str, Sequence[int]]

    def line(self, form: Format, rule: int) -> int | None:
        """Return the line at which a rule (counted from zero) begins in its file, or None if that isn't known."""
        lines = self.lines[form.name]
        return lines[rule] if len(lines) == len(form.declaration.events) else None


def known_formats(files: Sequence[Path], sources: str | None) -> Known:
    """Load the formats that come with the app, and those in `files`.

    Raises:
        FormatError: a file or the sources are invalid.
    """
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            if (Path(folder) / file.name).exists():
                raise FormatError(str(file), "", f"another --format is also called {file.name}")
            if file.suffix != ".toml":
                raise FormatError(str(file), "", "the name of a format file has to end in .toml")
            try:
                shutil.copy(file, folder)
            except OSError as error:
                raise FormatError(str(file), "", error.strerror or "can't be read") from error
        formats = load_formats(Path(folder), sources)
        own = {file.stem for file in files}
        places = {one.name: Path(folder) if one.name in own else _BUILT_IN for one in formats.formats}
        return Known(formats, {name: _rules_in(place / f"{name}.toml") for name, place in places.items()})


def trials(message: Message, formats: Formats, now: datetime) -> Iterator[Trial]:
    """Yield what becomes of each event in a message if it's put on the queue now. Batch items are counted from 1."""
    result = parse(message.body, formats, now, now)
    if isinstance(result, Batch):
        separator = "." if "#" in message.name else "#"
        for number, item in enumerate(result.items, 1):
            yield from trials(Message(f"{message.name}{separator}{number}", item.encode()), formats, now)
    else:
        yield Trial(message.name, result, _unwrapped(message.body, formats))


def _rules_in(file: Path) -> list[int]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if _RULE.match(line)]


def _unwrapped(body: bytes, formats: Formats) -> One | None:
    """Return the event in a message without its wrapping, or None if it can't be unwrapped."""
    context = Context()
    try:
        unpacked = unpack(decode(body), context, formats)
        while isinstance(unpacked, Several):
            parts = take_apart(unpacked, formats)
            if not parts.texts:
                return None
            unpacked = unpack(parts.last, context, formats)
    except (MalformedError, UnsupportedError, TooManyError, RecursionError):
        return None
    return unpacked
