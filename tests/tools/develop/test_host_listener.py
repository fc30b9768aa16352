"""The local host polls, leases and runs side by side as the Functions host does."""

import pytest
from azure.storage.queue.aio import QueueClient

from tests.tools.develop.conftest import Hosts, eventually
from tools.develop.azurite import Azurite
from tools.develop.host.listener import Backoff


def test_polls_ever_more_slowly_while_a_queue_is_empty() -> None:
    """The pause begins at 100 ms, roughly doubles up to the longest, and restarts after a message."""
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
async def test_runs_at_most_batch_size_plus_threshold_side_by_side(
    hosts: Hosts, queue: QueueClient, threshold: int, most: int
) -> None:
    """A new batch is fetched only when no more than `newBatchThreshold` invocations still run."""
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


async def test_functions_of_an_app_run_side_by_side_on_one_loop(hosts: Hosts, queue: QueueClient) -> None:
    """Two queues are polled at the same time, and their functions can wait for each other."""
    await queue.send_message("first")
    await hosts(
        """
        meeting = asyncio.Barrier(2)

        @listens()
        async def one(msg: func.QueueMessage):
            await meeting.wait()
            note("one")

        @listens("%OTHER%")
        async def two(msg: func.QueueMessage):
            await meeting.wait()
            note("two")
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


async def test_synchronous_functions_do_not_hold_up_others(hosts: Hosts, queue: QueueClient) -> None:
    """A function that is not `async` runs in a thread of its own."""
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


async def test_renews_the_lease_of_a_long_invocation(hosts: Hosts, queue: QueueClient) -> None:
    """A function that takes longer than the lease keeps its message, and deletes it in the end."""
    await queue.send_message("x")
    await hosts(
        """
        @listens()
        async def f(msg: func.QueueMessage):
            note("started")
            await asyncio.sleep(5)
        """,
        messageEncoding="none",
        lock_seconds=2,
    )
    [invocation] = await hosts.invocations(1)
    assert (invocation.outcome, invocation.dequeueCount) == ("ok", 1)
    assert hosts.noted() == ["started"]
    assert (await queue.get_queue_properties()).approximate_message_count == 0


async def test_message_taken_over_by_others_is_left_to_them(hosts: Hosts, queue: QueueClient) -> None:
    """If the message is gone when the function returns, the host goes on."""
    await queue.send_message("x")
    host = await hosts(
        """
        @listens()
        async def f(msg: func.QueueMessage):
            note(msg.id + " " + msg.pop_receipt)
            while not os.path.exists("go"):
                await asyncio.sleep(0.05)
        """,
        messageEncoding="none",
    )
    [line] = await hosts.notes(1)
    await queue.delete_message(*line.split())
    (hosts.folder / "app/go").touch()
    [invocation] = await hosts.invocations(1)
    assert invocation.outcome == "ok"
    assert "taken over" in host.log.read_text()
    await queue.send_message("y")
    assert len(await hosts.invocations(2)) == 2


async def test_message_of_a_killed_host_comes_again_after_its_lease(hosts: Hosts, queue: QueueClient) -> None:
    """SIGKILL leaves the message hidden until its lease ends; then another host gets it."""
    await queue.send_message("x")
    app = """
        @listens()
        async def f(msg: func.QueueMessage):
            note(f"{msg.dequeue_count} {time.time()}")
            if msg.dequeue_count == 1:
                await asyncio.sleep(60)
    """
    first = await hosts(app, messageEncoding="none", lock_seconds=3)
    await hosts.notes(1)
    first.kill()
    assert await first.wait() == -9
    await hosts(messageEncoding="none", lock_seconds=3)
    [invocation] = await hosts.invocations(1)
    assert (invocation.outcome, invocation.dequeueCount) == ("ok", 2)
    (_, received), (_, again) = (line.split() for line in hosts.noted())
    assert float(again) - float(received) >= 2.5


async def test_goes_on_when_storage_comes_back(hosts: Hosts) -> None:
    """A host outlives an outage of storage and handles what is in the queue after it."""
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
            await eventually(lambda: "cannot be read" in host.log.read_text())
            await own.start()
            await queue.send_message("after")
            await hosts.invocations(2)
        assert hosts.noted() == ["before", "after"]
