"""Write responses as HTTP, intact or damaged."""

import asyncio
import json
from http import HTTPStatus
from typing import Literal

from aiohttp import web

from tools.develop.simulator.journal import RecordedRequest
from tools.develop.simulator.responses import Response

_HTML = b"<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>Bad gateway</body></html>"
_PIECES = 8  # of a slow response

Damage = Literal["truncated", "cut", "html", "wrong_type", "empty", "slow_headers", "slow_body"]
"""How a response is damaged.

`truncated`: only half of the JSON. `cut`: the connection closes in the middle of the body. `html`: an HTML page instead
of JSON. `wrong_type`: the wrong content type. `empty`: no body. `slow_headers`, `slow_body`: a few bytes at a time.
"""

BROKEN_HTTP: frozenset[Damage] = frozenset({"cut", "slow_headers", "slow_body"})
"""The damage that aiohttp can't write. Everything else is correct HTTP."""


def render(response: Response, request: RecordedRequest) -> web.Response:
    """Build the HTTP response, with the headers that Graph sends."""
    rendered = web.Response(status=response.status, headers=response.headers)
    rendered.headers["request-id"] = request.request_id
    if request.client_request_id and "client-request-id" not in response.headers:
        rendered.headers["client-request-id"] = request.client_request_id
    if isinstance(response.body, str):
        rendered.text = response.body
    elif response.body is not None:
        rendered.body = json.dumps(response.body, ensure_ascii=False).encode()
        rendered.content_type = "application/json"
        rendered.charset = "utf-8"
    return rendered


def damaged(response: web.Response, damage: Damage) -> web.Response:
    """Damage a response so that it's still correct HTTP."""
    body = response.body if isinstance(response.body, bytes) else b""
    match damage:
        case "truncated":
            response.body = body[: len(body) // 2]
        case "html":
            response.body, response.content_type = _HTML, "text/html"
        case "wrong_type":
            response.content_type = "text/plain"
        case "empty":
            response.body = None
        case "cut" | "slow_headers" | "slow_body":
            pass
    return response


async def write_broken(http: web.Request, response: web.Response, damage: Damage, seconds: float) -> None:
    """Write a response to the socket slowly, or only half of it, then close the connection.

    `seconds` is how long a slow response takes.
    """
    transport = http.transport
    if transport is None:
        return
    body = response.body if isinstance(response.body, bytes) else b""
    head = _head(response, len(body))
    if damage == "cut":
        transport.write(head + body[: len(body) // 2])
    else:
        first, slow = (b"", head + body) if damage == "slow_headers" else (head, body)
        transport.write(first)
        size = max(1, -(-len(slow) // _PIECES))
        for start in range(0, len(slow), size):
            await asyncio.sleep(seconds / _PIECES)
            transport.write(slow[start : start + size])
    transport.close()


def _head(response: web.Response, length: int) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}", "Connection: close"]
    if response.status != HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {length}")
    lines += [f"{name}: {value}" for name, value in response.headers.items() if name != "Content-Length"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
