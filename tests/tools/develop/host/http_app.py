"""An app with HTTP functions, and a client that sends what it's told to."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from tools.develop.host.process import HostProcess

APP = """
    import json

    @app.route("echo/{name}/x", methods=["POST", "put"], auth_level="anonymous")
    async def echo(req: func.HttpRequest) -> func.HttpResponse:
        seen = {
            "method": req.method,
            "url": req.url,
            "headers": dict(req.headers),
            "query": dict(req.params),
            "route": dict(req.route_params),
            "body": req.get_body().hex(),
        }
        headers = {"X-Answer": "1", "Content-Type": "application/json"}
        return func.HttpResponse(json.dumps(seen), status_code=207, headers=headers)

    @app.route()
    def text(req: func.HttpRequest):
        return "grün"

    @app.route("fail")
    async def fail(req: func.HttpRequest) -> func.HttpResponse:
        raise ValueError("the reason")
"""
ECHO = "/api/echo/name/x"
TEXT = "GET /api/text HTTP/1.1", "Host: x"


async def raw(host: HostProcess, *lines: str | bytes, body: bytes = b"") -> bytes:
    """Send these lines of a request, and return everything received until the connection closes."""
    assert host.url
    address = urlsplit(host.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = [line.encode() if isinstance(line, str) else line for line in (*lines, "Connection: close", "", "")]
    writer.write(b"\r\n".join(head) + body)
    try:
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        writer.close()


def status(answer: bytes) -> int:
    """Return a response's status."""
    return int(answer.split()[1])


def echoed(answer: bytes) -> dict[str, Any]:
    """Return what the function `echo` saw."""
    return json.loads(answer.partition(b"\r\n\r\n")[2])
