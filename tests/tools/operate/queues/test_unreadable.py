"""Tests of the command that finds and removes messages that nobody can read."""

import json
import math
import stat
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from azure.storage.queue.aio import QueueClient

from activities.settings import Settings
from tests.faults.actions import Status
from tests.faults.proxied import Proxied
from tests.tools.operate.conftest import Ran, Run
from tests.unreadable import SECRET, UNREADABLE, answer_as_the_service
from tools.operate.account import Account
from tools.operate.queues.raw import NoMessages, messages_in


@pytest.fixture
async def proxied(
    environment: Mapping[str, str],
    settings: Settings,  # noqa: ARG001  sets the environment first
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Proxied]:
    """Storage behind a proxy that answers as the real service does. The environment points the commands to it."""
    async with Proxied(dict(environment)) as running:
        answer_as_the_service(running)
        monkeypatch.setenv("AzureWebJobsStorage", running.environment["AzureWebJobsStorage"])
        yield running


@pytest.fixture
def queue(account: Account, settings: Settings) -> QueueClient:
    """The inbound queue without the proxy, so that the texts can be read."""
    return account.queue(settings.events_queue)


async def messages(queue: QueueClient) -> list[tuple[str, int]]:
    """Return the texts and dequeue counts of the visible messages."""
    return sorted((str(one.content), int(one.dequeue_count or 0)) for one in await queue.peek_messages(32))


async def unreadable(run: Run, queue: QueueClient, *more: str) -> Ran:
    """Run the command on a queue."""
    return await run("queues", "unreadable", "--queue", str(queue.queue_name), *more)


def rows(ran: Ran) -> list[dict[str, Any]]:
    """Return what the command printed as JSON."""
    return [json.loads(line) for line in ran.out.splitlines()]


def kept(folder: Path) -> list[Path]:
    """Return the files in a folder."""
    return sorted(folder.iterdir())


async def test_without_remove_it_only_looks(run: Run, queue: QueueClient, proxied: Proxied) -> None:
    """Without `--remove`, no message is received and nothing from the message is shown."""
    for text in ("healthy", UNREADABLE, "healthy too"):
        await queue.send_message(text)

    ran = await unreadable(run, queue)

    assert ran.code == 0
    assert "1  of the first 3 visible messages can't be read" in ran.out
    assert SECRET not in ran.out + ran.err
    [row] = rows(await unreadable(run, queue, "--json"))
    assert (row["dequeueCount"], row["removed"], row["file"]) == (0, False, None)
    assert row["id"] in ran.out
    assert not [one for one in proxied.log if one.kind.startswith(("queue:get", "queue:delete", "queue:update"))]
    assert await messages(queue) == sorted([("healthy", 0), (UNREADABLE, 0), ("healthy too", 0)])


async def test_remove_needs_yes(run: Run, queue: QueueClient, proxied: Proxied, tmp_path: Path) -> None:
    """Without `--yes`, the messages are listed, and the exit code says that nothing was done."""
    await queue.send_message(UNREADABLE)

    ran = await unreadable(run, queue, "--remove", "--save-to", str(tmp_path / "kept"))

    assert (ran.code, "Add --yes" in ran.err) == (2, True)
    assert await messages(queue) == [(UNREADABLE, 0)]
    assert not (tmp_path / "kept").exists()
    assert not [one for one in proxied.log if one.kind.startswith("queue:get")]


@pytest.mark.usefixtures("proxied")
async def test_what_is_removed_is_kept_in_a_file(run: Run, queue: QueueClient, tmp_path: Path) -> None:
    """Each removed message is kept as the bytes that storage returned, in a file that only its owner may read."""
    for text in ("healthy", UNREADABLE, "healthy too", UNREADABLE):
        await queue.send_message(text)

    ran = await unreadable(run, queue, "--remove", "--yes", "--json", "--save-to", str(tmp_path / "kept"))

    assert (ran.code, ran.err) == (0, "")
    assert [row["removed"] for row in rows(ran)] == [True, True]
    files = [Path(row["file"]) for row in rows(ran)]
    assert sorted(files) == kept(tmp_path / "kept")
    for file in files:
        assert b"<QueueMessage>" in file.read_bytes()
        assert UNREADABLE.encode() in file.read_bytes()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.usefixtures("proxied")
async def test_other_messages_are_put_back_at_once(run: Run, queue: QueueClient, tmp_path: Path) -> None:
    """Other messages are put back, on later pages too. Each was received once and is visible afterwards."""
    texts = [f"healthy {number}" for number in range(40)]
    for text in [*texts, UNREADABLE]:
        await queue.send_message(text)

    ran = await unreadable(run, queue, "--remove", "--yes", "--save-to", str(tmp_path))

    assert ran.code == 0
    assert "1  removed" in ran.out
    assert "40  others were received and put back" in ran.err
    assert (await queue.get_queue_properties()).approximate_message_count == 40
    received = [one async for one in queue.receive_messages(messages_per_page=32)]
    assert sorted(str(one.content) for one in received) == sorted(texts)
    assert {one.dequeue_count for one in received} == {2}


async def test_a_message_that_cannot_be_deleted_is_reported(
    run: Run, queue: QueueClient, proxied: Proxied, tmp_path: Path
) -> None:
    """If a message can't be deleted, it's still on the queue and also in the file. The exit code is 1."""
    await queue.send_message(UNREADABLE)
    proxied["queue"].rule("queue:delete:*", action=Status(404, {"x-ms-error-code": "MessageNotFound"}), times=math.inf)

    ran = await unreadable(run, queue, "--remove", "--yes", "--save-to", str(tmp_path))

    assert (ran.code, "still on the queue" in ran.err) == (1, True)
    assert (await queue.get_queue_properties()).approximate_message_count == 1
    assert len(kept(tmp_path)) == 1


@pytest.mark.usefixtures("proxied")
async def test_nothing_is_deleted_that_cannot_be_kept(run: Run, queue: QueueClient, tmp_path: Path) -> None:
    """The file is written before the message is deleted, so nothing is deleted that can't be saved."""
    (tmp_path / "file").touch()
    await queue.send_message(UNREADABLE)

    ran = await unreadable(run, queue, "--remove", "--yes", "--save-to", str(tmp_path / "file"))

    assert ran.code == 1
    assert "file" in ran.err
    assert (await queue.get_queue_properties()).approximate_message_count == 1


@pytest.mark.usefixtures("proxied")
async def test_a_command_that_meets_such_a_message_says_what_to_do(
    run: Run, account: Account, settings: Settings
) -> None:
    """If a command meets an unreadable message, the error names the command to run, and quotes nothing from it."""
    poison = f"{settings.events_queue}-poison"
    await account.queue(poison).send_message(UNREADABLE)

    ran = await run("dead-letters", "redrive", "--poison")

    assert ran.code == 1
    assert "lms-sync queues unreadable" in ran.err
    assert SECRET not in ran.err


async def test_a_queue_that_is_not_there_is_reported(run: Run) -> None:
    """A missing queue is reported, and so is wrong use of the options."""
    ran = await run("queues", "unreadable", "--queue", "no-such-queue")
    assert (ran.code, "QueueNotFound" in ran.err) == (1, True)
    assert (await run("queues", "unreadable", "--queue", "q", "--yes")).code == 2


def test_only_the_message_itself_is_judged() -> None:
    """Readable neighbours aren't affected, and a message's text can't disguise its id."""
    one = "<QueueMessage><MessageId>{}</MessageId><PopReceipt>a+b=&amp;</PopReceipt>{}</QueueMessage>"
    texts = ["<MessageText>&lt;MessageId&gt;x</MessageText>", "<MessageText>\x01</MessageText>", ""]
    answer = "".join(one.format(number, text) for number, text in enumerate(texts))
    found = messages_in(f"\ufeff<?xml version='1.0'?><QueueMessagesList>{answer}</QueueMessagesList>".encode())
    assert [(message.id, message.readable) for message in found] == [("0", True), ("1", False), ("2", True)]
    assert {message.pop_receipt for message in found} == {"a+b=&"}
    assert messages_in(b"<QueueMessagesList/>") == []
    with pytest.raises(NoMessages):
        messages_in(b"<html>")
