"""Requests that are too large, malformed, slow or cut off don't affect others."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiohttp

from tests.tools.develop.host.hosts import Hosts
from tests.tools.develop.host.http_app import APP, ECHO, TEXT, echoed, raw, status


async def test_a_body_above_the_limit_is_refused(hosts: Hosts, client: aiohttp.ClientSession) -> None:
    """The host answers 413 without calling the function. A chunked body is never read, however large it is."""
    host = await hosts(APP, settings={"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "100000"})

    async def chunks() -> AsyncIterator[bytes]:
        yield b"x" * 200_000

    for body, expected in ((b"x" * 100_000, 207), (b"x" * 100_001, 413), (chunks(), 207)):
        async with client.post(f"{host.url}{ECHO}", data=body) as answer:
            assert answer.status == expected
    assert [invocation.outcome for invocation in await hosts.invocations(2)] == ["ok", "ok"]


async def test_what_is_malformed_is_refused_quietly(hosts: Hosts) -> None:
    """The host answers 400, no log line quotes the request, and the next request is answered."""
    host = await hosts(APP)
    first, address = f"POST {ECHO} HTTP/1.1", "Host: x"
    malformed: dict[str, list[str | bytes]] = {
        "many headers": [first, address, *["S: s3cr3t"] * 200],
        "long header": [first, address, f"S: {'s3cr3t' * 2000}"],
        "long URL": [f"POST {ECHO}?{'s3cr3t' * 2000} HTTP/1.1", address],
        "not UTF-8": [first, address, b"S: s3cr3t\xff"],
        "control character": [first, address, "S: s3cr3t\0"],
        "length": [first, address, "Content-Length: s3cr3t"],
        "chunks": [first, address, "Transfer-Encoding: chunked", "", "s3cr3t"],
        "not HTTP": ["s3cr3t"],
    }
    answers = {name: await raw(host, *lines) for name, lines in malformed.items()}
    assert {name: status(answer) for name, answer in answers.items()} == dict.fromkeys(malformed, 400)
    assert status(await raw(host, *TEXT)) == 200
    assert [invocation.function for invocation in await hosts.invocations(1)] == ["text"]
    log = host.log.read_text()
    assert "s3cr3t" not in log
    assert "Traceback" not in log


async def test_a_body_that_ends_too_early_is_no_request(hosts: Hosts) -> None:
    """If the connection closes within the body, the function isn't invoked, and the log doesn't mention it."""
    host = await hosts(APP)
    address = urlsplit(str(host.url))
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(f"POST {ECHO} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert status(await raw(host, *TEXT)) == 200
    assert await host.stop(20) == 0
    assert [invocation.function for invocation in await hosts.invocations(1)] == ["text"]
    assert "Traceback" not in host.log.read_text()


async def test_a_slow_body_delays_nobody_else(hosts: Hosts) -> None:
    """While a body is on its way, others are answered. Then it's answered too."""
    host = await hosts(APP)
    address = urlsplit(str(host.url))
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(f"POST {ECHO} HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nConnection: close\r\n\r\nabc".encode())
    await writer.drain()
    assert status(await raw(host, *TEXT)) == 200
    writer.write(b"def")
    assert echoed(await reader.read())["body"] == b"abcdef".hex()
    writer.close()
