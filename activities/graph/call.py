"""The call that an invocation last had admitted. An invocation is one task, and other tasks don't inherit its call."""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass

from activities.domain.pace import Grant


@dataclass(slots=True)
class Call:
    """A call's slots, whether it keeps the pace, and when its request was sent."""

    task: asyncio.Task[object] | None
    slots: Grant = ()
    paced: bool = False
    sent: float | None = None


_CALL: ContextVar[Call | None] = ContextVar("call", default=None)


def begin_call() -> Call:
    """Begin a call for this task."""
    call = Call(asyncio.current_task())
    _CALL.set(call)
    return call


def present_call() -> Call | None:
    """Return this task's call, or None."""
    call = _CALL.get()
    return call if call is not None and call.task is asyncio.current_task() else None
