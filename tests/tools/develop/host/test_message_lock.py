"""A message is invisible to other hosts while its function runs, and comes back if the host fails."""

from azure.storage.queue.aio import QueueClient

from tests.tools.develop.host.hosts import Hosts


async def test_renews_the_lock_of_a_long_invocation(hosts: Hosts, queue: QueueClient) -> None:
    """A function that runs longer than the lock keeps its message, and the message is deleted in the end."""
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


async def test_a_message_that_others_have_taken_over_is_left_to_them(hosts: Hosts, queue: QueueClient) -> None:
    """If the message is gone when the function returns, the host continues with the next one."""
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


async def test_the_message_of_a_killed_host_comes_back_when_its_lock_ends(hosts: Hosts, queue: QueueClient) -> None:
    """After SIGKILL, the message stays invisible until its lock ends. Then another host receives it."""
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
