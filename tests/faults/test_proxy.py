"""The fault proxy: every point with every action, against a small server over TCP."""

import asyncio
import errno
import math
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from tests.faults.actions import Action, Call, Delay, Hold, Kill, Reset, Status
from tests.faults.exchange import Exchange, counts, matching
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Point

POINTS: list[Point] = ["before", "after"]


@dataclass
class Upstream:
    """A server that notes what it was asked, and answers with it."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    heads: list[list[tuple[str, str]]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Echo; some paths answer in special ways."""
        body = await request.read()
        self.asked.append(f"{request.method} {request.raw_path} {body.decode()}")
        self.heads.append([(name.decode(), value.decode()) for name, value in request.raw_headers])
        match request.path:
            case "/chunks":
                response = web.StreamResponse()
                response.enable_chunked_encoding()
                await response.prepare(request)
                for piece in (b"one", b"two" * 50_000):
                    await response.write(piece)
                return response
            case "/nothing":
                return web.Response(status=204)
            case "/short":
                response = web.StreamResponse(headers={"Content-Length": "10"})
                await response.prepare(request)
                await response.write(b"abc")
                assert request.transport
                request.transport.close()
                return response
        return web.Response(text=f"echo {body.decode()}", headers=[("X-Twice", "1"), ("X-Twice", "2")])


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A running Upstream."""
    server = Upstream()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
async def proxy(upstream: Upstream) -> AsyncIterator[FaultProxy]:
    """A proxy before it."""
    async with FaultProxy(upstream.url) as running:
        yield running


@pytest.fixture
async def client(proxy: FaultProxy) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the proxy (aiohttp sends a POST only once)."""
    async with aiohttp.ClientSession(proxy.url) as session:
        yield session


@asynccontextmanager
async def child(url: str) -> AsyncIterator[Process]:
    """A process that sends one POST and would then print the answer's status."""
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


async def test_passes_requests_on_byte_for_byte(upstream: Upstream, proxy: FaultProxy) -> None:
    """Path, query, headers (their case and order too), body and answer arrive as they were sent."""
    target = "/a%2Fb('x%27y')/c%20d?sig=%2B%2f+%3D&empty="
    reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
    lines = [f"PUT {target} HTTP/1.1", "hOsT: elsewhere", "X-b: 1", "x-A:  2 ", "X-b: 3", "Content-Length: 2"]
    writer.write("\r\n".join([*lines, "", "{}"]).encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert (await reader.readexactly(7)) == b"echo {}"
    writer.close()
    await writer.wait_closed()
    assert head.count(b"X-Twice: ") == 2
    assert upstream.asked == [f"PUT {target} {{}}"]
    assert upstream.heads == [
        [("hOsT", "elsewhere"), ("X-b", "1"), ("x-A", "2"), ("X-b", "3"), ("Content-Length", "2")]
    ]


@pytest.mark.parametrize("watched", [False, True], ids=["streamed", "held whole"])
async def test_passes_every_form_of_body_on(
    client: aiohttp.ClientSession, upstream: Upstream, proxy: FaultProxy, *, watched: bool
) -> None:
    """Chunked, empty, bodiless and counted bodies pass, in both directions, on one connection."""
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
    assert len(upstream.asked) == 5


@pytest.mark.parametrize("point", POINTS)
async def test_kill(point: Point, upstream: Upstream, proxy: FaultProxy) -> None:
    """A real process dies at the point: its request has taken effect "after", and has not "before"."""
    pid = 0
    proxy.rule("*", point=point, action=Kill(lambda: pid))
    async with child(proxy.url) as process:
        pid = process.pid
        output, _ = await process.communicate()
    assert (process.returncode, output) == (-signal.SIGKILL, b"")
    assert len(upstream.asked) == (point == "after")


@pytest.mark.parametrize("point", POINTS)
async def test_reset(point: Point, client: aiohttp.ClientSession, upstream: Upstream, proxy: FaultProxy) -> None:
    """The client sees its connection reset, and its next request works."""
    proxy.rule("*", point=point, action=Reset())
    with pytest.raises(aiohttp.ClientOSError) as caught:
        await client.post("/", data=b"1")
    assert caught.value.errno == errno.ECONNRESET
    async with client.post("/", data=b"2") as response:
        assert response.status == 200
    assert upstream.asked == ["POST / 1", "POST / 2"][0 if point == "after" else 1 :]
    assert [exchange.status for exchange in proxy.log] == [200 if point == "after" else None, 200]


@pytest.mark.parametrize("point", POINTS)
async def test_status(point: Point, client: aiohttp.ClientSession, upstream: Upstream, proxy: FaultProxy) -> None:
    """The client gets the rule's answer, on a connection that stays usable."""
    proxy.rule("*", point=point, action=Status(503, {"Retry-After": "7"}, b"later"))
    async with client.post("/", data=b"1") as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "7")
        assert (await response.read()) == b"later"
    async with client.post("/", data=b"2") as response:
        assert response.status == 200
    assert len(upstream.asked) == (2 if point == "after" else 1)
    first, second = proxy.log
    assert (first.status, first.upstream_status) == (503, 200 if point == "after" else None)
    assert first.client == second.client


@pytest.mark.parametrize("point", POINTS)
async def test_delay(point: Point, client: aiohttp.ClientSession, upstream: Upstream, proxy: FaultProxy) -> None:
    """The request, or its answer, passes on after the delay and not before."""
    proxy.rule("*", point=point, action=Delay(0.2))
    async with client.post("/", data=b"1") as response:
        assert response.status == 200
    (exchange,) = proxy.log
    assert exchange.forwarded is not None
    assert exchange.answered is not None
    assert exchange.finished is not None
    if point == "before":
        assert exchange.forwarded - exchange.received >= 0.2
    else:
        assert exchange.forwarded - exchange.received < 0.2
        assert exchange.finished - exchange.answered >= 0.2
    assert upstream.asked == ["POST / 1"]


@pytest.mark.parametrize("point", POINTS)
async def test_hold(point: Point, client: aiohttp.ClientSession, upstream: Upstream, proxy: FaultProxy) -> None:
    """Two clients interleave as the test says: the second goes through while the first is held."""
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
    assert upstream.asked == (order if point == "after" else order[::-1])


@pytest.mark.parametrize("point", POINTS)
async def test_call(point: Point, client: aiohttp.ClientSession, upstream: Upstream, proxy: FaultProxy) -> None:
    """A plain and an asynchronous function are called with the exchange, in the rules' order."""
    calls: list[tuple[str, int]] = []

    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0)
        calls.append((exchange.target, len(upstream.asked)))

    proxy.rule("*", point=point, action=Call(slow))
    proxy.rule("*", point=point, action=Call(lambda exchange: calls.append((exchange.method, 0))))
    async with client.post("/x") as response:
        assert response.status == 200
    assert calls == [("/x", int(point == "after")), ("POST", 0)]


async def test_a_held_request_lands_though_its_client_has_gone(
    client: aiohttp.ClientSession, upstream: Upstream, proxy: FaultProxy
) -> None:
    """What was received is forwarded on release, also when nobody waits for the answer any more."""
    held = Hold()
    landed = asyncio.Event()
    rule = proxy.rule("*", action=held)
    proxy.rule("*", point="after", action=Call(lambda _: landed.set()))
    with pytest.raises(TimeoutError):
        await client.post("/late", timeout=aiohttp.ClientTimeout(total=0.1))
    assert rule.reached.done()
    assert upstream.asked == []
    held.release()
    await asyncio.wait_for(landed.wait(), 5)
    assert upstream.asked == ["POST /late "]


async def test_counts_from_the_rules_making_and_by_pattern(client: aiohttp.ClientSession, proxy: FaultProxy) -> None:
    """`nth` and `times` count only requests of the pattern that `when` accepts, after the rule was made."""

    async def statuses(*paths: str) -> list[int]:
        found = []
        for path in paths:
            async with client.post(path, data=path) as response:
                found.append(response.status)
        return found

    await statuses("/a", "/a")
    rule = proxy.rule("other:POST:/a*", action=Status(500), nth=2, times=2)
    assert (await statuses("/a", "/b", "/a", "/ab", "/a")) == [200, 200, 500, 500, 200]
    assert [exchange.target for exchange in rule.fired] == ["/a", "/ab"]
    assert (await rule.reached) is rule.fired[0]
    when = proxy.rule("*", point="after", action=Status(500), when=lambda e: e.answer == b"echo /c")
    assert (await statuses("/b", "/c", "/c")) == [200, 500, 200]
    assert when.seen == 2
    always = proxy.rule("*", action=Status(500), times=math.inf)
    assert (await statuses("/b", "/c")) == [500, 500]
    proxy.remove(always)
    assert (await statuses("/b")) == [200]


async def test_records_every_request_in_order(client: aiohttp.ClientSession, proxy: FaultProxy) -> None:
    """The log tells kind, bodies, statuses, faults and times of what passed."""
    proxy.rule("*:/b", action=Status(503))
    for path in ("/a", "/b", "/a"):
        async with client.post(path, data=path):
            pass
    assert [(e.kind, e.body, e.status, e.faults) for e in proxy.log] == [
        ("other:POST:/a", b"/a", 200, []),
        ("other:POST:/b", b"/b", 503, ["before: Status"]),
        ("other:POST:/a", b"/a", 200, []),
    ]
    assert counts(proxy.log) == {"other:POST:/a": 2, "other:POST:/b": 1}
    assert len(matching(proxy.log, "*:/a")) == 2
    starts = [exchange.received for exchange in proxy.log]
    assert starts == sorted(starts)


async def test_an_answer_that_is_cut_short_stays_so(client: aiohttp.ClientSession, proxy: FaultProxy) -> None:
    """The client gets the pieces that came and sees the connection close early."""
    with pytest.raises(aiohttp.ClientPayloadError):
        async with client.get("/short") as response:
            await response.read()
    (exchange,) = proxy.log
    assert exchange.faults == ["broken: IncompleteReadError"]


async def test_an_upstream_that_is_gone_shows_as_a_broken_connection(
    client: aiohttp.ClientSession, unused_tcp_port: int
) -> None:
    """No answer is made up for an upstream that refuses."""
    async with FaultProxy(f"http://127.0.0.1:{unused_tcp_port}") as proxy:
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.get(proxy.url)
        assert proxy.log[0].faults == ["broken: ConnectionRefusedError"]


async def test_a_fault_that_could_not_happen_fails_the_test(upstream: Upstream) -> None:
    """An action's own error comes out of the proxy's end."""

    async def run(action: Action) -> None:
        async with FaultProxy(upstream.url) as proxy, aiohttp.ClientSession() as session:
            proxy.rule("*", action=action, times=math.inf)
            with pytest.raises(aiohttp.ClientConnectionError):
                await session.get(proxy.url)

    async with child(upstream.url) as process:
        await process.communicate()
    with pytest.raises(ExceptionGroup) as caught:
        await run(Kill(process.pid))
    assert caught.group_contains(ProcessLookupError)


async def test_ends_with_requests_under_way(upstream: Upstream) -> None:
    """Leaving the proxy ends what it holds; the clients see their connections close."""
    async with aiohttp.ClientSession() as session:
        async with FaultProxy(upstream.url) as proxy:
            rule = proxy.rule("*", action=Hold())
            waiting = asyncio.create_task(session.post(proxy.url))
            await rule.reached
        with pytest.raises(aiohttp.ClientConnectionError):
            await waiting


async def test_many_requests_at_once(client: aiohttp.ClientSession, proxy: FaultProxy) -> None:
    """A few hundred requests at 32 in flight all get their own answers."""
    gate = asyncio.Semaphore(32)

    async def ask(number: int) -> str:
        async with gate, client.post("/", data=str(number)) as response:
            return await response.text()

    assert (await asyncio.gather(*map(ask, range(400)))) == [f"echo {number}" for number in range(400)]
    assert len(proxy.log) == 400
