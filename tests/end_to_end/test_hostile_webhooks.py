"""Hostile requests over TCP: the door answers each, stays up and lets nothing in."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from activities.service import Service
from tests.activities.webhooks.proofs import basic
from tests.end_to_end.test_webhooks import App, app
from tests.storage_reading import texts
from tools.develop.simulator import Simulator

# Nothing takes messages off the queue, so anything that got in is still there to see.
NOBODY = {f"AzureWebJobs.{name}.Disabled": "true" for name in ("process_event", "retry_event")}
LARGE = 100_000_000


@pytest.fixture
async def running(environment: Mapping[str, str], tmp_path: Path, simulator: Simulator) -> AsyncIterator[App]:
    """The function app with webhooks, but without its queue functions."""
    async with app({**environment, **NOBODY}, tmp_path, simulator) as started:
        yield started


async def raw(running: App, request: bytes, *, end: bool = False) -> bytes:
    """Send bytes. Return what comes back until the connection closes or is silent for a second."""
    assert running.host.url
    port = int(running.host.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    try:
        writer.write(request)
        await writer.drain()
        if end:
            writer.write_eof()
        while part := await asyncio.wait_for(reader.read(65_536), 1):
            received += part
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return received


async def test_the_door_survives_hostile_requests(running: App, service: Service) -> None:
    """Each gets a refusal or no answer, and other requests are served meanwhile."""
    host = b"Host: x\r\n"
    assert await running.post("docebo", b"x" * LARGE) == 413
    assert await running.post("nobody", b"x" * LARGE, basic()) == 413
    bomb = gzip.compress(b" " * LARGE)
    assert await running.post("docebo", bomb, {"X-Docebo-Token": "wrong", "Content-Encoding": "gzip"}) == 401
    secret = {"X-Docebo-Token": "correct-horse-battery"}
    assert await running.post("docebo", bomb, {**secret, "Content-Encoding": "gzip"}) == 413

    many = b"".join(b"X-%d: y\r\n" % number for number in range(10_000))
    # The server closes the connection before it has read everything, so its answer may not arrive.
    answer = await raw(running, b"POST /api/webhooks/docebo HTTP/1.1\r\n" + host + many + b"\r\n")
    assert answer[9:10] in {b"4", b""}, answer[:100]
    long = b"POST /api/webhooks/docebo HTTP/1.1\r\nX-Docebo-Token: " + b"x" * 200_000 + b"\r\n\r\n"
    assert (await raw(running, long))[9:10] in {b"4", b""}

    # Many slow senders don't hold anyone else up.
    slow = b"POST /api/webhooks/docebo HTTP/1.1\r\n" + host + b"Content-Length: 1000\r\n\r\n{"
    waiting = [asyncio.create_task(raw(running, slow)) for _ in range(50)]
    begun = time.monotonic()
    assert await running.post("docebo", b"{}") == 200
    assert time.monotonic() - begun < 2
    assert await asyncio.gather(*waiting) == [b""] * 50

    for path in (
        "/api/webhooks/../webhooks/docebo",
        "/api/webhooks/docebo/../docebo",
        "/api/webhooks/%2e%2e/docebo",
        "/api/webhooks/docebo%00",
        "/api/webhooks/docebo%2fstatements",
        "/api/webhooks//docebo",
        "/api/webhooks/docebo/",
        "/api/webhooks/",
        "/API/webhooks/docebo/statements/x",
        "/api/webhooks/%F0%9F%8E%93",
        "//evil.example/api/webhooks/docebo",
    ):
        sent = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
        status = (await raw(running, sent.encode())).split(b" ")[1:2]
        assert status in ([b"401"], [b"404"], [b"400"]), (path, status)
    for broken in (b"POST\r\n\r\n", b"\x00" * 100, b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b""):
        assert b" 5" not in (await raw(running, broken, end=True)).partition(b"\r\n")[0]
    two_lengths = host + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert b" 200" not in await raw(running, b"POST /api/webhooks/docebo HTTP/1.1\r\n" + two_lengths)

    await asyncio.sleep(0.2)
    queue = service.storage.queue(service.settings.events_queue)
    assert [json.loads(text)["data"] for text in await texts(queue)] == [{}]
    log = running.host.log.read_text()
    assert "correct-horse-battery" not in log
    assert "nobody" not in log
    assert "receive_webhook" in log
