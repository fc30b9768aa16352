"""What a function logs with fields is shown with its invocation, as Application Insights groups it by operation."""

from azure.storage.queue.aio import QueueClient

from tests.tools.develop.host.hosts import Hosts
from tools.develop.host.log import LogLine

LOGS = """
    import logging

    log = logging.getLogger("of the app")
    log.setLevel(logging.INFO)

    async def deeper(name):
        await asyncio.sleep(0.2)
        log.info("done", extra={"name_of": name, "tries": 2, "nothing": None})

    @listens()
    async def f(msg: str):
        log.info("without fields")
        await asyncio.create_task(deeper(msg))
"""


async def test_each_invocation_has_its_own_lines(hosts: Hosts, queue: QueueClient) -> None:
    """Even if two run at the same time, and if a task of the function logs. A line without fields is left out."""
    await queue.send_message("one")
    await queue.send_message("two")
    await hosts(LOGS, messageEncoding="none")
    invocations = await hosts.invocations(2)
    by_name = sorted(invocations, key=lambda invocation: str(invocation.logged))
    assert [invocation.logged for invocation in by_name] == [
        (LogLine("done", {"name_of": name, "tries": 2}),) for name in ("one", "two")
    ]
