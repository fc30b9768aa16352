"""The peer is an honest server before and after it fails."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.faults.echo import EchoServer
from tests.faults.peer.certificates import Authority
from tests.faults.peer.line import Line
from tests.faults.peer.rows import CASES, Case
from tests.faults.peer.server import Peer
from tests.tools.develop.eventually import eventually

LOST = (aiohttp.ClientError, OSError)


@pytest.fixture
async def peer(server: EchoServer) -> AsyncIterator[Peer]:
    """Run a peer in front of a small server."""
    async with Peer(server.url) as running:
        yield running


async def post(session: aiohttp.ClientSession, url: str, text: str = "x") -> str:
    """Send a request, and return the body of the response. aiohttp doesn't send a POST twice."""
    async with session.post(url, data=text) as response:
        return await response.text()


@pytest.mark.parametrize("tls", [True, False])
async def test_honest(server: EchoServer, tls: bool) -> None:  # noqa: FBT001
    """Requests and responses pass as they are, one after the other on one connection."""
    authority = Authority() if tls else None
    connector = aiohttp.TCPConnector(ssl=authority.trusting() if authority else True)
    async with Peer(server.url, authority) as peer, aiohttp.ClientSession(connector=connector) as session:
        for path, text in {"/": "echo x", "/chunks": "one" + "two" * 50_000, "/nothing": ""}.items():
            async with session.post(peer.url + path, data="x" if path == "/" else "") as response:
                assert await response.text() == text
                assert "X-Twice" not in response.headers or response.headers.getall("X-Twice") == ["1", "2"]
        async with session.head(peer.url) as response:
            assert response.headers["Content-Length"] == "5"
        assert await post(session, peer.url) == "echo x"
    assert server.requests == ["POST / x", "POST /chunks ", "POST /nothing ", "HEAD / ", "POST / x"]
    assert (peer.connections, peer.requests, peer.met, peer.successes) == (1, 5, 0, 5)


async def test_a_connection_that_hangs_stays_hung(peer: Peer, server: EchoServer) -> None:
    """When the failure ends, a hung connection doesn't recover, but new ones work."""
    async with aiohttp.ClientSession() as session:
        await peer.fail(CASES["silent before the answer"])
        hung = asyncio.create_task(post(session, peer.url, "hung"))
        await eventually(lambda: peer.met == 1)
        await peer.heal()
        assert await post(session, peer.url, "anew") == "echo anew"
        done, _ = await asyncio.wait([hung], timeout=0.2)
        assert not done
        hung.cancel()
    assert server.requests == ["POST / anew"]


@pytest.mark.parametrize("name", ["refused", "closed at once"])
async def test_a_failure_to_connect_ends_idle_connections(peer: Peer, name: str) -> None:
    """No earlier connection gets through, and the port stays the same."""
    async with aiohttp.ClientSession() as session:
        await post(session, peer.url)
        await peer.fail(CASES[name])
        for _ in range(2):
            with pytest.raises(LOST):
                await post(session, peer.url)
        await peer.heal()
        assert await post(session, peer.url) == "echo x"


async def test_a_request_under_way_ends_in_good_order(peer: Peer, server: EchoServer) -> None:
    """If new connections fail, a request on an older one is still answered."""
    server.delay = 0.2
    async with aiohttp.ClientSession() as session:
        under_way = asyncio.create_task(post(session, peer.url))
        await eventually(lambda: peer.requests == 1)
        await peer.fail(CASES["refused"])
        assert await under_way == "echo x"
        with pytest.raises(LOST):
            await post(session, peer.url)


async def test_each_request_has_its_own_failure(server: EchoServer) -> None:
    """A peer can choose again for each request, on new and on existing connections."""
    names = ["closed at once", None, "bad gateway", "reset as the next request comes", None, None]
    served: list[int] = []

    def choose(line: Line) -> Case | None:
        served.append(line.served)
        name = names[len(served) - 1]
        return CASES[name] if name else None

    async with Peer(server.url, choose=choose) as peer, aiohttp.ClientSession() as session:
        with pytest.raises(LOST):
            await post(session, peer.url)
        assert await post(session, peer.url) == "echo x"
        assert "502" in await post(session, peer.url)
        with pytest.raises(LOST):
            await post(session, peer.url)
        assert await post(session, peer.url) == "echo x"
    assert served == [0, 0, 1, 2, 0, 1]
    assert (peer.connections, peer.requests, peer.met) == (3, 5, 3)
