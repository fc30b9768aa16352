"""A fault proxy in front of a small server."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.faults.echo import EchoServer, echo_server
from tests.faults.proxy import FaultProxy


@pytest.fixture
async def server() -> AsyncIterator[EchoServer]:
    """Run the server."""
    async with echo_server() as running:
        yield running


@pytest.fixture
async def proxy(server: EchoServer) -> AsyncIterator[FaultProxy]:
    """Run a proxy in front of the server."""
    async with FaultProxy(server.url) as running:
        yield running


@pytest.fixture
async def client(proxy: FaultProxy) -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session with the proxy. aiohttp doesn't repeat a POST by itself."""
    async with aiohttp.ClientSession(proxy.url) as session:
        yield session
