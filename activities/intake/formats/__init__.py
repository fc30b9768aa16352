"""LMS formats. Each format is a file that describes what an LMS sends.

Each file `<name>.toml` in this folder is a format, and so is each one in the folder named by the setting
`LMS_FORMATS_DIR`. A file in that folder replaces the built-in one of the same name. `docs/formats.md` describes the
keys.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from activities.intake.format_files import format_files
from activities.intake.formats.declaration import read_declaration
from activities.intake.formats.errors import FormatError
from activities.intake.formats.format import Format
from activities.intake.formats.sources import Sources, read_sources
from activities.intake.result import NATIVE

__all__ = ["Format", "FormatError", "Formats", "built_in_formats", "load_format", "load_formats"]

# `LMS_SOURCES` uses these names in `format:installation`, and metrics show them.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_FOLDER = Path(__file__).parent
_NOBODY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Formats:
    """The known formats, the customer's own first, and the settings of each source.

    `native` says whether native events are accepted too.
    """

    formats: tuple[Format, ...]
    sources: Sources
    native: bool = True

    def recognise(self, document: dict[str, object]) -> Format | None:
        """Return the format of an event, or None if no format recognises it."""
        return next((known for known in self.formats if known.declaration.recognise.matches(document)), None)

    def of_sender(self, sender: str | None) -> "Formats":
        """Return only the format that this webhook sender may use, or all formats if the sender is no longer known.

        Events of a former sender still count, because they were accepted while it was known.
        """
        name = self.sources.senders.get(sender or "")
        if name not in {NATIVE, *(one.name for one in self.formats)}:
            return self
        return replace(self, formats=tuple(one for one in self.formats if one.name == name), native=name == NATIVE)


def load_formats(
    folder: Path | None = None, sources: str | None = None, senders: Mapping[str, str] | None = _NOBODY
) -> Formats:
    """Load the built-in formats, those in `folder`, and the text of the setting `LMS_SOURCES`.

    A relative `folder` starts at the app's root, not at the process's working directory. `senders` are the webhook
    senders and their formats, or None if they aren't known.

    Raises:
        FormatError: a file or the setting is wrong. The message names the file, the key and the problem.
    """
    try:
        files = format_files(folder)
    except FileNotFoundError as error:
        raise FormatError("LMS_FORMATS_DIR", "", str(error)) from error
    formats = {name: (_built_in if file.parent == _FOLDER else load_format)(file) for name, file in files.items()}
    declarations = {name: known.declaration for name, known in formats.items()}
    return Formats(tuple(formats.values()), read_sources(sources, declarations, senders))


@cache
def built_in_formats() -> Formats:
    """Return the formats that come with the app, with default settings."""
    return load_formats()


@cache
def _built_in(file: Path) -> Format:
    """A format that comes with the app. Its file doesn't change while the app runs."""
    return load_format(file)


def load_format(file: Path) -> Format:
    """Load one format file.

    Raises:
        FormatError: the file can't be read, isn't TOML, has a wrong key, or has a name that a format can't have.
    """
    if file.stem == NATIVE:
        raise FormatError(file.name, "", f"{NATIVE} is the name of the app's own events; call the file something else")
    if not _NAME.fullmatch(file.stem):
        raise FormatError(file.name, "", "the name may only have letters from a to z, digits, - and _ before .toml")
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FormatError(file.name, "", f"cannot be read: {error}") from error
    try:
        return Format.from_declaration(file.stem, read_declaration(content))
    except ValidationError as error:
        raise FormatError.from_validation(file.name, error) from error
