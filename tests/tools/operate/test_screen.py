"""What's printed on a terminal with 80 columns, and what's printed to a pipe."""

import io

import pytest
from rich.console import Console

from tools.operate import screen

LONG = "NOT  " + " ".join(f"word{number}" for number in range(30))


def shown(text: str, *, terminal: bool, indent: int = 5) -> list[str]:
    """Return the lines that a text is printed as."""
    console = Console(file=io.StringIO(), force_terminal=terminal, width=80, color_system=None, highlight=False)
    screen.folded(text, indent=indent, console=console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_terminal_gets_folded_lines() -> None:
    """Lines are folded between words so that they fit the terminal, and nothing is lost."""
    lines = shown(LONG, terminal=True)
    assert len(lines) > 1
    assert max(map(len, lines)) <= 80
    assert all(line.startswith("     word") for line in lines[1:])
    assert " ".join(" ".join(lines).split()) == " ".join(LONG.split())


def test_a_pipe_gets_one_line() -> None:
    """A pipe gets whole lines, so grep can find them."""
    assert shown(LONG, terminal=False) == [LONG]


@pytest.mark.parametrize("terminal", [True, False])
def test_an_empty_line_is_one(terminal: bool) -> None:  # noqa: FBT001  a parameter of the test
    """An empty line is printed, because it separates parts."""
    assert shown("", terminal=terminal) == [""]


@pytest.mark.parametrize("terminal", [True, False])
def test_what_was_sent_is_shown_and_not_obeyed(terminal: bool) -> None:  # noqa: FBT001  a parameter of the test
    """Control characters are escaped even in folded lines, and so are those that count as white space."""
    [line] = shown("a\x1b[2J\tb\u202e", terminal=terminal)
    assert line == "a\\x1b[2J\\tb\\u202e"
