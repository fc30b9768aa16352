"""What an invocation has had admitted last. An invocation is one task, and others do not inherit it."""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass

from activities.domain.pace import Grant


@dataclass(slots=True)
class Call:
    """The slots of a call, whether it keeps the pace, and when its request was sent."""

    task: asyncio.Task[object] | None
    slots: Grant = ()
    paced: bool = False
    sent: float | None = None


_CALL: ContextVar[Call | None] = ContextVar("call", default=None)


def begin_call() -> Call:
    """Begin a call of this task."""
    call = Call(asyncio.current_task())
    _CALL.set(call)
    return call


def present_call() -> Call | None:
    """Return the call of this task."""
    call = _CALL.get()
    return call if call is not None and call.task is asyncio.current_task() else None
