"""The options that `validate`, `publish` and `backfill` share."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from activities.domain.instants import read_time
from activities.intake.formats import FormatError, Formats, load_formats
from tools.operate.publish.export import Export
from tools.operate.publish.mapping import read_mapping
from tools.operate.troubles import WrongUsage

_EXPORT = "Columns of an export"
_FORMATS = "Formats (default: only the built-in ones)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """Options that say what the columns of an export mean."""

    mapping: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml", help="Says what each column means. See docs/publishing.md.", rich_help_panel=_EXPORT
        ),
    ] = None
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="When the export was made, with an offset such as Z or +01:00.",
            rich_help_panel=_EXPORT,
        ),
    ] = None

    def export(self) -> Export:
        """Read the mapping.

        Raises:
            WrongUsage: it can't be used, or the time isn't valid.
        """
        return Export(read_mapping(self.mapping), None if self.as_of is None else _instant(self.as_of))


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatOptions:
    """Options that say which formats the app has, and what's special about each LMS."""

    formats: Annotated[
        Path | None,
        typer.Option(
            envvar="LMS_FORMATS_DIR",
            metavar="FOLDER",
            help="A folder with formats of your own.",
            rich_help_panel=_FORMATS,
        ),
    ] = None
    sources: Annotated[
        str | None,
        typer.Option(
            envvar="LMS_SOURCES", metavar="JSON", help="What's special about each LMS.", rich_help_panel=_FORMATS
        ),
    ] = None

    def load(self) -> Formats:
        """Load the formats.

        Raises:
            WrongUsage: the folder, a file in it, or the sources are wrong.
        """
        folder = None if self.formats is None else self.formats.resolve()
        try:
            # Only the app knows which webhook sender has which format. A file may have events of any format.
            return load_formats(folder, self.sources, None)
        except FormatError as error:
            raise WrongUsage(str(error)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOptions:
    """Options that say how to publish."""

    plan: Annotated[bool, typer.Option("--plan", help="Only say what would change. Sends nothing.")] = False
    rate: Annotated[
        float | None, typer.Option(min=0.01, metavar="N", help="Send at most this many messages per second.")
    ] = None
    restart: Annotated[bool, typer.Option("--restart", help="Start over, even if an earlier run was interrupted.")] = (
        False
    )


def _instant(text: str) -> datetime:
    try:
        time = read_time(text)
    except ValueError as error:
        raise WrongUsage(f"--as-of: {error}") from None
    if time.tzinfo is None:
        raise WrongUsage("--as-of: the time has no offset, such as Z or +01:00")
    return time
