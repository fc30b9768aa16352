"""Shows a trial on a screen. Control characters from messages or files are made visible, so they have no effect."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from activities.intake.parse import Ignored, Refused, Understood
from tools.operate import screen
from tools.operate.formats.enrolments import Enrolment
from tools.operate.formats.request import REQUEST_LINE, request_body
from tools.operate.formats.rows import Row
from tools.operate.formats.rules import Rule
from tools.operate.formats.values import Value

# Wide enough that in a pipe, most rows take one line.
_PIPE = 250
# From this width on, each fact gets its own column.
_WIDE = 160
_SHORT = 12
_UUID = 36
_LONGEST = 200


def console() -> Console:
    """Return standard output, as wide as the terminal or the variable COLUMNS says."""
    told = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(highlight=False, width=None if told else _PIPE)


def table(rows: Iterable[Row], enrolments: Mapping[str, Enrolment], width: int) -> Table:
    """Return a table of all events: what each became, and why."""
    return _wide(rows, enrolments) if width >= _WIDE else _narrow(rows, enrolments)


def _wide(rows: Iterable[Row], enrolments: Mapping[str, Enrolment]) -> Table:
    shown = _table("message", "source", "event", "became", "enrolment", "learner", "course", "why")
    for row in rows:
        became = _text(row.became, row.style)
        if row.details:
            became.append_text(_text(f": {', '.join(row.details)}"))
        enrolment, learner, course = _text(_enrolment(row, enrolments)), _text(row.learner), _text(row.course)
        names = _text(row.trial.name, "bold"), _text(row.source), _text(row.trial.event_type)
        shown.add_row(*names, became, enrolment, learner, course, _why(row))
    return shown


def _narrow(rows: Iterable[Row], enrolments: Mapping[str, Enrolment]) -> Table:
    shown = _table("message", "became", "why", leading=1)
    for column, ratio in zip(shown.columns, (3, 4, 3), strict=True):
        column.ratio = ratio
    for row in rows:
        message = _lines([(row.trial.name, "bold"), (row.trial.event_type, ""), (row.source, "dim")])
        facts = [(row.became, row.style), *((detail, "") for detail in row.details)]
        facts += [(said, "dim") for said in (row.learner, row.course, _enrolment(row, enrolments))]
        shown.add_row(message, _lines(facts), _why(row))
    return shown


def _why(row: Row) -> Text:
    style = "red" if isinstance(row.trial.outcome, Refused) else ""
    return _lines([(row.reason, style), *_dropped(row), *_warnings(row)])


def _dropped(row: Row) -> list[tuple[str, str]]:
    return [(f"dropped {name}: {why}", "yellow") for name, why in row.dropped.items()]


def _warnings(row: Row) -> list[tuple[str, str]]:
    return [(f"warning: {name}: {why}", "yellow") for name, why in row.warnings.items()]


def _enrolment(row: Row, enrolments: Mapping[str, Enrolment]) -> str:
    outcome = row.trial.outcome
    if not isinstance(outcome, Understood):
        return ""
    label, text = enrolments[outcome.event.enrollment_id].label, outcome.event.enrollment_id
    return f"{label} {text if len(text) <= _SHORT else f'{text[:8]}..'}"


def explanation(row: Row, values: Sequence[Value], console: Console) -> None:
    """Print the rule that an event matched, and where its values come from."""
    heading = f"{row.trial.name}: {row.trial.event_type or 'no type'}, {row.became}"
    console.print(_text(heading, f"bold {row.style}"))
    for text, style in _matched(row):
        console.print(Padding(_text(text, style), (0, 0, 0, 2)))
    if values:
        console.print(_values(values))
    else:
        console.print()


def _matched(row: Row) -> list[tuple[str, str]]:
    why = (row.why, "red" if isinstance(row.trial.outcome, Refused) else "")
    match = row.match
    if match is None:
        return [why, *_dropped(row), *_warnings(row)]
    lines = [(f"passed over: {other.place}, not true: {other.condition}", "dim") for other in match.passed_over]
    rules = f"{len(match.format.declaration.events)} rules of {match.format.name}"
    if match.rule is None:
        return [*lines, (f"none of the {rules}", ""), why]
    lines.append((f"{match.rule.place}, of the {rules}", ""))
    lines += [(f"  {key} = {value}", "cyan") for key, value in _keys(match.rule)]
    return [*lines, *([] if isinstance(row.trial.outcome, Understood) else [why]), *_warnings(row)]


def _keys(rule: Rule) -> list[tuple[str, str]]:
    """Return the keys of a rule that say when it matches and what it means, as they are in the file."""
    declared = rule.declared
    keys: dict[str, object] = {"types": declared.types, "when": rule.condition or None, "means": declared.means}
    return [(key, screen.as_json(value)) for key, value in keys.items() if value is not None]


def _values(values: Iterable[Value]) -> Table:
    shown = _table("property", "value", "from")
    shown.columns[0].min_width = len("assignment.assigner.email")
    for value in values:
        origin = _text(" ".join((value.expression or "").split()), "cyan")
        if value.expression is not None:
            origin.append_text(_text(" finds nothing" if value.read is None else f" = {_json(value.read)}", "dim"))
        style = "yellow" if value.problem else ""
        became = "-" if value.value is None else _plain(value.value)
        noted = _lines([(origin, ""), (value.problem, "yellow"), (value.note, "dim")])
        shown.add_row(_text(value.property, style), _text(became, style if value.value is None else ""), noted)
    return shown


def sequences(enrolments: Iterable[Enrolment]) -> Table:
    """Return a table of the enrolments, each with its events in the order in which they occurred."""
    shown = _table("enrolment", "events in order", leading=1)
    shown.columns[0].min_width = _UUID + len("E10 ")
    for enrolment in enrolments:
        last = enrolment.rows[-1]
        who = next(((row.learner, row.course) for row in enrolment.rows if row.learner), (last.learner, last.course))
        lines = [(f"{enrolment.label} {enrolment.id}", "bold"), *((said, "dim") for said in who)]
        if enrolment.like is not None:
            lines.append((f"same learner and course as {enrolment.like}, but their events aren't merged", "yellow"))
        events = [(f"{row.details[0]} {row.became} ({row.trial.name})", row.style) for row in enrolment.rows]
        shown.add_row(_lines(lines), _lines(events))
    return shown


def requests(rows: Iterable[Row], console: Console) -> None:
    """Print each native event in full, and the request that Graph would get if it were the only event."""
    for row in rows:
        outcome = row.trial.outcome
        if not isinstance(outcome, Understood):
            continue
        event = outcome.event.model_dump(mode="json", by_alias=True, exclude_none=True)
        console.out(screen.visible(f"{row.trial.name}: native event"), style="bold", highlight=False)
        console.out(screen.as_json(event, indent=2), highlight=False)
        body = request_body(outcome)
        if body is None:
            console.out("Graph request: none. This event alone doesn't lead to an activity\n", highlight=False)
        else:
            console.out(f"Graph request: {REQUEST_LINE}\n{screen.as_json(body, indent=2)}\n", highlight=False)


def summary(rows: Sequence[Row], messages: int, enrolments: int) -> str:
    """Return the last three lines, with the counts."""
    counts = [sum(isinstance(row.trial.outcome, kind) for row in rows) for kind in (Understood, Ignored, Refused)]
    understood, ignored, refused = counts
    dropped = sum(len(row.dropped) for row in rows)
    warnings = sum(len(row.warnings) for row in rows)
    return (
        f"messages: {messages}, events understood: {understood}, ignored: {ignored}, refused: {refused}, "
        f"dropped values: {dropped}\nwarnings: {warnings}\nenrolments: {enrolments}"
    )


def _table(*columns: str, leading: int = 0) -> Table:
    shown = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False, leading=leading)
    for column in columns:
        shown.add_column(column, overflow="fold")
    return shown


def _text(text: str, style: str = "") -> Text:
    return Text(screen.visible(text), style=style, overflow="fold")


def _lines(lines: Iterable[tuple[str | Text, str]]) -> Text:
    """Join the lines that aren't empty, one below the other."""
    texts = (_text(line, style) if isinstance(line, str) else line for line, style in lines)
    return Text("\n", overflow="fold").join(text for text in texts if text)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: object) -> str:
    text = screen.as_json(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
