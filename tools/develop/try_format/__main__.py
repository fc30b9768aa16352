"""Try formats on captured messages of an LMS: print what each event becomes, and why. Nothing is sent.

PATH is a file, a folder (all files in it that are not hidden), or - for standard input. A file holds one message, or
one in each line, as JSON or base64. `file#3` is the message in line 3 of a file, or the third event of a batch.

All events of one enrolment must lead to the same enrolment id. Exit code 0: an event was understood; 1: none was, or a
file cannot be read or is no format; 2: wrong usage.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from activities.intake.formats import FormatError
from tools.develop.try_format import show
from tools.develop.try_format.enrolments import enrolments_of
from tools.develop.try_format.messages import STANDARD_INPUT, Unreadable, captured
from tools.develop.try_format.rows import Row, row_of
from tools.develop.try_format.scripts import as_object
from tools.develop.try_format.trial import Known, known_formats, trials
from tools.develop.try_format.values import Value, values_of
from tools.operate import screen


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.develop.try_format",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="captured messages: a file, a folder, or -")
    parser.add_argument(
        "--format",
        type=Path,
        action="append",
        default=[],
        metavar="FILE.toml",
        dest="formats",
        help="a format of your own besides the built-in ones, or in place of the one of this name; may be repeated",
    )
    parser.add_argument("--sources", metavar="JSON", help="value of the setting LMS_SOURCES")
    parser.add_argument("--explain", action="store_true", help="show the rule, and where each value comes from")
    parser.add_argument("--requests", action="store_true", help="show each native event and its request to Graph")
    parser.add_argument("--json", action="store_true", help="print a JSON object for each event, one a line")
    return parser


def _usage_error(options: argparse.Namespace) -> str | None:
    if options.paths.count(STANDARD_INPUT) > 1:
        return "standard input can be read only once"
    formats = [path for path in options.paths if path.endswith(".toml")]
    return f"{screen.visible(formats[0])} is no message; name a format file with --format" if formats else None


def _values(row: Row, known: Known) -> list[Value]:
    return [] if row.match is None else values_of(row.trial, row.match, known)


def _print_json(rows: Sequence[Row], known: Known, options: argparse.Namespace) -> None:
    out = show.console()
    for row in rows:
        values = _values(row, known) if options.explain else None
        out.out(screen.as_json(as_object(row, values, request=options.requests)), highlight=False)


def _print(rows: Sequence[Row], messages: int, known: Known, options: argparse.Namespace) -> None:
    out = show.console()
    enrolments = enrolments_of(rows)
    if rows:
        out.print(show.table(rows, enrolments, out.width))
    if options.explain:
        for row in rows:
            show.explanation(row, _values(row, known), out)
    if options.requests:
        show.requests(rows, out)
    if enrolments:
        out.print(show.sequences(enrolments.values()))
    out.out(show.summary(rows, messages, len(enrolments)), highlight=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. 0: understood; 1: nothing was, or a file is invalid; 2: wrong usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    wrong = _usage_error(options)
    if wrong is not None:
        parser.error(wrong)
    try:
        known = known_formats(options.formats, options.sources)
    except FormatError as error:
        screen.error(str(error))
        return 1
    now = datetime.now(UTC)
    rows: list[Row] = []
    messages, unreadable = 0, False
    for message in captured(options.paths, besides=options.formats):
        if isinstance(message, Unreadable):
            screen.error(f"{message.name}: {message.reason}")
            unreadable = True
            continue
        messages += 1
        rows += (row_of(trial, known) for trial in trials(message, known.formats, now))
    (_print_json(rows, known, options) if options.json else _print(rows, messages, known, options))
    return 0 if not unreadable and any(row.became not in {"ignored", "dead letter"} for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
