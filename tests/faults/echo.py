"""A small server for the tests of the fault proxy, and a process that sends it a request."""

import asyncio
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class EchoServer:
    """Notes each request, and responds with the request's body."""

    url: str = ""
    requests: list[str] = field(default_factory=list)
    headers: list[list[tuple[str, str]]] = field(default_factory=list)
    delay: float = 0  # seconds that each response takes

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """Echo the body. Some paths have their own responses."""
        body = await request.read()
        self.requests.append(f"{request.method} {request.raw_path} {body.decode()}")
        self.headers.append([(name.decode(), value.decode()) for name, value in request.raw_headers])
        await asyncio.sleep(self.delay)
        match request.path:
            case "/chunks":
                return await _in_chunks(request)
            case "/nothing":
                return web.Response(status=204)
            case "/short":
                return await _cut_short(request)
        return web.Response(text=f"echo {body.decode()}", headers=[("X-Twice", "1"), ("X-Twice", "2")])


@asynccontextmanager
async def echo_server() -> AsyncIterator[EchoServer]:
    """Run an `EchoServer`."""
    server = EchoServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.respond)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@asynccontextmanager
async def posting_process(url: str) -> AsyncIterator[Process]:
    """Start a process that sends one POST and then prints the status of any response."""
    code = f"import urllib.request as r; print(r.urlopen({url!r}, data=b'x').status)"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _in_chunks(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    for piece in (b"one", b"two" * 50_000):
        await response.write(piece)
    return response


async def _cut_short(request: web.Request) -> web.StreamResponse:
    """Announce ten bytes, send three, and close the connection."""
    response = web.StreamResponse(headers={"Content-Length": "10"})
    await response.prepare(request)
    await response.write(b"abc")
    assert request.transport
    request.transport.close()
    return response
