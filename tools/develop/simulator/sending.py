"""Putting an answer on the wire, whole or damaged."""

import asyncio
import json
from http import HTTPStatus
from typing import Literal

from aiohttp import web

from tools.develop.simulator.answers import Answer
from tools.develop.simulator.journal import RecordedRequest

_HTML = b"<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>Bad gateway</body></html>"
_PIECES = 8

Damage = Literal["truncated", "cut", "html", "wrong_type", "empty", "slow_headers", "slow_body"]
"""Half of the JSON; a connection that closes in mid body; another content type; nothing; one drop at a time."""

WRITTEN_BADLY: frozenset[Damage] = frozenset({"cut", "slow_headers", "slow_body"})
"""What aiohttp would not write; the rest is correct HTTP."""


def render(answer: Answer, request: RecordedRequest) -> web.Response:
    """Write an answer as HTTP, with Graph's headers."""
    response = web.Response(status=answer.status, headers=answer.headers)
    response.headers["request-id"] = request.request_id
    if request.client_request_id:
        response.headers["client-request-id"] = request.client_request_id
    if isinstance(answer.body, str):
        response.text = answer.body
    elif answer.body is not None:
        response.body = json.dumps(answer.body, ensure_ascii=False).encode()
        response.content_type = "application/json"
        response.charset = "utf-8"
    return response


def damaged(response: web.Response, damage: Damage) -> web.Response:
    """Damage an answer in a way that is still correct HTTP."""
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


async def write_badly(http: web.Request, response: web.Response, damage: Damage, seconds: float) -> None:
    """Write an answer to the socket slowly or not to its end, then close the connection."""
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
