"""Consoles for the commands: results go to standard output, everything else to standard error."""

import sys

from rich.console import Console
from rich.progress import Progress

# In a pipe, lines are not wrapped, so that grep finds whole ones.
_WIDE = 250

out = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
err = Console(highlight=False, width=None if sys.stderr.isatty() else _WIDE, stderr=True)


def progress() -> Progress:
    """Return a progress bar on standard error; it shows nothing in a pipe."""
    return Progress(console=err, transient=True, disable=not err.is_terminal)
