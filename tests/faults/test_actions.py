"""Each action at each point of a request's path."""

import asyncio
import errno
import signal

import aiohttp
import pytest

from tests.faults.actions import Call, Delay, Hold, Kill, Reset, Status
from tests.faults.echo import EchoServer, posting_process
from tests.faults.exchange import Exchange
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Point

at_both_points = pytest.mark.parametrize("point", ["before", "after"])


@at_both_points
async def test_kill(point: Point, server: EchoServer, proxy: FaultProxy) -> None:
    """The request of a process killed "after" took effect, and that of one killed "before" didn't."""
    pid = 0
    proxy.rule("*", point=point, action=Kill(lambda: pid))
    async with posting_process(proxy.url) as process:
        pid = process.pid
        output, _ = await process.communicate()
    assert (process.returncode, output) == (-signal.SIGKILL, b"")
    assert len(server.requests) == (point == "after")


@at_both_points
async def test_reset(point: Point, client: aiohttp.ClientSession, server: EchoServer, proxy: FaultProxy) -> None:
    """The client's connection is reset, and its next request succeeds."""
    proxy.rule("*", point=point, action=Reset())
    with pytest.raises(aiohttp.ClientOSError) as caught:
        await client.post("/", data=b"1")
    assert caught.value.errno == errno.ECONNRESET
    async with client.post("/", data=b"2") as response:
        assert response.status == 200
    assert server.requests == ["POST / 1", "POST / 2"][0 if point == "after" else 1 :]
    assert [exchange.status for exchange in proxy.log] == [200 if point == "after" else None, 200]


@at_both_points
async def test_status(point: Point, client: aiohttp.ClientSession, server: EchoServer, proxy: FaultProxy) -> None:
    """The client gets the response of the rule, and can go on using its connection."""
    proxy.rule("*", point=point, action=Status(503, {"Retry-After": "7"}, b"later"))
    async with client.post("/", data=b"1") as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "7")
        assert (await response.read()) == b"later"
    async with client.post("/", data=b"2") as response:
        assert response.status == 200
    assert len(server.requests) == (2 if point == "after" else 1)
    first, second = proxy.log
    assert (first.status, first.upstream_status) == (503, 200 if point == "after" else None)
    assert first.client == second.client


@at_both_points
async def test_delay(point: Point, client: aiohttp.ClientSession, server: EchoServer, proxy: FaultProxy) -> None:
    """The request or its response is passed on after the delay, and no earlier."""
    proxy.rule("*", point=point, action=Delay(0.2))
    async with client.post("/", data=b"1") as response:
        assert response.status == 200
    (exchange,) = proxy.log
    assert exchange.forwarded is not None
    assert exchange.responded is not None
    assert exchange.finished is not None
    if point == "before":
        assert exchange.forwarded - exchange.received >= 0.2
    else:
        assert exchange.forwarded - exchange.received < 0.2
        assert exchange.finished - exchange.responded >= 0.2
    assert server.requests == ["POST / 1"]


@at_both_points
async def test_hold(point: Point, client: aiohttp.ClientSession, server: EchoServer, proxy: FaultProxy) -> None:
    """A second request passes while the first is held."""
    held = Hold()
    rule = proxy.rule("*", point=point, action=held)
    first = asyncio.create_task(client.post("/first"))
    await rule.reached
    async with client.post("/second"):
        pass
    assert not first.done()
    held.release()
    (await first).release()
    order = ["POST /first ", "POST /second "]
    assert server.requests == (order if point == "after" else order[::-1])


async def test_a_held_request_is_forwarded_though_its_client_has_gone(
    client: aiohttp.ClientSession, server: EchoServer, proxy: FaultProxy
) -> None:
    """A request that was received is forwarded on release, even if no client waits for its response."""
    held = Hold()
    landed = asyncio.Event()
    rule = proxy.rule("*", action=held)
    proxy.rule("*", point="after", action=Call(lambda _: landed.set()))
    with pytest.raises(TimeoutError):
        await client.post("/late", timeout=aiohttp.ClientTimeout(total=0.1))
    assert rule.reached.done()
    assert server.requests == []
    held.release()
    await asyncio.wait_for(landed.wait(), 5)
    assert server.requests == ["POST /late "]


@at_both_points
async def test_call(point: Point, client: aiohttp.ClientSession, server: EchoServer, proxy: FaultProxy) -> None:
    """Functions, including asynchronous ones, are called with the exchange, in the order of their rules."""
    calls: list[tuple[str, int]] = []

    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0)
        calls.append((exchange.target, len(server.requests)))

    proxy.rule("*", point=point, action=Call(slow))
    proxy.rule("*", point=point, action=Call(lambda exchange: calls.append((exchange.method, 0))))
    async with client.post("/x") as response:
        assert response.status == 200
    assert calls == [("/x", int(point == "after")), ("POST", 0)]
