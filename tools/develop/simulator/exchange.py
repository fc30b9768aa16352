"""One request through the simulator: recorded, subjected to a fault, handled, answered."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tools.develop.simulator.answers import Answer
from tools.develop.simulator.faults import Fault, Faults
from tools.develop.simulator.journal import Journal, Operation, RecordedRequest
from tools.develop.simulator.sending import WRITTEN_BADLY, damaged, render, write_badly

Perform = Callable[[RecordedRequest, str], Answer]


class Exchange:
    """Carries requests through, and remembers the late landings that are still to come."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.faults = Faults()
        self._landings: set[asyncio.Task[None]] = set()

    async def carry(
        self,
        http: web.Request,
        operation: Operation,
        perform: Perform,
        *,
        keep: int,
        latency: float,
    ) -> web.StreamResponse:
        """Answer a request by performing it, unless a fault decides otherwise."""
        started = time.monotonic()
        text = (await http.read()).decode("utf-8", "replace")
        request = RecordedRequest(
            number=0,
            operation=operation,
            method=http.method,
            path=http.raw_path,
            body=_parsed(text),
            client_request_id=http.headers.get("client-request-id", ""),
        )
        self.journal.open(request, keep)
        fault = self.faults.next(request)
        request.faulted = fault is not None
        if latency or (fault and fault.delay):
            await asyncio.sleep(latency + (fault.delay if fault else 0))
        try:
            if fault is None:
                return await self._answer(http, request, perform(request, text))
            return await self._with_fault(http, request, fault, lambda: perform(request, text))
        finally:
            self.journal.close(request, started)

    async def _with_fault(
        self,
        http: web.Request,
        request: RecordedRequest,
        fault: Fault,
        perform: Callable[[], Answer],
    ) -> web.StreamResponse:
        if fault.land_after is not None:
            self._land(request, perform, fault.land_after)
            return _reset(http)
        if fault.reset == "before":
            return _reset(http)
        failure = fault.failure(request.request_id, request.client_request_id) if fault.status else None
        answer = failure if failure and not fault.after_effect else perform()
        request.status = answer.status
        self.journal.changed()
        if fault.delay_answer:
            await asyncio.sleep(fault.delay_answer)
        if fault.reset == "after":
            return _reset(http)
        return await self._answer(http, request, failure or answer, fault)

    async def _answer(
        self,
        http: web.Request,
        request: RecordedRequest,
        answer: Answer,
        fault: Fault | None = None,
    ) -> web.StreamResponse:
        request.status = answer.status
        response = render(answer, request)
        request.answered = http.transport is not None and not http.transport.is_closing()
        if fault is None or fault.answer is None:
            return response
        if fault.answer in WRITTEN_BADLY:
            await write_badly(http, response, fault.answer, fault.slowness)
            return response
        return damaged(response, fault.answer)

    def _land(self, request: RecordedRequest, perform: Callable[[], Answer], seconds: float) -> None:
        async def land() -> None:
            await asyncio.sleep(seconds)
            request.status = perform().status
            self.journal.changed()

        task = asyncio.create_task(land())
        self._landings.add(task)
        task.add_done_callback(self._landings.discard)

    def reset(self) -> None:
        """Forget the requests, the faults, and what has not landed yet."""
        for task in self._landings:
            task.cancel()
        self.journal.clear()
        self.faults = Faults()


def _reset(http: web.Request) -> web.StreamResponse:
    """Close the connection with a TCP reset and no answer."""
    if http.transport is not None:
        connection = http.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        http.transport.abort()
    return web.Response()


def _parsed(text: str) -> Any:  # noqa: ANN401
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
