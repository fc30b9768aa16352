"""What Ctrl-C does while the modules of a command are loaded: nothing has begun, so there is nothing to say.

An exception would end as a traceback of whatever is being imported. This imports next to nothing itself.
"""

import os
import signal
from types import FrameType

INTERRUPTED = 130


def begins() -> None:
    """Let Ctrl-C end the process at once, unless whoever started it wants it to be ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def is_over() -> None:
    """Let Ctrl-C interrupt the command, which then says what that means."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)
