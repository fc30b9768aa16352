"""Options that `validate`, `publish` and `backfill` share."""

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
_FORMATS = "What the app knows (otherwise: the built-in formats)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What the columns of an export mean."""

    mapping: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml", help="Which column is what. See docs/publishing.md.", rich_help_panel=_EXPORT
        ),
    ] = None
    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When the export was made, with an offset.", rich_help_panel=_EXPORT),
    ] = None

    def export(self) -> Export:
        """Read the mapping.

        Raises:
            WrongUsage: it cannot be used, or the time is none.
        """
        return Export(read_mapping(self.mapping), None if self.as_of is None else _instant(self.as_of))


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatOptions:
    """The formats that the app has, and what is special about each LMS."""

    formats: Annotated[
        Path | None,
        typer.Option(envvar="LMS_FORMATS_DIR", metavar="FOLDER", help="Formats of your own.", rich_help_panel=_FORMATS),
    ] = None
    sources: Annotated[
        str | None,
        typer.Option(
            envvar="LMS_SOURCES", metavar="JSON", help="What is special about each LMS.", rich_help_panel=_FORMATS
        ),
    ] = None

    def load(self) -> Formats:
        """Load the formats.

        Raises:
            WrongUsage: the folder, a file in it or the sources are wrong.
        """
        folder = None if self.formats is None else self.formats.resolve()
        try:
            # Only the app knows which sender has which format. A file may have events of any.
            return load_formats(folder, self.sources, None)
        except FormatError as error:
            raise WrongUsage(str(error)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOptions:
    """How to publish."""

    plan: Annotated[bool, typer.Option("--plan", help="Send nothing; say what would change.")] = False
    rate: Annotated[float | None, typer.Option(min=0.01, metavar="N", help="Send at most so many in a second.")] = None
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew after an interruption.")] = False


def _instant(text: str) -> datetime:
    try:
        time = read_time(text)
    except ValueError as error:
        raise WrongUsage(f"--as-of: {error}") from None
    if time.tzinfo is None:
        raise WrongUsage("--as-of: a time without an offset such as Z or +01:00")
    return time
