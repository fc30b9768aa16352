"""Load a function app, and invoke its functions through the official worker runtime.

There can be only one app per process, because the runtime keeps its functions in module globals. A process that's
forked after `load` has them too.
"""

import asyncio
import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as runtime  # type: ignore[import-untyped] # it has no type hints

from tools.develop.host import rpc
from tools.develop.host.log import LogLine, collected
from tools.develop.host.rpc import StatusResult, TypedData

HTTP_ANSWER = "http"  # the type of the binding for what an HTTP function returns


class AppError(RuntimeError):
    """The function app can't run: it doesn't load, or its settings are wrong."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function as the worker indexed it. `trigger` holds the arguments of its decorator."""

    id: str
    name: str
    trigger: dict[str, Any]
    has_outputs: bool


# The functions that share a process.
Group = tuple[Function, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The result of an invocation: the returned value, if any, or an exception's text with its stack trace.

    `logged` is what the app logged during the invocation.
    """

    value: TypedData | None = None
    failure: str | None = None
    logged: tuple[LogLine, ...] = ()


async def load(app_root: Path) -> list[Function]:
    """Import `function_app.py` from a folder and list its functions.

    Raises:
        AppError: there's no function_app.py, it doesn't load, or it has no functions.
    """
    if not (app_root / "function_app.py").is_file():
        raise AppError(f"there's no function_app.py in {app_root}")
    sys.path.insert(0, str(app_root))
    os.chdir(app_root)
    runtime.start_threadpool_executor()
    response = await runtime.worker_init_request(rpc.init_request(str(app_root)))
    if response.result.status != StatusResult.Success:
        raise AppError(f"function_app.py doesn't load: {_text(response.result.exception)}")
    indexed = await runtime.functions_metadata_request(rpc.metadata_request())
    if not indexed.function_metadata_results:
        raise AppError(f"function_app.py in {app_root} has no functions")
    return [_function(metadata) for metadata in indexed.function_metadata_results]


async def invoke(function: Function, value: TypedData, metadata: dict[str, TypedData]) -> Done:
    """Invoke a function once."""
    with collected() as lines:
        done = await _invoke(function, value, metadata)
    return replace(done, logged=tuple(lines))


async def _invoke(function: Function, value: TypedData, metadata: dict[str, TypedData]) -> Done:
    request = rpc.invocation_request(function.id, function.trigger["name"], value, metadata)
    try:
        response = await runtime.invocation_request(request)
    except asyncio.CancelledError:  # the only exception that the runtime doesn't catch
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return Done(failure="CancelledError: the function cancelled itself")
    if response.result.status != StatusResult.Success:
        return Done(failure=_text(response.result.exception))
    return Done(response.return_value)


def names(group: Group) -> str:
    """Return the functions' names for a log line."""
    return ", ".join(function.name for function in group)


def _function(metadata: SimpleNamespace) -> Function:
    bindings = [json.loads(binding) for binding in metadata.raw_bindings]
    trigger = next(binding for binding in bindings if binding["type"].endswith("Trigger"))
    outputs = any(binding["type"] != HTTP_ANSWER for binding in bindings if binding is not trigger)
    return Function(metadata.function_id, metadata.name, trigger, outputs)


def _text(exception: SimpleNamespace) -> str:
    return f"{exception.message}\n{exception.stack_trace}".strip()
