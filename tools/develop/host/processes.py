"""An app's processes, one for each group of functions.

They're forked from the host's own process, which has loaded the app but runs none of it. So a process starts within
milliseconds, and shares the memory of what was loaded. But no process sees what another one changes.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from tools.develop.host.log import logger
from tools.develop.host.worker import Group, names

# Runs a group of functions in its process, and returns the exit code. `FunctionProcess.run` describes the pipes.
Run = Callable[[Group, int, int], int]
# A process's exit code if its listener has died.
LISTENER_DIED = 3
_STOP = (signal.SIGTERM, signal.SIGINT)


class Processes:
    """One process for each group of functions.

    If one is killed or its listener dies, another takes its place, as in Azure.
    """

    def __init__(self, run: Run, on_stop: Callable[[], None] | None = None) -> None:
        """Set what to call: `run` in each process, and `on_stop` in this one when the others are told to stop."""
        self._run = run
        self._on_stop = on_stop
        self._running: dict[int, Group] = {}
        self._stopping = False
        self._failed = False

    def run(self, groups: Sequence[Group]) -> int:
        """Run these functions until SIGTERM or SIGINT. Return the exit code.

        0: all running invocations could finish. 1: they couldn't, or a function can't run.
        """
        # Nothing is ever written to this pipe. It closes when this process ends, even if it's killed.
        self._alive = os.pipe()
        for number in _STOP:
            signal.signal(number, self._on_signal)
        if all(_is_ready(pipe) for pipe in [self._start(group) for group in groups]):
            logger.info("ready: %s", ", ".join(map(names, groups)))
        while self._running:
            pid, status = os.wait()
            self._ended(self._running.pop(pid), os.waitstatus_to_exitcode(status))
        logger.info("stopped")
        return int(self._failed)

    def _start(self, group: Group) -> int:
        """Start a group's process. Return the pipe that says when it listens."""
        ready, tell = os.pipe()
        sys.stdout.flush()  # otherwise the new process would write the same text again
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)  # the new process shouldn't use this one's signal handlers
        pid = os.fork()
        if pid == 0:
            os.close(ready)
            self._be(group, tell)
        os.close(tell)
        self._running[pid] = group
        if self._stopping:
            self._signal(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
        return ready

    def _be(self, group: Group, tell: int) -> NoReturn:
        """Run as a group's process, from the fork to the exit."""
        code = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the host passes it on
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
            alive, held = self._alive
            os.close(held)
            code = self._run(group, tell, alive)
        except Exception:  # noqa: BLE001 - this process must never continue in the host's own code
            logger.exception("%s: the host has a bug", names(group))
        finally:
            sys.stdout.flush()
            os._exit(code)

    def _ended(self, group: Group, code: int) -> None:
        """Replace a process that has ended, or stop the host. A negative exit code is the signal that killed it."""
        if (code < 0 or code == LISTENER_DIED) and not self._stopping:
            cause = "ended itself" if code > 0 else f"was killed by signal {-code}"
            logger.warning("%s: the process %s. Starting another", names(group), cause)
            if _is_ready(self._start(group)):
                return
        if code != 0 or not self._stopping:
            self._failed = True
            self._stop()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        if self._on_stop:
            self._on_stop()
        for pid in list(self._running):
            self._signal(pid)

    def _stop(self) -> None:
        """Stop the other processes because one has failed."""
        if not self._stopping:
            self._on_signal(signal.SIGTERM, None)

    def _signal(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def _is_ready(pipe: int) -> bool:
    """Wait until a process listens. Return False if it ends instead."""
    try:
        return bool(os.read(pipe, 1))
    finally:
        os.close(pipe)
