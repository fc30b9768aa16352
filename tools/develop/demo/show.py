"""How the demonstration looks: a table that grows, then what is worth a second look."""

import json
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tools.develop.demo.stage import Result
from tools.develop.simulator import RecordedRequest

_DONE = {"create 201": "created", "update 204": "updated", "delete 204": "deleted"}
_NAMES = {"status": "", "completionPercentage": " %"}


def table(results: Sequence[Result], running: str = "") -> Table:
    """A row for each result, and one for what is under way."""
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
    done = ["throttled, tried again"] * ("create 429" in _seen(result))
    done += [_DONE[seen] for seen in _seen(result) if seen in _DONE] or (["unchanged"] if not result.letters else [])
    lines = [Text(word, style="green") for word in done]
    lines += [Text(f"dead letter: {letter.reason}", style="yellow") for letter in result.letters]
    if not result.as_expected:
        wanted = ", ".join((*result.case.requests, *result.case.letters)) or "nothing"
        lines.append(Text(f"NOT AS EXPECTED: {wanted}", style="bold red"))
    return Group(*lines)


def _seen(result: Result) -> list[str]:
    return [f"{request.operation} {request.status}" for request in result.requests]


def _request(request: RecordedRequest) -> str:
    what = request.path.removeprefix("/v1.0").partition("?")[0].split("/")[-1]
    if request.operation in ("update", "delete"):
        what = "learningCourseActivities/{id}"
    elif request.operation == "find_user":
        what = "users"
    elif request.operation == "find_content":
        what = what.partition("(")[0]
    body = request.body if isinstance(request.body, dict) else {}
    says = ", ".join(f"{body[name]}{unit}" for name, unit in _NAMES.items() if name in body)
    return f"{request.method} {what} -> {request.status}" + (f" [dim]({says})[/dim]" if says else "")


def whole(title: str, request: RecordedRequest) -> Panel:
    """A request with everything in it, as the service saw it."""
    body = json.dumps(request.body, indent=2)
    return Panel(Text(f"{request.method} {request.path}\n\n{body}"), title=title, title_align="left", expand=False)
