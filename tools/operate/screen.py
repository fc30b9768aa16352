"""Consoles for the commands: results go to standard output, everything else to standard error.

Much of what the commands show was written by others: an LMS, or somebody who put a blob into a container. `line`
escapes it, so it can't move the cursor, change colours or hide text.
"""

import json
import sys
import unicodedata
from textwrap import wrap

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.progress import Progress

# In a pipe, lines aren't wrapped, so grep finds whole lines.
_WIDE = 250
_NARROWEST = 20

out = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
err = Console(highlight=False, width=None if sys.stderr.isatty() else _WIDE, stderr=True)


def line(text: str = "", *, style: str | None = None, cut: bool = False, console: Console = out) -> None:
    """Print a line without wrapping or markup. Characters are escaped as by `visible`.

    With `cut`, what doesn't fit on a terminal's line is left out.
    """
    shown = visible(text)
    if cut and console.is_terminal and cell_len(shown) > console.width:
        shown = set_cell_size(shown, console.width - 1) + "…"
    console.out(shown, style=style, highlight=False)


def folded(text: str, *, indent: int = 0, style: str | None = None, console: Console = out) -> None:
    """Print a line. On a terminal, it's wrapped between words, and everything after the first line is indented."""
    if not console.is_terminal:
        line(text, style=style, console=console)
        return
    width = max(_NARROWEST, console.width)
    for part in wrap(visible(text), width, subsequent_indent=" " * indent, break_on_hyphens=False) or [""]:
        line(part, style=style, console=console)


def error(text: str, *, indent: int = 0) -> None:
    """Print a sentence in red on standard error."""
    folded(text, indent=indent, style="red", console=err)


def note(text: str, *, indent: int = 0) -> None:
    """Print a sentence in grey on standard error."""
    folded(text, indent=indent, style="dim", console=err)


def visible(text: str) -> str:
    r"""Return the text with escapes such as `\x1b` for characters that a terminal would act on or wouldn't show.

    These are control characters (C0, DEL, C1), line separators, and everything that's invisible or changes the
    direction of the text.
    """
    return text if text.isprintable() else "".join(map(_visible, text))


def as_json(value: object, *, indent: int | None = None) -> str:
    """Return a value as JSON. What `visible` would escape gets JSON's escapes."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(character if character == "\n" or _shown(character) else _in_json(character) for character in text)


def _visible(character: str) -> str:
    return character if _shown(character) else character.encode("unicode_escape").decode()


def _in_json(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def _shown(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


def progress() -> Progress:
    """Return a progress bar on standard error. In a pipe, it shows nothing."""
    # What's printed in the meantime appears above the bar, but only if it goes to the same terminal.
    return Progress(console=err, transient=True, disable=not err.is_terminal, redirect_stdout=out.is_terminal)
