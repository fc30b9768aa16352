"""All HTTP functions of an app share one process, whose socket outlives it."""

import asyncio
import os
import signal
import socket
from urllib.parse import urlsplit

import aiohttp
import psutil
import pytest
from azure.storage.queue.aio import QueueClient

from tests.tools.develop.eventually import eventually
from tests.tools.develop.host.hosts import Hosts
from tools.develop.host.process import HostError, HostProcess

APP = """
    seen = []

    def remember(name):
        seen.append(name)
        return f"{os.getpid()} {seen}"

    @app.route()
    async def one(req: func.HttpRequest) -> str:
        return remember("one")

    @app.route()
    async def two(req: func.HttpRequest) -> str:
        return remember("two")

    @listens()
    async def other(msg: str):
        note(remember("other"))
"""
WAITS_FOR_GO = """
    async def go(name):
        note(name)
        while not os.path.exists("go"):
            await asyncio.sleep(0.05)

    @app.route()
    async def one(req: func.HttpRequest) -> str:
        await go("one")
        return "finished"

    @listens()
    async def other(msg: str):
        await go("other")
"""


async def get(host: HostProcess, function: str) -> str:
    """Call a function over its own connection."""
    async with aiohttp.ClientSession() as client, client.get(f"{host.url}/api/{function}") as answer:
        assert answer.status == 200
        return await answer.text()


def refuses(host: HostProcess) -> bool:
    """Tell whether no connection can be made."""
    address = urlsplit(str(host.url))
    try:
        socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def listening(host: HostProcess) -> list[psutil.Process]:
    """Return the host's processes that have a listening socket."""
    processes = [psutil.Process(host.pid), *psutil.Process(host.pid).children()]
    return [p for p in processes if any(c.status == psutil.CONN_LISTEN for c in p.net_connections("tcp"))]


async def test_http_functions_share_one_process(hosts: Hosts, queue: QueueClient) -> None:
    """They share their memory. A function with another trigger shares neither that nor the socket."""
    host = await hosts(APP, messageEncoding="none")
    processes = host.functions()
    web = processes["one"]
    assert processes["two"] == web != processes["other"]
    assert await get(host, "one") == f"{web} ['one']"
    assert await get(host, "two") == f"{web} ['one', 'two']"
    await queue.send_message("x")
    assert await hosts.notes(1) == [f"{processes['other']} ['other']"]
    assert [process.pid for process in listening(host)] == [host.pid, web]


async def test_another_process_takes_over_the_port_and_who_waits_there(hosts: Hosts) -> None:
    """A connection made while there's no process waits for the next one, which remembers nothing."""
    host = await hosts(APP)
    url, killed = host.url, host.functions()["one"]
    assert await get(host, "one") == f"{killed} ['one']"
    os.kill(host.pid, signal.SIGSTOP)  # it can't start another process for now
    os.kill(killed, signal.SIGKILL)
    await eventually(lambda: psutil.Process(killed).status() == psutil.STATUS_ZOMBIE)
    address = urlsplit(str(url))
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"GET /api/two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    await writer.drain()
    os.kill(host.pid, signal.SIGCONT)
    answer = await reader.read()
    writer.close()
    assert host.url == url
    successor = host.functions()["two"]
    assert successor != killed
    assert answer.endswith(f"{successor} ['two']".encode())
    assert "one, two: the process was killed by signal 9. Starting another" in host.log.read_text()


async def test_sigterm_lets_running_requests_finish(hosts: Hosts, queue: QueueClient) -> None:
    """Connections are refused from then on, even while functions with other triggers still run."""
    await queue.send_message("x")
    host = await hosts(WAITS_FOR_GO, messageEncoding="none")
    address = urlsplit(str(host.url))
    _, idle = await asyncio.open_connection(address.hostname, address.port)
    answer = asyncio.create_task(get(host, "one"))
    await hosts.notes(2)
    host.terminate()
    await eventually(lambda: refuses(host))
    assert not answer.done()
    (hosts.folder / "app/go").touch()
    assert await answer == "finished"
    assert await host.wait() == 0
    idle.close()
    assert {invocation.outcome for invocation in await hosts.invocations(2)} == {"ok"}


async def test_a_request_is_not_waited_for_beyond_the_drain_limit(hosts: Hosts) -> None:
    """It's cut off, and the exit code says so."""
    host = await hosts(WAITS_FOR_GO, drain_seconds=0.5)
    answer = asyncio.create_task(get(host, "one"))
    await hosts.notes(1)
    assert await host.stop(20) == 1
    with pytest.raises(aiohttp.ClientError):
        await answer
    assert "didn't finish in time" in host.log.read_text()


@pytest.mark.parametrize("disabled", [True, False], ids=["disabled", "none"])
async def test_without_an_http_function_nothing_listens(hosts: Hosts, *, disabled: bool) -> None:
    """Neither an app without one nor an app whose only one is disabled has an address."""
    web = "@app.route()\nasync def web(req: func.HttpRequest) -> str:\n    return ''\n" if disabled else ""
    host = await hosts(f"{web}@listens()\nasync def f(msg: str): pass", settings={"AzureWebJobs.web.Disabled": "true"})
    assert host.url is None
    assert listening(host) == []
    assert "HTTP" not in host.log.read_text()


async def test_the_port_can_be_chosen(hosts: Hosts) -> None:
    """A host that follows another gets its address. Two hosts can't have it at the same time."""
    first = await hosts(APP)
    port = urlsplit(str(first.url)).port
    with pytest.raises(HostError, match=f"can't listen on port {port} of 127.0.0.1"):
        await hosts(APP, http_port=port)
    await get(first, "one")
    first.kill()
    await first.wait()
    await eventually(lambda: refuses(first))
    second = await hosts(APP, http_port=port)
    assert second.url == first.url
    await get(second, "one")
