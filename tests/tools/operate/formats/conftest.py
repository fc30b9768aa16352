"""Runs `lms-sync formats try` as a developer would, on events from `tests/events`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import EVENTS
from tests.tools.operate.conftest import Ran
from tools.operate.cli import main

type Try = Callable[..., Ran]


@pytest.fixture
def try_format(capsys: pytest.CaptureFixture[str]) -> Try:
    """Run `lms-sync formats try`."""

    def run(*arguments: str | Path) -> Ran:
        try:
            main(["formats", "try", *map(str, arguments)])
        except SystemExit as error:
            return Ran(int(error.code or 0), *capsys.readouterr())
        raise AssertionError("the command line always ends with an exit code")

    return run


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the terminal wide enough that no row is folded."""
    monkeypatch.setenv("COLUMNS", "600")


def event(case: str) -> dict[str, Any]:
    """Return the event of a case in `tests/events`, as the LMS sends it."""
    content: dict[str, Any] = json.loads((EVENTS / f"{case}.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = content["event"]
    return found


def write(file: Path, *events: object) -> Path:
    """Write one message as a file, or several messages as one line each."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(events[0], indent=2) if len(events) == 1 else "\n".join(map(json.dumps, events))
    file.write_text(text, encoding="utf-8")
    return file
