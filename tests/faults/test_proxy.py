"""The fault proxy passes everything on unchanged unless a rule acts."""

import asyncio
import math
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.faults.actions import Delay, Hold, Kill
from tests.faults.echo import EchoServer, posting_process
from tests.faults.proxy import FaultProxy


async def test_passes_requests_on_byte_for_byte(server: EchoServer, proxy: FaultProxy) -> None:
    """Path, query, headers (with their case and order), body and response arrive as they were sent."""
    target = "/a%2Fb('x%27y')/c%20d?sig=%2B%2f+%3D&empty="
    reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
    lines = [f"PUT {target} HTTP/1.1", "hOsT: elsewhere", "X-b: 1", "x-A:  2 ", "X-b: 3", "Content-Length: 2"]
    writer.write("\r\n".join([*lines, "", "{}"]).encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert (await reader.readexactly(7)) == b"echo {}"
    writer.close()
    await writer.wait_closed()
    assert head.count(b"X-Twice: ") == 2
    assert server.requests == [f"PUT {target} {{}}"]
    assert server.headers == [
        [("hOsT", "elsewhere"), ("X-b", "1"), ("x-A", "2"), ("X-b", "3"), ("Content-Length", "2")]
    ]


@pytest.mark.parametrize("watched", [False, True], ids=["streamed", "read whole"])
async def test_passes_every_form_of_body_on(
    client: aiohttp.ClientSession, server: EchoServer, proxy: FaultProxy, *, watched: bool
) -> None:
    """Bodies may be chunked, counted, empty or missing, in both directions and on one connection."""
    if watched:
        proxy.rule("*", point="after", action=Delay(0), times=math.inf)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    async with client.post("/", data=pieces()) as response:
        assert (await response.text()) == "echo onetwo"
    async with client.get("/chunks") as response:
        assert (await response.read()) == b"one" + b"two" * 50_000
    async with client.delete("/nothing") as response:
        assert (response.status, await response.read()) == (204, b"")
    async with client.head("/") as response:
        assert (response.status, response.content_length) == (200, 5)
    async with client.get("/") as response:
        assert (await response.text()) == "echo "
    assert len({exchange.client for exchange in proxy.log}) == 1
    assert len(server.requests) == 5


async def test_a_response_that_is_cut_short_stays_so(client: aiohttp.ClientSession, proxy: FaultProxy) -> None:
    """The client gets the bytes that came, and sees the connection close early."""
    with pytest.raises(aiohttp.ClientPayloadError):
        async with client.get("/short") as response:
            await response.read()
    (exchange,) = proxy.log
    assert exchange.faults == ["broken: IncompleteReadError"]


async def test_a_server_that_is_gone_shows_as_a_broken_connection(
    client: aiohttp.ClientSession, unused_tcp_port: int
) -> None:
    """The proxy doesn't make up a response for a server that refuses the connection."""
    async with FaultProxy(f"http://127.0.0.1:{unused_tcp_port}") as proxy:
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.get(proxy.url)
        assert proxy.log[0].faults == ["broken: ConnectionRefusedError"]


async def test_an_action_that_fails_fails_the_test(server: EchoServer) -> None:
    """Leaving the proxy raises the error of the action, so that no test passes without its fault."""

    async def kill(pid: int) -> None:
        async with FaultProxy(server.url) as proxy, aiohttp.ClientSession() as session:
            proxy.rule("*", action=Kill(pid), times=math.inf)
            with pytest.raises(aiohttp.ClientConnectionError):
                await session.get(proxy.url)

    async with posting_process(server.url) as process:
        await process.communicate()
    with pytest.raises(ExceptionGroup) as caught:
        await kill(process.pid)
    assert caught.group_contains(ProcessLookupError)


async def test_leaving_the_proxy_closes_connections(server: EchoServer) -> None:
    """A client whose request is held sees its connection close."""
    async with aiohttp.ClientSession() as session:
        async with FaultProxy(server.url) as proxy:
            rule = proxy.rule("*", action=Hold())
            waiting = asyncio.create_task(session.post(proxy.url))
            await rule.reached
        with pytest.raises(aiohttp.ClientConnectionError):
            await waiting


async def test_concurrent_requests_get_their_own_responses(client: aiohttp.ClientSession, proxy: FaultProxy) -> None:
    """400 requests pass, 32 of them at a time."""
    gate = asyncio.Semaphore(32)

    async def send(number: int) -> str:
        async with gate, client.post("/", data=str(number)) as response:
            return await response.text()

    assert (await asyncio.gather(*map(send, range(400)))) == [f"echo {number}" for number in range(400)]
    assert len(proxy.log) == 400
