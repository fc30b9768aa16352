"""Where commands print: results on standard output, for people or for a pipe; everything else on standard error."""

import sys

from rich.console import Console

# A pipe has no width: lines stay whole for grep.
_WIDE = 250

out = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
err = Console(highlight=False, width=None if sys.stderr.isatty() else _WIDE, stderr=True)
