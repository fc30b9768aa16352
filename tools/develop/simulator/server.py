"""The simulated tenant, as a server in this process."""

import asyncio
from importlib.resources import files
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tools.develop.simulator.admin import Admin, Waiting
from tools.develop.simulator.journal import RecordedRequest
from tools.develop.simulator.paths import as_read, check_path
from tools.develop.simulator.responses import Refusal, Response
from tools.develop.simulator.routes import route
from tools.develop.simulator.tenant import GRAPH_PATH, TOKEN_PATH, Tenant
from tools.develop.simulator.tokens import token_response

_MAX_BODY = 16 * 1024 * 1024  # bytes


class Simulator(Tenant):
    """A simulated tenant on one local port; an async context manager.

    Keyword arguments are the fields of `Config`. If `waiting` is set, the page shows what it returns: the app's dead
    letters and retries.
    """

    waiting: Waiting | None = None

    def __init__(self, **config: Any) -> None:  # noqa: ANN401  (each field of Config has its own type)
        super().__init__(**config)
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on a port of the loopback interface. 0 means any free port."""
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_route("*", GRAPH_PATH + "/{path:.*}", self._on_graph)
        app.router.add_get(TOKEN_PATH, self._on_token)
        app.router.add_get("/", self._on_page)
        Admin(self, lambda: self.waiting).add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close the port, and forget requests, faults and delayed effects."""
        self._dispatcher.reset()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _on_graph(self, http: web.Request) -> web.StreamResponse:
        path, _, query = http.raw_path.removeprefix(GRAPH_PATH).partition("?")
        slashes = self.config.slashes
        call = route(http.method, as_read(path, slashes))
        graph = self._graph  # after a reset, a delayed request must not affect the new Graph

        def handle(request: RecordedRequest, text: str) -> Response:
            try:
                self._tokens.check(http.headers.get("Authorization"))
                check_path(path, slashes)
                response = graph.handle(call, query, text, http.headers.get("Content-Type", ""))
            except Refusal as refusal:
                return refusal.response(request.request_id, request.client_request_id)
            if isinstance(response.body, dict) and "value" in response.body:
                request.found = len(response.body["value"])
            return response

        return await self._dispatcher.dispatch(
            http,
            call.operation,
            handle,
            keep=self.config.requests_kept,
            latency=self.config.latency,
            learner_of=lambda body: graph.learner_of(call, body),
        )

    async def _on_token(self, http: web.Request) -> web.StreamResponse:
        return await self._dispatcher.dispatch(
            http,
            "token",
            lambda _request, _text: token_response(http, self._tokens, self.config),
            keep=self.config.requests_kept,
            latency=self.config.identity_delay,
        )

    async def _on_page(self, _: web.Request) -> web.Response:
        page = await asyncio.to_thread(files(__package__ or "").joinpath("page.html").read_text, "utf-8")
        return web.Response(text=page, content_type="text/html")
