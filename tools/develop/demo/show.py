"""How the demonstration looks: a table that grows, then single requests in full, and the dead letters."""

import json
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from activities.storage.letters import LetterFacts
from tools.develop.demo.runner import Result
from tools.develop.simulator import RecordedRequest

_OUTCOMES = {"create 201": "created", "update 204": "updated", "delete 204": "deleted"}
_UNITS = {"status": "", "completionPercentage": " %"}


def table(results: Sequence[Result], running: str = "") -> Table:
    """Build the table: one row per result, and one for the case that is running."""
    shown = Table(header_style="bold", expand=False)
    shown.add_column("event")
    shown.add_column("outcome")
    shown.add_column("requests to Microsoft Graph")
    for result in results:
        shown.add_row(
            Text(result.case.title), _outcome(result), "\n".join(map(_request, result.requests)) or "[dim]none"
        )
    if running:
        shown.add_row(Text(running, style="dim"), "[dim]...", "")
    return shown


def _outcome(result: Result) -> RenderableType:
    sent = [f"{request.operation} {request.status}" for request in result.requests]
    done = ["throttled, then retried"] * ("create 429" in sent)
    done += [_OUTCOMES[name] for name in sent if name in _OUTCOMES] or ([] if result.letters else ["unchanged"])
    lines = [Text(word, style="green") for word in done]
    lines += [Text(f"dead letter: {letter.reason}", style="yellow") for letter in result.letters]
    if not result.as_expected:
        expected = ", ".join((*result.case.requests, *result.case.letters)) or "nothing"
        lines.append(Text(f"NOT AS EXPECTED: {expected}", style="bold red"))
    return Group(*lines)


def _request(request: RecordedRequest) -> str:
    resource = request.path.removeprefix("/v1.0").partition("?")[0].split("/")[-1]
    if request.operation in ("update", "delete"):
        resource = "learningCourseActivities/{id}"
    elif request.operation == "find_user":
        resource = "users"
    elif request.operation == "find_content":
        resource = resource.partition("(")[0]
    body = request.body if isinstance(request.body, dict) else {}
    values = ", ".join(f"{body[name]}{unit}" for name, unit in _UNITS.items() if name in body)
    return f"{request.method} {resource} -> {request.status}" + (f" [dim]({values})[/dim]" if values else "")


def in_full(title: str, request: RecordedRequest) -> Panel:
    """Build a panel with a whole request, as Graph received it."""
    body = json.dumps(request.body, indent=2)
    return Panel(Text(f"{request.method} {request.path}\n\n{body}"), title=title, title_align="left", expand=False)


def letters(found: Sequence[LetterFacts]) -> Table:
    """Build a table of the dead letters."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("id", "reason", "when (UTC)", "detail"):
        shown.add_column(heading, overflow="fold")
    for letter in found:
        row = (letter.id[:12], letter.reason, f"{letter.last_seen:%Y-%m-%d %H:%M:%S}", letter.detail)
        shown.add_row(*map(Text, row))
    return shown
