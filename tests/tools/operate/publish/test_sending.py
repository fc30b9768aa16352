"""Messages are sent to a real queue. An interrupted run continues where it stopped."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from activities.settings import Settings
from tools.operate.account import Account
from tools.operate.publish.items import Item
from tools.operate.publish.journal import SUFFIX, Changed, Journal
from tools.operate.publish.sending import send

COUNT = 100


class Interrupted(Exception):
    """Raised as if somebody pressed Ctrl-C."""


def items(count: int = COUNT) -> Iterator[Item]:
    """Yield this many messages."""
    return (Item(str(number), f'{{"number": {number}}}') for number in range(count))


def takes(item: Item) -> bool:
    """Return whether an item should be sent: one in ten is refused."""
    return not item.place.endswith("7")


def interrupt(_: int) -> None:
    """Interrupt a run after its first messages."""
    raise Interrupted


@pytest.fixture
def queue(account: Account, settings: Settings) -> QueueClient:
    """This test's inbound queue."""
    return account.queue(settings.events_queue)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file that the messages are said to come from. Its content doesn't matter."""
    return tmp_path / "events.jsonl"


async def received(queue: QueueClient) -> list[str]:
    """Return the messages on the queue, ordered by their numbers."""
    found = [str(message.content) async for message in queue.receive_messages(messages_per_page=32)]
    return sorted(found, key=lambda text: int(text.split()[-1].rstrip("}")))


async def test_all_are_sent_and_never_expire(queue: QueueClient, file: Path) -> None:
    """Refused messages are left out. No notes are left beside the file."""
    journal = Journal.begin(file, "queue", items())
    assert await send(items(), queue, journal, takes=takes) == 90
    assert (journal.done, journal.refused) == (100, 10)
    [peeked] = await queue.peek_messages()
    assert peeked.expires_on.year == 9999
    assert await received(queue) == [item.text for item in items() if takes(item)]
    assert list(file.parent.iterdir()) == []


async def test_an_interrupted_run_goes_on_where_it_was(queue: QueueClient, file: Path) -> None:
    """Messages that were noted aren't sent again. Those refused before the interruption still count."""
    with pytest.raises(Interrupted):
        await send(items(), queue, Journal.begin(file, "queue", items()), takes=takes, done=interrupt)
    rest = items()
    journal = Journal.begin(file, "queue", rest)
    begun = journal.done
    assert 0 < begun < COUNT
    await send(rest, queue, journal, takes=takes)
    assert (journal.done, journal.refused) == (100, 10)
    assert await received(queue) == [item.text for item in items() if takes(item)]


CHANGES = {
    "another content": ("queue", [Item("0", "another"), *list(items())[1:]]),
    "another queue": ("other", list(items())),
    "less": ("queue", list(items(5))),
}


@pytest.mark.parametrize(("name", "now"), CHANGES.values(), ids=CHANGES)
async def test_a_file_that_has_changed_is_not_gone_on_with(
    queue: QueueClient, file: Path, name: str, now: list[Item]
) -> None:
    """If the file or queue isn't the same, continuing could leave messages out. `--restart` begins again."""
    with pytest.raises(Interrupted):
        await send(items(), queue, Journal.begin(file, "queue", items()), takes=takes, done=interrupt)
    with pytest.raises(Changed, match="--restart"):
        Journal.begin(file, name, iter(now))
    assert Journal.begin(file, name, iter(now), restart=True).done == 0


def test_notes_that_cannot_be_read_are_named(file: Path) -> None:
    """Notes that can't be read are an error. They don't count as missing."""
    file.with_name(file.name + SUFFIX).write_text("{", encoding="utf-8")
    with pytest.raises(Changed, match="can't be read"):
        Journal.begin(file, "queue", items())


async def test_standard_input_has_no_notes(queue: QueueClient) -> None:
    """A run from standard input leaves no notes, because the input can't be read a second time."""
    with pytest.raises(Interrupted):
        await send(items(), queue, Journal.begin(None, "queue", items()), takes=takes, done=interrupt)
    assert Journal.begin(None, "queue", items()).done == 0


async def test_a_refusal_of_storage_ends_the_run(account: Account, file: Path) -> None:
    """The error is the queue's own. Nothing is noted as sent that wasn't."""
    with pytest.raises(ResourceNotFoundError):
        await send(items(), account.queue("missing"), Journal.begin(file, "queue", items()), takes=takes)
    assert list(file.parent.iterdir()) == []


async def test_a_rate_is_kept(queue: QueueClient) -> None:
    """At ten per second, 21 messages take two seconds."""
    begun = time.monotonic()
    await send(items(21), queue, Journal.begin(None, "queue", items()), takes=lambda _: True, rate=10)
    assert 2 <= time.monotonic() - begun < 20
