"""The local host stops gracefully, and says why it can't start."""

import asyncio
import sys
from pathlib import Path

import pytest
from azure.storage.queue.aio import QueueClient

from tests.tools.develop.eventually import eventually
from tests.tools.develop.host.hosts import Hosts
from tools.develop.host.process import HostError

WAITS_FOR_GO = """
    @listens()
    async def f(msg: func.QueueMessage):
        note("started")
        while not os.path.exists("go"):
            await asyncio.sleep(0.05)
        note("finished")
"""


async def test_sigterm_lets_running_invocations_finish(hosts: Hosts, queue: QueueClient) -> None:
    """After SIGTERM, no message is received, the running function finishes, and the exit code is 0."""
    await queue.send_message("x")
    host = await hosts(WAITS_FOR_GO, messageEncoding="none")
    await hosts.notes(1)
    host.terminate()
    await eventually(lambda: "stopping" in host.log.read_text())
    await queue.send_message("too late")
    (hosts.folder / "app/go").touch()
    assert await host.wait() == 0
    assert hosts.noted() == ["started", "finished"]
    assert [message.content for message in await queue.peek_messages(32)] == ["too late"]
    [invocation] = await hosts.invocations(1)
    assert invocation.outcome == "ok"


async def test_a_second_sigterm_ends_the_host_at_once(hosts: Hosts, queue: QueueClient) -> None:
    """After a second SIGTERM, the host doesn't wait. The message stays in the queue, locked."""
    await queue.send_message("x")
    host = await hosts(WAITS_FOR_GO, messageEncoding="none")
    await hosts.notes(1)
    host.terminate()
    await eventually(lambda: "stopping" in host.log.read_text())
    host.terminate()
    assert await host.wait() == 1
    assert "a second signal" in host.log.read_text()
    assert (await queue.get_queue_properties()).approximate_message_count == 1


async def test_waits_no_longer_than_the_drain_limit(hosts: Hosts, queue: QueueClient) -> None:
    """A function that doesn't finish within the drain limit is cut off."""
    await queue.send_message("x")
    host = await hosts(WAITS_FOR_GO, messageEncoding="none", drain_seconds=0.5)
    await hosts.notes(1)
    assert await host.stop(20) == 1
    assert "didn't finish in time" in host.log.read_text()


async def test_ends_when_its_parent_is_killed(hosts: Hosts) -> None:
    """A host ends when the process that started it is killed."""
    host = await hosts("@listens()\nasync def f(msg: str): pass")
    await host.stop(20)
    script = (
        "import asyncio, os, signal\n"
        "from pathlib import Path\n"
        "from tools.develop.host.process import embedded\n"
        "async def main():\n"
        "    await embedded(Path('app').absolute(), os.environ, Path(), 'orphan').ready()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, cwd=hosts.folder, env=hosts.environment | {"PYTHONPATH": str(Path.cwd())}
    )
    assert await parent.wait() == -9
    log = hosts.folder / "orphan.log"
    await eventually(lambda: "standard input is closed" in log.read_text())


@pytest.mark.parametrize(
    ("functions", "settings", "message"),
    [
        pytest.param("1 / 0", {}, "ZeroDivisionError", id="app raises"),
        pytest.param("", {}, "has no functions", id="no functions"),
        pytest.param("import nonsense", {}, "nonsense", id="module missing"),
        pytest.param(
            '@listens("%NOWHERE%")\nasync def f(msg: str): pass',
            {},
            "'NOWHERE', which isn't set",
            id="setting missing",
        ),
        pytest.param(
            "@listens()\nasync def f(msg: str): pass",
            {"AzureFunctionsJobHost__extensions__queues__batchSize": "33"},
            "batchSize",
            id="policy invalid",
        ),
        pytest.param(
            '@app.timer_trigger(arg_name="t", schedule="hourly")\nasync def f(t: func.TimerRequest): pass',
            {},
            "'hourly'",
            id="schedule invalid",
        ),
    ],
)
async def test_says_why_it_cannot_start(hosts: Hosts, functions: str, settings: dict[str, str], message: str) -> None:
    """If a host's app can't run, the host ends with the reason."""
    with pytest.raises(HostError, match="the host ended") as caught:
        await hosts(functions, settings=settings)
    assert message in str(caught.value)


async def test_a_folder_without_an_app_is_refused(hosts: Hosts) -> None:
    """The error names the folder without a function_app.py."""
    with pytest.raises(HostError, match=r"no function_app\.py in"):
        await hosts()


async def test_functions_with_other_triggers_are_ignored(hosts: Hosts, queue: QueueClient) -> None:
    """The host warns about a function whose trigger it doesn't know, and runs the others."""
    await queue.send_message("x")
    host = await hosts(
        """
        @app.event_hub_message_trigger(arg_name="e", connection="HUB", event_hub_name="hub")
        async def hub(e: func.EventHubEvent):
            pass

        @listens()
        async def f(msg: str):
            note(msg)
        """,
        messageEncoding="none",
    )
    await hosts.invocations(1)
    assert "hub: this host doesn't know eventHubTrigger" in host.log.read_text()
