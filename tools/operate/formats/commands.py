"""The command `formats try`: shows what the formats make of captured messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from activities.intake.formats import FormatError
from tools.operate import screen
from tools.operate.command import Output, command
from tools.operate.formats import show
from tools.operate.formats.enrolments import enrolments_of
from tools.operate.formats.messages import STANDARD_INPUT, Unreadable, captured
from tools.operate.formats.rows import Row, row_of
from tools.operate.formats.scripts import as_object
from tools.operate.formats.trial import Known, known_formats, trials
from tools.operate.formats.values import Value, values_of
from tools.operate.troubles import Exit, Trouble, WrongUsage

app = typer.Typer(help="Try formats on captured messages.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Make this a group although it has only one command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Output):
    """Options that say what to show of each event."""

    explain: Annotated[bool, typer.Option("--explain", help="Show the rule, and where each value comes from.")] = False
    requests: Annotated[bool, typer.Option("--requests", help="Show each native event and its request to Graph.")] = (
        False
    )


@command(app, "try")
async def try_(
    shown: Shown,
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH", help="Captured messages: a file, a folder, or - for standard input.")
    ],
    formats: Annotated[
        list[Path] | None,
        typer.Option(
            "--format",
            metavar="FILE.toml",
            help="A format of your own. It replaces the built-in format of the same name, if there is one. Repeatable.",
        ),
    ] = None,
    sources: Annotated[
        str | None, typer.Option(envvar="LMS_SOURCES", metavar="JSON", help="The value of the setting LMS_SOURCES.")
    ] = None,
) -> int:
    """Show what each event in captured messages becomes, and why. Sends nothing, and doesn't need Azure.

    PATH is a file, a folder (all its files that aren't hidden), or - for standard input. A file holds one message, or
    one per line, as JSON or base64. In the output, `file#3` is the message in line 3 of a file, or the third event of
    a batch.

    All events of one enrolment must lead to the same enrolment id. A warning means that an event lacks something that
    nearly every event needs, or that the app makes it up. The exit code is 0 if an event was understood, there's
    no warning, and every file could be read. Otherwise it's 1. The output shows what's in the messages, personal data
    included.
    """
    _check(paths)
    try:
        known = known_formats(formats or [], sources)
    except FormatError as error:
        raise Trouble(str(error)) from error
    now = datetime.now(UTC)
    rows: list[Row] = []
    messages, unreadable = 0, False
    for message in captured(paths, besides=formats or []):
        if isinstance(message, Unreadable):
            screen.error(f"{message.name}: {message.reason}")
            unreadable = True
            continue
        messages += 1
        rows += (row_of(trial, known) for trial in trials(message, known.formats, now))
    if shown.json:
        _print_json(rows, known, shown)
    else:
        _print(rows, messages, known, shown)
    understood = any(row.became not in {"ignored", "dead letter"} for row in rows)
    doubtful = unreadable or any(row.warnings for row in rows)
    return Exit.GOOD if understood and not doubtful else Exit.FINDINGS


def _check(paths: Sequence[str]) -> None:
    if paths.count(STANDARD_INPUT) > 1:
        raise WrongUsage("standard input can be read only once")
    formats = [path for path in paths if path.endswith(".toml")]
    if formats:
        raise WrongUsage(f"{formats[0]} isn't a message; name a format file with --format")


def _values(row: Row, known: Known) -> list[Value]:
    return [] if row.match is None else values_of(row.trial, row.match, known)


def _print_json(rows: Sequence[Row], known: Known, shown: Shown) -> None:
    out = show.console()
    for row in rows:
        values = _values(row, known) if shown.explain else None
        out.out(screen.as_json(as_object(row, values, request=shown.requests)), highlight=False)


def _print(rows: Sequence[Row], messages: int, known: Known, shown: Shown) -> None:
    out = show.console()
    enrolments = enrolments_of(rows)
    if rows:
        out.print(show.table(rows, enrolments, out.width))
    if shown.explain:
        for row in rows:
            show.explanation(row, _values(row, known), out)
    if shown.requests:
        show.requests(rows, out)
    if enrolments:
        out.print(show.sequences(enrolments.values()))
    out.out(show.summary(rows, messages, len(enrolments)), highlight=False)
