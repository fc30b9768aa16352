"""Where commands print: results on standard output, for people or for a pipe; everything else on standard error."""

import sys

from rich.console import Console
from rich.progress import Progress

# A pipe has no width: lines stay whole for grep.
_WIDE = 250

out = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
err = Console(highlight=False, width=None if sys.stderr.isatty() else _WIDE, stderr=True)


def progress() -> Progress:
    """A bar on standard error while something takes long; nothing in a pipe."""
    return Progress(console=err, transient=True, disable=not err.is_terminal)
