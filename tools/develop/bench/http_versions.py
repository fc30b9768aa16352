"""Compare HTTP/1.1 with HTTP/2 for requests to Graph, in one run and through the app's own layers.

    python -m tools.develop.bench.http_versions [--requests N] [--rounds N] [--latency SECONDS] [--json]

Both versions get the same responses over TLS, from one server in another process. Rounds alternate between them, with
as many requests in flight as the app has. CPU times are the client's alone. The ratio is HTTP/2 to HTTP/1.1.
"""

import argparse
import asyncio
import json
import statistics
import time
from dataclasses import asdict, dataclass

import httpx
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_http.middleware.options import (
    RedirectHandlerOption,
    ResponseHandlerOption,
    RetryHandlerOption,
    UrlReplaceHandlerOption,
)
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core import GraphClientFactory
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from rich.console import Console
from rich.table import Table

from tools.develop.bench.http_server import VERSIONS, Server, http_server
from tools.develop.bench.pipeline import CONCURRENCY, event

CREATED = 201
PATH = "/v1.0/employeeExperience/learningProviders/provider/learningCourseActivities"
P95 = 95


@dataclass(frozen=True)
class Figures:
    """What requests cost over one version of HTTP."""

    cpu_ms: float
    p50_ms: float
    p95_ms: float
    connections: float


class Client:
    """Sends requests over one version of HTTP, through the same layers as the app."""

    def __init__(self, server: Server, version: str) -> None:
        self.version = version
        self._server = server
        self._connections = httpx.AsyncHTTPTransport(
            verify=server.trust, http1=version == "http/1.1", http2=version == "h2"
        )
        http = GraphClientFactory.create_with_default_middleware(
            client=httpx.AsyncClient(timeout=30, transport=self._connections),
            options={
                RetryHandlerOption.get_key(): RetryHandlerOption(should_retry=False),
                RedirectHandlerOption.get_key(): RedirectHandlerOption(should_redirect=False),
                UrlReplaceHandlerOption.get_key(): UrlReplaceHandlerOption(enabled=False),
            },
        )
        self._adapter = GraphRequestAdapter(AnonymousAuthenticationProvider(), http)
        self._cpu: list[float] = []
        self._seconds: list[float] = []

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.aclose()

    async def round(self, requests: int) -> None:
        """Send a number of requests, and record what they cost."""
        slots = asyncio.Semaphore(CONCURRENCY)
        before = time.process_time()
        await asyncio.gather(*(self._limited(slots, number) for number in range(requests)))
        self._cpu.append((time.process_time() - before) / requests)

    def forget(self) -> None:
        """Forget the rounds so far."""
        self._cpu.clear()
        self._seconds.clear()

    def figures(self) -> Figures:
        """Return the results of the rounds."""
        return Figures(
            cpu_ms=statistics.median(self._cpu) * 1000,
            p50_ms=statistics.median(self._seconds) * 1000,
            p95_ms=statistics.quantiles(self._seconds, n=100)[P95 - 1] * 1000,
            connections=self._server.connections(self.version),
        )

    async def _limited(self, slots: asyncio.Semaphore, number: int) -> None:
        async with slots:
            started = time.perf_counter()
            await self._send(number)
            self._seconds.append(time.perf_counter() - started)

    async def _send(self, number: int) -> None:
        request = RequestInformation()
        request.http_method, request.url = Method.POST, self._server.url + PATH
        request.set_stream_content(event(number, "assigned", 8), "application/json")
        request.add_request_options([ResponseHandlerOption(NativeResponseHandler())])
        with suppress_http_instrumentation():
            response = await self._adapter.send_primitive_async(request, "bytes", {})
        if not isinstance(response, httpx.Response) or response.status_code != CREATED:
            raise RuntimeError(f"{self.version}: {response}")


async def run(requests: int, rounds: int, latency: float) -> dict[str, Figures]:
    """Measure both versions in turn."""
    async with http_server(latency) as server:
        clients = [Client(server, version) for version in VERSIONS]
        for client in clients:
            await client.round(requests)
            client.forget()
        for _ in range(rounds):
            for client in clients:
                await client.round(requests)
            clients.reverse()
        figures = {client.version: client.figures() for client in clients}
        for client in clients:
            await client.close()
    return {version: figures[version] for version in VERSIONS}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--requests", type=int, default=300, help="requests in a round")
    parser.add_argument("--rounds", type=int, default=6, help="rounds for each version")
    parser.add_argument("--latency", type=float, default=0.02, help="seconds that a response takes")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    measured = {
        name: asdict(one) for name, one in asyncio.run(run(options.requests, options.rounds, options.latency)).items()
    }
    one, two = (measured[version] for version in VERSIONS)
    ratios = {name: two[name] / one[name] for name in one}
    if options.json:
        print(json.dumps({**measured, "ratios": ratios}))
        return
    table = Table(
        "", *VERSIONS, "h2 / http/1.1", title=f"{CONCURRENCY} requests in flight, {options.latency * 1000:g} ms each"
    )
    for name in one:
        table.add_row(
            name.replace("_ms", " ms").replace("cpu", "CPU"),
            f"{one[name]:.2f}",
            f"{two[name]:.2f}",
            f"{ratios[name]:.2f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
