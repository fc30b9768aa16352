"""Options that `validate`, `publish` and `backfill` share."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from activities.domain.instants import read_time
from activities.intake.formats import FormatError, Formats, load_formats
from tools.operate.publish.export import Export
from tools.operate.publish.mapping import WrongMapping, read_mapping

File = Annotated[str, typer.Argument(metavar="FILE", help="JSON lines, or one JSON document; - reads standard input")]
Rows = Annotated[str, typer.Argument(metavar="FILE.csv", help="CSV in UTF-8, with a header; - reads standard input")]
Mapping = Annotated[
    Path | None,
    typer.Option(metavar="FILE.toml", help="what the columns mean; not needed if they are named like properties"),
]
AsOf = Annotated[str | None, typer.Option(metavar="TIME", help="when the export was made, with an offset")]
FormatsFolder = Annotated[
    Path | None, typer.Option("--formats", envvar="LMS_FORMATS_DIR", metavar="FOLDER", help="formats of your own")
]
SourcesText = Annotated[
    str | None, typer.Option("--sources", envvar="LMS_SOURCES", metavar="JSON", help="what is special about each LMS")
]
Rate = Annotated[float | None, typer.Option(min=0.01, metavar="N", help="send at most so many in a second")]
Plan = Annotated[bool, typer.Option("--plan", help="send nothing; say what would change, by what the ledger has now")]
Restart = Annotated[bool, typer.Option("--restart", help="do not go on where a run before was interrupted")]


def formats_of(folder: Path | None, sources: str | None) -> Formats:
    """Load the formats that the app has.

    Raises:
        typer.BadParameter: the folder, a file in it or the sources are wrong.
    """
    try:
        # Which sender has which format is known to the app only. What came by webhook was checked at its door.
        return load_formats(None if folder is None else folder.resolve(), sources, None)
    except FormatError as error:
        raise typer.BadParameter(str(error)) from None


def export_of(mapping: Path | None, as_of: str | None) -> Export:
    """Read a mapping, and the time of an export.

    Raises:
        typer.BadParameter: one of them cannot be used.
    """
    try:
        return Export(read_mapping(mapping), None if as_of is None else _instant(as_of))
    except (WrongMapping, OSError) as error:
        raise typer.BadParameter(str(error), param_hint="--mapping") from None


def _instant(text: str) -> datetime:
    try:
        time = read_time(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--as-of") from None
    if time.tzinfo is None:
        raise typer.BadParameter("has no offset, such as Z or +01:00", param_hint="--as-of")
    return time
