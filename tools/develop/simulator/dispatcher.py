"""What happens to each request: it's recorded, meets a fault if one is set, is handled, and gets a response."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tools.develop.simulator.faults import Fault, Faults
from tools.develop.simulator.journal import Journal, Operation, RecordedRequest
from tools.develop.simulator.responses import Response
from tools.develop.simulator.wire import BROKEN_HTTP, damaged, render, write_broken

Handle = Callable[[RecordedRequest, str], Response]
LearnerOf = Callable[[Any], str | None]


class Dispatcher:
    """Dispatches requests to their handlers, and keeps track of delayed effects."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.faults = Faults()
        self._delayed: set[asyncio.Task[None]] = set()

    async def dispatch(  # noqa: PLR0913  most are passed by name
        self,
        http: web.Request,
        operation: Operation,
        handle: Handle,
        *,
        keep: int,
        latency: float,
        learner_of: LearnerOf = lambda _: None,
    ) -> web.StreamResponse:
        """Respond to a request.

        `handle` takes the recorded request and its body's text. `keep` is how many requests to keep in the journal.
        `latency` is in seconds. `learner_of` tells from the body whose activity the request is about.
        """
        started = time.monotonic()
        text = (await http.read()).decode("utf-8", "replace")
        request = RecordedRequest(
            number=0,
            operation=operation,
            method=http.method,
            path=http.raw_path,
            body=_json_or_text(text),
            client_request_id=http.headers.get("client-request-id", ""),
        )
        self.journal.open(request, keep)
        fault = self.faults.next(request, learner_of(request.body))
        request.faulted = fault is not None
        if latency or (fault and fault.delay):
            await asyncio.sleep(latency + (fault.delay if fault else 0))
        try:
            if fault is None:
                return await self._respond(http, request, handle(request, text))
            return await self._with_fault(http, request, fault, lambda: handle(request, text))
        finally:
            self.journal.close(request, started)

    async def _with_fault(
        self,
        http: web.Request,
        request: RecordedRequest,
        fault: Fault,
        handle: Callable[[], Response],
    ) -> web.StreamResponse:
        if fault.effect_after is not None:
            self._handle_later(request, handle, fault.effect_after)
            return _reset(http)
        if fault.reset == "before":
            return _reset(http)
        failure = fault.failure(request.request_id, request.client_request_id) if fault.status else None
        response = failure if failure and not fault.after_effect else handle()
        request.status = response.status
        self.journal.changed()
        if fault.delay_response:
            await asyncio.sleep(fault.delay_response)
        if fault.reset == "after":
            return _reset(http)
        return await self._respond(http, request, failure or response, fault)

    async def _respond(
        self,
        http: web.Request,
        request: RecordedRequest,
        response: Response,
        fault: Fault | None = None,
    ) -> web.StreamResponse:
        request.status = response.status
        rendered = render(response, request)
        request.responded = http.transport is not None and not http.transport.is_closing()
        if fault is None or fault.damage is None:
            return rendered
        if fault.damage in BROKEN_HTTP:
            await write_broken(http, rendered, fault.damage, fault.slowness)
            return rendered
        return damaged(rendered, fault.damage)

    def _handle_later(self, request: RecordedRequest, handle: Callable[[], Response], seconds: float) -> None:
        async def later() -> None:
            await asyncio.sleep(seconds)
            request.status = handle().status
            self.journal.changed()

        task = asyncio.create_task(later())
        self._delayed.add(task)
        task.add_done_callback(self._delayed.discard)

    def reset(self) -> None:
        """Forget the requests, the faults, and the delayed effects that haven't happened yet."""
        for task in self._delayed:
            task.cancel()
        self.journal.clear()
        self.faults = Faults()


def _reset(http: web.Request) -> web.StreamResponse:
    """Close the connection with a TCP reset, without a response."""
    if http.transport is not None:
        connection = http.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        http.transport.abort()
    return web.Response()


def _json_or_text(text: str) -> Any:  # noqa: ANN401
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
