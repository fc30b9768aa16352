"""The commands `validate`, `publish` and `backfill`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from activities.intake.formats import Formats, built_in_formats
from tools.operate.command import Output, Session, command
from tools.operate.publish import work
from tools.operate.publish.options import ExportOptions, FormatOptions, PublishOptions
from tools.operate.publish.show import Report
from tools.operate.publish.source import Source
from tools.operate.troubles import Exit, WrongUsage

app = typer.Typer()

_CSV = ".csv"
_NEEDS = (
    "Storage Queue Data Message Sender on the inbound queue, or with --plan, Storage Table Data Reader on the table "
    "activities"
)

Json = Annotated[
    list[str], typer.Argument(metavar="FILE...", help="JSON lines, one JSON document, or - for standard input.")
]
Csv = Annotated[str, typer.Argument(metavar="FILE.csv", help="CSV in UTF-8 with a header, or - for standard input.")]
Either = Annotated[
    str, typer.Argument(metavar="FILE", help="JSON lines, one JSON document, CSV, or - for standard input.")
]


@command(app)
async def validate(output: Output, file: Either, known: FormatOptions, columns: ExportOptions) -> int:
    """Say what the app would make of each message in a file. Sends nothing, and doesn't need Azure."""
    report = Report(output.json)
    is_export = columns != ExportOptions() or file.lower().endswith(_CSV)
    await work.validate(Source(file, columns.export() if is_export else None), known.load(), report)
    return _exit(report)


@command(app, needs=_NEEDS)
async def publish(session: Session, files: Json, how: PublishOptions, known: FormatOptions) -> int:
    """Put the messages in one or more files on the inbound queue, as they are."""
    for file in files:
        if file.lower().endswith(_CSV):
            raise WrongUsage(f"{file} has rows, not messages: use backfill")
    return await _run(session, [Source(file) for file in files], how, known.load(), checks=False)


@command(app, needs=_NEEDS)
async def backfill(session: Session, file: Csv, how: PublishOptions, columns: ExportOptions) -> int:
    """Publish the rows of an LMS's export as native events. Rows that the app would refuse are listed and not sent."""
    return await _run(session, [Source(file, columns.export())], how, built_in_formats(), checks=True)


async def _run(
    session: Session, sources: Sequence[Source], how: PublishOptions, formats: Formats, *, checks: bool
) -> int:
    report = Report(session.json)
    async with session.account() as account:
        queue = account.events
        publishing = work.Publishing(
            f"{account.name}/{queue.queue_name}", how.rate, how.restart, formats if checks else None
        )
        for source in sources:
            if how.plan:
                await work.plan(source, formats, report, account.activities)
            else:
                await work.publish(source, queue, publishing, report)
    return _exit(report)


def _exit(report: Report) -> int:
    return Exit.FINDINGS if report.found else Exit.GOOD
