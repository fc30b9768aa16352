"""The local stack starts everything that the app needs, and stops it again."""

import asyncio
import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from tools.develop.host.log import Invocation
from tools.develop.stack import Stack
from tools.develop.start import show

APP = """
import json, os
from pathlib import Path
import azure.functions as func

app = func.FunctionApp()

@app.queue_trigger(arg_name="msg", queue_name="%LMS_EVENTS_QUEUE%", connection="AzureWebJobsStorage")
async def event(msg: func.QueueMessage):
    Path("settings").write_text(json.dumps(dict(os.environ)))
    if msg.get_json():
        raise ValueError
"""


HTTP = """
@app.route("hello", auth_level="anonymous")
async def hello(req: func.HttpRequest) -> str:
    return "hello"
"""


@pytest.fixture
def app_root(tmp_path: Path) -> Path:
    """A function app that writes its settings to a file, and fails on a message that isn't `false`."""
    root = tmp_path / "app"
    root.mkdir()
    (root / "function_app.py").write_text(APP)
    (root / "host.json").write_text('{"version": "2.0", "extensions": {"queues": {"messageEncoding": "none"}}}')
    return root


async def publish(stack: Stack, text: str) -> None:
    """Send an event."""
    queue = stack.environment["LMS_EVENTS_QUEUE"]
    async with QueueClient.from_connection_string(stack.connection_string, queue) as client:
        await client.send_message(text)


async def first(stack: Stack) -> Invocation:
    """Wait for an invocation."""
    async with asyncio.timeout(30):
        return await anext(aiter(stack.follow()))


async def test_the_app_gets_storage_graph_and_identity(app_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app's settings point to the stack's own services, and contain nothing from the user's environment."""
    monkeypatch.setenv("AZURE_CLIENT_ID", "of a real tenant")
    async with Stack(app_root=app_root, settings={"SETTLE_SECONDS": "1"}, embedded_only=True) as stack:
        await publish(stack, "false")
        invocation = await first(stack)
        seen = (app_root / "settings").read_text()
        assert (invocation.function, invocation.outcome) == ("event", "ok")
        for name, value in stack.environment.items():
            assert f'"{name}": "{value}"' in seen
        assert stack.environment["GRAPH_BASE_URL"] == f"{stack.simulator.url}/v1.0"
        assert stack.environment["SETTLE_SECONDS"] == "1"
        assert "of a real tenant" not in seen
        async with QueueServiceClient.from_connection_string(stack.connection_string) as service:
            queues = {queue.name async for queue in service.list_queues()}
        async with BlobServiceClient.from_connection_string(stack.connection_string) as service:
            containers = {container.name async for container in service.list_containers()}
    assert queues == {"lms-events", "lms-events-poison", "lms-events-retry", "lms-events-retry-poison"}
    assert containers == {"dead-letters", "event-bodies"}
    assert [host.exit_code for host in stack.hosts] == [0]


async def test_a_killed_host_can_be_replaced(app_root: Path, tmp_path: Path) -> None:
    """After a host was killed, another can be started. The stack follows both hosts' invocations."""
    async with Stack(app_root=app_root, folder=tmp_path / "logs", embedded_only=True) as stack:
        await publish(stack, "false")
        assert (await first(stack)).outcome == "ok"
        [killed] = stack.hosts
        killed.kill()
        assert await killed.wait() == -signal.SIGKILL
        await publish(stack, "true")
        assert [invocation async for invocation in stack.follow()] == []
        replacement = await stack.start_host()
        assert replacement.pid != killed.pid
        assert (await first(stack)).outcome == "error"
    assert {file.name for file in (tmp_path / "logs").iterdir()} == {
        "host-1.log",
        "host-1.jsonl",
        "host-2.log",
        "host-2.jsonl",
    }


async def test_http_functions_have_an_address(app_root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The address is the first host's, and `make start` shows it. Without HTTP functions, there's none."""
    async with Stack(app_root=app_root, embedded_only=True) as stack:
        assert stack.url is None
        show(stack)
        assert "webhooks" not in capsys.readouterr().out
    (app_root / "function_app.py").write_text(APP + HTTP)
    async with Stack(hosts=2, app_root=app_root, embedded_only=True) as stack:
        assert len({host.url for host in stack.hosts}) == 2
        assert stack.url == stack.hosts[0].url
        show(stack)
        [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("webhooks")]
        assert str(stack.url) in line
        async with aiohttp.ClientSession() as client, client.get(f"{stack.url}/api/hello") as answer:
            assert await answer.text() == "hello"
        assert (await first(stack)).function == "hello"


async def test_core_tools_are_used_if_installed(
    app_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If `func` is on the PATH, it runs the app in the app's folder with the same settings, on a free port."""
    func = tmp_path / "func"
    func.write_text(
        '#!/bin/sh\npwd\necho "$@"\necho "Functions:"\n'
        "echo \"[2026-01-15T09:00:00.1Z] Executed 'Functions.$LMS_EVENTS_QUEUE' (Failed, Id=1-f, Duration=12ms)\"\n"
        "exec sleep 60\n"
    )
    func.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    settings = {"LMS_EVENTS_QUEUE": "events"}
    async with Stack(app_root=app_root, settings=settings) as stack:
        assert await first(stack) == Invocation("events", "error", 12.0)
        folder, arguments = stack.hosts[0].log.read_text().splitlines()[:2]
        assert folder == str(app_root)
        assert arguments == f"start --port {urlsplit(str(stack.url)).port}"
