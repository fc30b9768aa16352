"""Serve an app's HTTP functions as the Functions host does, except that their authorization level is ignored."""

import asyncio
import logging
import time
from collections.abc import Sequence

from aiohttp import web
from aiohttp.http import HttpProcessingError

from tools.develop.host import worker
from tools.develop.host.endpoint import BACKLOG, Endpoint
from tools.develop.host.http_message import MalformedError, from_rpc, to_rpc
from tools.develop.host.log import Invocation, InvocationLog, Outcome, logger
from tools.develop.host.route import Route
from tools.develop.host.worker import Function


class HttpListener:
    """Accepts connections and invokes the function whose route matches."""

    def __init__(self, functions: Sequence[Function], endpoint: Endpoint, log: InvocationLog) -> None:
        """Read the routes.

        Raises:
            AppError: a route has a parameter that this host doesn't support.
        """
        self._routes = [Route.of(function, endpoint.prefix) for function in functions]
        self._endpoint = endpoint
        self._log = log

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, then refuse connections and finish running requests."""
        logging.getLogger("aiohttp.server").addFilter(_is_no_bad_request)
        app = web.Application()
        app.router.add_route("*", "/{path:(?s:.*)}", self._answer)
        # Bodies stay as they were sent, and log lines have no URLs. 0: running requests may take any time to finish.
        runner = web.AppRunner(app, auto_decompress=False, access_log=None, shutdown_timeout=0)
        await runner.setup()
        await web.SockSite(runner, self._endpoint.socket, backlog=BACKLOG).start()
        await stop.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        path = request.rel_url.path_safe.replace("%25", "%")
        if "\0" in path:
            return web.Response(status=400)
        for route in self._routes:
            parameters = route.match(request.method, path)
            if parameters is not None:
                return await self._receive(request, route.function, parameters)
        return web.Response(status=404)

    async def _receive(self, request: web.Request, function: Function, parameters: dict[str, str]) -> web.Response:
        """Read the body, and hand the request over. A body isn't read if its length isn't announced."""
        length = request.content_length or 0
        if length > self._endpoint.body_limit:
            return web.Response(status=413)
        try:
            body = await request.content.read() if length else b""
            value, metadata = to_rpc(request, parameters, body)
        except (web.RequestPayloadError, ConnectionError, MalformedError):
            return web.Response(status=400)
        started = time.perf_counter()
        done = await worker.invoke(function, value, metadata)
        ms = round((time.perf_counter() - started) * 1000, 1)
        if done.failure is not None:
            logger.error("%s failed: %s", function.name, done.failure)
        answer = from_rpc(done.value) if done.value is not None else web.Response(status=500)
        outcome: Outcome = "ok" if done.failure is None else "error"
        self._log(Invocation(function.name, outcome, ms, status=answer.status, logged=done.logged))
        return answer


def _is_no_bad_request(record: logging.LogRecord) -> bool:
    """Return False for an error that's the sender's fault, because aiohttp would log what was sent."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | web.RequestPayloadError)
