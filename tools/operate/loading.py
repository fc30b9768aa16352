"""Ends the process silently if somebody presses Ctrl-C while a command's modules are loading: nothing has begun yet.

A `KeyboardInterrupt` would print a traceback of whatever is being imported. This module imports next to nothing.
"""

import os
import signal
from types import FrameType

INTERRUPTED = 130


def begins() -> None:
    """Let Ctrl-C end the process at once, unless it was started with Ctrl-C ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def is_over() -> None:
    """Let Ctrl-C interrupt the command, which then tells the operator what to do."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)
