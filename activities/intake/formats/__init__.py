"""LMS formats: what each LMS sends, declared in one file per format.

A file `<name>.toml` in this folder, or in the folder that the setting `LMS_FORMATS_DIR` names, is a format. A file in
that folder replaces the built-in one of the same name. `docs/formats.md` describes the keys.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from activities.intake.formats.declaration import read_declaration
from activities.intake.formats.errors import FormatError
from activities.intake.formats.format import Format
from activities.intake.formats.sources import Sources, read_sources

__all__ = ["Format", "FormatError", "Formats", "built_in_formats", "load_format", "load_formats"]

_BUILT_IN = Path(__file__).parent
_APP = _BUILT_IN.parents[2]


@dataclass(frozen=True, slots=True)
class Formats:
    """The known formats, a customer's own first, and the settings of each source."""

    formats: tuple[Format, ...]
    sources: Sources

    def recognise(self, document: dict[str, object]) -> Format | None:
        """The format of an event, or None if no format recognises it."""
        return next((known for known in self.formats if known.declaration.recognise.matches(document)), None)


def load_formats(folder: Path | None = None, sources: str | None = None) -> Formats:
    """Load the built-in formats, those in `folder`, and the text of the setting `LMS_SOURCES`.

    A relative `folder` starts at the root of the app, not at the process's working directory.

    Raises:
        FormatError: a file or the setting is wrong. The message names the file, the key and the problem.
    """
    own = dict(_read_folder(_APP / folder)) if folder is not None else {}
    built_in = {name: known for name, known in _read_folder(_BUILT_IN) if name not in own}
    formats = own | built_in
    declarations = {name: known.declaration for name, known in formats.items()}
    return Formats(tuple(formats.values()), read_sources(sources, declarations))


@cache
def built_in_formats() -> Formats:
    """The formats that come with the app, with default settings."""
    return load_formats()


def load_format(file: Path) -> Format:
    """Load one format file.

    Raises:
        FormatError: the file cannot be read, is not TOML, or has a wrong key.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FormatError(file.name, "", f"cannot be read: {error}") from error
    try:
        return Format.from_declaration(file.stem, read_declaration(content))
    except ValidationError as error:
        raise FormatError.from_validation(file.name, error) from error


def _read_folder(folder: Path) -> Iterator[tuple[str, Format]]:
    if not folder.is_dir():
        raise FormatError("LMS_FORMATS_DIR", "", f"no such folder: {folder}")
    for file in sorted(folder.glob("*.toml")):
        yield file.stem, load_format(file)
