"""The simulator as a server, in this process."""

import asyncio
from collections.abc import Callable
from importlib.resources import files
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tools.develop.simulator.activities import Activity
from tools.develop.simulator.admin import Admin
from tools.develop.simulator.answers import Answer, Refusal
from tools.develop.simulator.config import Config
from tools.develop.simulator.directory import Directory
from tools.develop.simulator.exchange import Exchange
from tools.develop.simulator.faults import Fault
from tools.develop.simulator.graph import Graph
from tools.develop.simulator.journal import Journal, RecordedRequest
from tools.develop.simulator.routes import route
from tools.develop.simulator.tokens import Tokens, answer_token_request

_GRAPH = "/v1.0"
_TOKEN = "/msi/token"  # noqa: S105  (a path)
_MAX_BODY = 16 * 1024 * 1024


class Simulator:
    """Microsoft Graph, the directory and the managed identity endpoint on one local port.

    Keyword arguments are the fields of `Config`.
    """

    def __init__(self, **config: Any) -> None:  # noqa: ANN401  (each field of Config has its own type)
        self.config = Config(**config)
        self._exchange = Exchange()
        self._tokens = Tokens(self.config)
        self._graph = Graph(self.config)
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self, port: int = 0) -> None:
        """Listen on a port of the loopback interface; 0 takes a free one."""
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_route("*", _GRAPH + "/{path:.*}", self._on_graph)
        app.router.add_get(_TOKEN, self._on_token)
        app.router.add_get("/", self._on_page)
        Admin(self).add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close the port and forget late landings."""
        self._exchange.reset()
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

    @property
    def graph_url(self) -> str:
        """The base URL of Microsoft Graph v1.0."""
        return self.url + _GRAPH

    @property
    def environment(self) -> dict[str, str]:
        """The app settings of a function app that is to use the simulator."""
        return {
            "GRAPH_BASE_URL": self.graph_url,
            "IDENTITY_ENDPOINT": self.url + _TOKEN,
            "IDENTITY_HEADER": self.config.identity_header,
            "LEARNING_PROVIDER_ID": self.config.provider_id,
        }

    @property
    def activities(self) -> list[Activity]:
        """The activities that exist, oldest first, whether they show yet or not."""
        return list(self._graph.activities.live.values())

    @property
    def requests(self) -> list[RecordedRequest]:
        """The recorded requests, oldest first."""
        return self.journal.requests

    @property
    def counts(self) -> dict[tuple[str, str], int]:
        """How many requests ended, by operation and status ("none": no answer was sent)."""
        return dict(self.journal.counts)

    @property
    def journal(self) -> Journal:
        """The recorded requests and counts of them."""
        return self._exchange.journal

    @property
    def directory(self) -> Directory:
        """The people and courses of the configuration, by their keys."""
        return self._graph.directory

    def configure(self, **changes: Any) -> None:  # noqa: ANN401  (each field of Config has its own type)
        """Change settings, all of them or, if one is wrong, none.

        Raises:
            pydantic.ValidationError: if a setting is unknown or has a wrong value.

        """
        checked = Config(**{**dict(self.config), **changes})
        for name in changes:
            setattr(self.config, name, getattr(checked, name))

    def fault(self, **fault: Any) -> Fault:  # noqa: ANN401  (each field of Fault has its own type)
        """Set a fault; the arguments are the fields of `Fault`."""
        made = Fault(**fault)
        self._exchange.faults.add(made)
        return made

    def token(self, audience: str | None = None, lifetime: float = 3600) -> str:
        """Make a token without the identity endpoint, for requests by hand; a negative lifetime is expired."""
        return self._tokens.issue(audience or self.config.audience, lifetime)[0]

    def reset(self) -> None:
        """Forget activities, requests, faults and what has not landed yet; keep the configuration."""
        self._exchange.reset()
        self._graph = Graph(self.config)

    async def wait_until(self, condition: Callable[[], object], seconds: float = 10) -> None:
        """Wait until a condition on the simulator holds, looking at each change of it.

        Raises:
            TimeoutError: if it does not within so many seconds.

        """
        await self.journal.wait_until(condition, seconds)

    async def _on_graph(self, http: web.Request) -> web.StreamResponse:
        path, _, query = http.raw_path.removeprefix(_GRAPH).partition("?")
        call = route(http.method, path)
        graph = self._graph  # a delayed request does not reach the world after a reset

        def perform(request: RecordedRequest, text: str) -> Answer:
            try:
                self._tokens.check(http.headers.get("Authorization"))
                return graph.handle(call, query, text, http.headers.get("Content-Type", ""))
            except Refusal as refusal:
                return refusal.answer(request.request_id, request.client_request_id)

        return await self._exchange.carry(
            http,
            call.operation,
            perform,
            keep=self.config.requests_kept,
            latency=self.config.latency,
        )

    async def _on_token(self, http: web.Request) -> web.StreamResponse:
        return await self._exchange.carry(
            http,
            "token",
            lambda _request, _text: answer_token_request(http, self._tokens, self.config),
            keep=self.config.requests_kept,
            latency=self.config.identity_delay,
        )

    async def _on_page(self, _: web.Request) -> web.Response:
        page = await asyncio.to_thread(files(__package__ or "").joinpath("page.html").read_text, "utf-8")
        return web.Response(text=page, content_type="text/html")
