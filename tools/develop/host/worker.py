"""Loads and invokes a function app through the official worker runtime, in this process.

One app per process: the runtime keeps its functions in module globals.
"""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as runtime  # type: ignore[import-untyped] # it has no type hints

from tools.develop.host import messages
from tools.develop.host.messages import StatusResult, TypedData


class AppError(RuntimeError):
    """The function app cannot be run: it does not load, or its settings do not fit."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function as the worker indexed it; `trigger` holds what the decorator said."""

    id: str
    name: str
    trigger: dict[str, Any]
    has_outputs: bool


async def load(app_root: Path) -> list[Function]:
    """Import `function_app.py` of a folder and list its functions.

    Raises:
        AppError: no function_app.py, it does not load, or it has no functions.
    """
    if not (app_root / "function_app.py").is_file():
        raise AppError(f"there is no function_app.py in {app_root}")
    sys.path.insert(0, str(app_root))
    os.chdir(app_root)
    runtime.start_threadpool_executor()
    answer = await runtime.worker_init_request(messages.init_request(str(app_root)))
    if answer.result.status != StatusResult.Success:
        raise AppError(f"function_app.py does not load: {_text(answer.result.exception)}")
    found = await runtime.functions_metadata_request(messages.metadata_request())
    if not found.function_metadata_results:
        raise AppError(f"function_app.py in {app_root} has no functions")
    return [_function(metadata) for metadata in found.function_metadata_results]


async def invoke(function: Function, value: TypedData, metadata: dict[str, TypedData]) -> str | None:
    """Run a function once; the answer is None, or the text of its exception with the stack trace."""
    request = messages.invocation_request(function.id, function.trigger["name"], value, metadata)
    try:
        answer = await runtime.invocation_request(request)
    except asyncio.CancelledError:  # the runtime catches exceptions, but not this one
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return "CancelledError: the function cancelled itself"
    failed = answer.result.status != StatusResult.Success
    return _text(answer.result.exception) if failed else None


def _function(metadata: SimpleNamespace) -> Function:
    bindings = [json.loads(binding) for binding in metadata.raw_bindings]
    trigger = next(binding for binding in bindings if binding["type"].endswith("Trigger"))
    return Function(metadata.function_id, metadata.name, trigger, len(bindings) > 1)


def _text(exception: SimpleNamespace) -> str:
    return f"{exception.message}\n{exception.stack_trace}".strip()
