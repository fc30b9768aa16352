"""LMS formats: what each LMS sends, declared in one file per format.

A file `<name>.toml` in this folder, or in the folder of the setting `LMS_FORMATS_DIR`, is a format; one of the same
name there replaces the one here. `docs/formats.md` describes the keys.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from activities.intake.formats.declaration import declaration
from activities.intake.formats.errors import FormatError
from activities.intake.formats.format import Format
from activities.intake.formats.sources import Sources, read_sources

__all__ = ["Format", "FormatError", "Formats", "built_in", "load_format", "load_formats"]

_HERE = Path(__file__).parent
_APP = _HERE.parents[2]


@dataclass(frozen=True, slots=True)
class Formats:
    """The formats that are known, a customer's own first, and what is set for each source."""

    formats: tuple[Format, ...]
    sources: Sources

    def recognise(self, document: dict[str, object]) -> Format | None:
        """The format of an event, if it is known."""
        return next((one for one in self.formats if one.head.recognise.holds(document)), None)


def load_formats(folder: Path | None = None, sources: str | None = None) -> Formats:
    """Load the built-in formats, those in `folder`, and the text of the setting `LMS_SOURCES`.

    A relative folder is one of the app, wherever the process was started.

    Raises:
        FormatError: a file or the setting is wrong; the message names the file, the key and what is wrong.
    """
    own = dict(_read(_APP / folder)) if folder is not None else {}
    shipped = {name: one for name, one in _read(_HERE) if name not in own}
    known = own | shipped
    ways = {name: {way for rule in one.head.events for way in rule.learner} for name, one in known.items()}
    return Formats(tuple(known.values()), read_sources(sources, ways))


@cache
def built_in() -> Formats:
    """The formats that come with the app, with default settings."""
    return load_formats()


def _read(folder: Path) -> Iterator[tuple[str, Format]]:
    if not folder.is_dir():
        raise FormatError("LMS_FORMATS_DIR", "", f"no such folder: {folder}")
    for file in sorted(folder.glob("*.toml")):
        yield file.stem, load_format(file)


def load_format(file: Path) -> Format:
    """Load one format file.

    Raises:
        FormatError: it cannot be read, is not TOML, or a key in it is wrong.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FormatError(file.name, "", f"cannot be read: {error}") from error
    try:
        return Format.of(file.stem, declaration(content))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise FormatError(file.name, key, first["msg"].removeprefix("Value error, ")) from error
