"""The local host polls queues as the Functions host does, and processes their messages concurrently."""

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from tests.tools.develop.eventually import eventually
from tests.tools.develop.host.hosts import Hosts
from tools.develop.azurite import Azurite
from tools.develop.host.listener import Backoff


def test_polls_ever_more_slowly_while_a_queue_is_empty() -> None:
    """The pause starts at 100 ms, roughly doubles up to the longest, and starts again after a message."""
    poll = Backoff(longest=2.0)
    pauses = [poll.next() for _ in range(8)]
    assert pauses[0] == pytest.approx(0.1)
    assert 0.18 <= pauses[1] <= 0.22
    assert 0.26 <= pauses[2] <= 0.34
    assert pauses == sorted(pauses)
    assert pauses[-1] == 2.0
    poll.restart()
    assert poll.next() == pytest.approx(0.1)


@pytest.mark.parametrize(("threshold", "most"), [(0, 2), (1, 3)])
async def test_processes_at_most_batch_size_plus_threshold_messages_at_a_time(
    hosts: Hosts, queue: QueueClient, threshold: int, most: int
) -> None:
    """A new batch is received only when no more than `newBatchThreshold` invocations are still running."""
    for seconds in [0.1, 1.0] * 4:
        await queue.send_message(str(seconds))
    await hosts(
        """
        running = 0

        @listens()
        async def f(msg: func.QueueMessage):
            global running
            running += 1
            note(running)
            await asyncio.sleep(float(msg.get_body()))
            running -= 1
        """,
        messageEncoding="none",
        batchSize=2,
        newBatchThreshold=threshold,
    )
    await hosts.invocations(8)
    assert max(map(int, hosts.noted())) == most


async def test_functions_of_an_app_run_concurrently(hosts: Hosts, queue: QueueClient) -> None:
    """Two queues are polled at the same time, and their functions run at the same time."""
    await queue.send_message("first")
    await hosts(
        """
        async def meet(name, other):
            open(name, "w").close()
            while not os.path.exists(other):
                await asyncio.sleep(0.05)

        @listens()
        async def one(msg: func.QueueMessage):
            await meet("one", "two")

        @listens("%OTHER%")
        async def two(msg: func.QueueMessage):
            await meet("two", "one")
        """,
        messageEncoding="none",
        settings={"OTHER": f"{queue.queue_name}-other"},
    )
    async with QueueClient.from_connection_string(
        hosts.environment["AzureWebJobsStorage"], f"{queue.queue_name}-other"
    ) as other:
        await other.create_queue()
        await other.send_message("second")
        invocations = await hosts.invocations(2)
    assert {(i.function, i.outcome) for i in invocations} == {("one", "ok"), ("two", "ok")}


async def test_synchronous_functions_do_not_block_others(hosts: Hosts, queue: QueueClient) -> None:
    """A function that isn't `async` runs in its own thread."""
    for _ in range(2):
        await queue.send_message("x")
    await hosts(
        """
        import threading

        meeting = threading.Barrier(2, timeout=20)

        @listens()
        def f(msg: func.QueueMessage):
            meeting.wait()
        """,
        messageEncoding="none",
    )
    invocations = await hosts.invocations(2)
    assert [i.outcome for i in invocations] == ["ok", "ok"]


async def test_waits_for_a_queue_that_does_not_exist(
    hosts: Hosts, storage: QueueServiceClient, queue: QueueClient
) -> None:
    """The listener neither creates its queue nor gives up. It starts as soon as somebody creates the queue."""
    late = storage.get_queue_client(f"{queue.queue_name}-late")
    host = await hosts('@listens("%QUEUE%-late")\nasync def f(msg: str):\n    note(msg)', messageEncoding="none")
    await eventually(lambda: "doesn't exist" in host.log.read_text())
    with pytest.raises(ResourceNotFoundError):
        await late.get_queue_properties()
    await late.create_queue()
    await late.send_message("at last")
    await hosts.invocations(1)
    assert hosts.noted() == ["at last"]


async def test_continues_when_storage_comes_back(hosts: Hosts) -> None:
    """A host survives a storage outage and then processes the messages in the queue."""
    async with Azurite() as own:
        async with QueueClient.from_connection_string(own.connection_string, "outage") as queue:
            await queue.create_queue()
            await queue.send_message("before")
            settings = {"AzureWebJobsStorage": own.connection_string, "QUEUE": "outage"}
            host = await hosts(
                "@listens()\nasync def f(msg: str):\n    note(msg)", messageEncoding="none", settings=settings
            )
            await hosts.invocations(1)
            await own.stop(keep=True)
            await eventually(lambda: "can't be read" in host.log.read_text())
            await own.start()
            await queue.send_message("after")
            await hosts.invocations(2)
        assert hosts.noted() == ["before", "after"]
