"""Each function has its own process, which shares nothing with the others and is replaced when it's killed."""

import os
import signal

import psutil
import pytest
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from tests.tools.develop.eventually import eventually
from tests.tools.develop.host.hosts import Hosts
from tools.develop.host.process import HostError

TWO = """
    seen = []

    @listens()
    async def one(msg: str):
        seen.append(msg)
        note(f"one {os.getpid()} {seen}")

    @listens("%QUEUE%-other")
    async def two(msg: str):
        seen.append(msg)
        note(f"two {os.getpid()} {seen}")
"""


@pytest.fixture
async def other(storage: QueueServiceClient, queue: QueueClient) -> QueueClient:
    """Return the queue of the function `two`."""
    return await storage.create_queue(f"{queue.queue_name}-other")


def runs(pid: int) -> bool:
    """Tell whether a process runs. One that has ended may be listed until its parent has noticed."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def test_functions_share_no_process_and_no_memory(hosts: Hosts, queue: QueueClient, other: QueueClient) -> None:
    """Each function runs in the process that the log names, and sees nothing that another one remembers."""
    host = await hosts(TWO, messageEncoding="none")
    processes = host.functions()
    assert processes.keys() == {"one", "two"}
    assert len({host.pid, *processes.values()}) == 3
    await queue.send_message("a")
    await hosts.invocations(1)
    await other.send_message("b")
    await hosts.invocations(2)
    assert hosts.noted() == [f"one {processes['one']} ['a']", f"two {processes['two']} ['b']"]


async def test_the_process_of_one_function_can_be_killed(hosts: Hosts, queue: QueueClient, other: QueueClient) -> None:
    """Another process takes its place and remembers nothing. The other function continues in its own process."""
    host = await hosts(TWO, messageEncoding="none")
    before = host.functions()
    await queue.send_message("a")
    await other.send_message("b")
    await hosts.invocations(2)
    os.kill(before["one"], signal.SIGKILL)
    await eventually(lambda: host.functions()["one"] != before["one"])
    await queue.send_message("c")
    await other.send_message("d")
    await hosts.invocations(4)
    after = host.functions()
    assert after["two"] == before["two"]
    assert sorted(hosts.noted()[2:]) == [f"one {after['one']} ['c']", f"two {after['two']} ['b', 'd']"]
    assert host.exit_code is None
    assert await host.stop(20) == 0


@pytest.mark.parametrize("whole", [True, False], ids=["the whole host", "only the host's own process"])
async def test_no_process_outlives_its_host(hosts: Hosts, *, whole: bool) -> None:
    """When the host is killed, or only its own process, the functions' processes end too."""
    host = await hosts(TWO, messageEncoding="none")
    processes = host.functions()
    if whole:
        host.kill()
    else:
        os.kill(host.pid, signal.SIGKILL)
    assert await host.wait() == -signal.SIGKILL
    await eventually(lambda: not any(runs(pid) for pid in processes.values()))


async def test_a_disabled_function_is_not_listened_to(hosts: Hosts, queue: QueueClient, other: QueueClient) -> None:
    """It has no process, and its messages stay untouched. The other functions run."""
    await queue.send_message("a")
    await other.send_message("b")
    host = await hosts(TWO, messageEncoding="none", settings={"AzureWebJobs.one.Disabled": "true"})
    [invocation] = await hosts.invocations(1)
    assert invocation.function == "two"
    assert host.functions().keys() == {"two"}
    assert "one is disabled" in host.log.read_text()
    assert [(message.content, message.dequeue_count) for message in await queue.peek_messages()] == [("a", 0)]


async def test_a_host_with_nothing_to_listen_to_says_so(hosts: Hosts) -> None:
    """If every function is disabled, the host ends with the reason."""
    with pytest.raises(HostError, match="nothing to listen to"):
        await hosts(TWO, settings={"AzureWebJobs.one.Disabled": "true", "AzureWebJobs.two.Disabled": "true"})


async def test_an_app_that_starts_threads_when_it_is_imported_is_refused(hosts: Hosts) -> None:
    """A forked process would lack such a thread, so the host says that it doesn't support them."""
    thread = "import threading\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    with pytest.raises(HostError, match="starts threads"):
        await hosts(f"{thread}@listens()\nasync def f(msg: str): pass")
