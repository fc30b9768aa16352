"""What the demo prints: a few lines for each case, then two requests in full, and the dead letters.

Everything is printed once, and fits into 80 columns. No part has more than 24 lines.
"""

import json
from collections.abc import Sequence

from activities.storage.letters import LetterFacts
from tools.develop.demo.runner import Result
from tools.develop.simulator import RecordedRequest
from tools.operate import screen

_WIDTH = 79
_INDENT = 4
_SHORT = 12
_OUTCOMES = {"create 201": "created", "update 204": "updated", "delete 204": "deleted"}
_UNITS = {"status": "", "completionPercentage": " %"}


def case(number: int, result: Result) -> None:
    """Print a case: its title and outcome, then the requests that it led to."""
    title, outcome = f"{number:2}  {result.case.title}", ", ".join(_outcomes(result))
    style = "yellow" if result.letters else "green"
    room = _WIDTH - len(title) - len(outcome)
    if room > 0:
        screen.out.print(title, " " * (room - 2), outcome, style=style, markup=False)
    else:
        screen.out.print(title, outcome.rjust(_WIDTH), sep="\n", style=style, markup=False)
    for request in result.requests:
        screen.folded(" " * _INDENT + _request(request), indent=2 * _INDENT, style="dim")
    if not result.as_expected:
        expected = ", ".join((*result.case.requests, *result.case.letters)) or "nothing"
        screen.folded(f"{' ' * _INDENT}NOT AS EXPECTED: {expected}", indent=2 * _INDENT, style="bold red")


def _outcomes(result: Result) -> list[str]:
    sent = [f"{request.operation} {request.status}" for request in result.requests]
    done = ["throttled, then retried"] * ("create 429" in sent)
    done += [_OUTCOMES[name] for name in sent if name in _OUTCOMES] or ([] if result.letters else ["unchanged"])
    return done + [f"dead letter: {letter.reason}" for letter in result.letters]


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
    return f"{request.method} {resource} -> {request.status}" + (f" ({values})" if values else "")


def in_full(title: str, request: RecordedRequest, provider_id: str) -> None:
    """Print a whole request as Graph received it."""
    screen.line()
    screen.line(f"{title}:", style="bold")
    screen.line(f"{request.method} {request.path.replace(provider_id, '{id}')}")
    for text in json.dumps(request.body, indent=2).splitlines():
        screen.line(text)


def letters(found: Sequence[LetterFacts]) -> None:
    """Print a line for each dead letter."""
    screen.line()
    screen.line("Dead letters (with `make start`: lms-sync dead-letters list):", style="bold")
    for letter in found:
        screen.folded(f"{letter.id[:_SHORT]}  {letter.reason}: {letter.detail}", indent=_SHORT + 2)
