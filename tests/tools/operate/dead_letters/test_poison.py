"""Raw poison: messages that the host gave up on and the app couldn't collect. Operators can see and export them all."""

import json
import stat
from pathlib import Path

import pytest

from activities.settings import Settings
from tests.faults.proxied import Proxied
from tests.tools.operate.conftest import Run, peek, texts
from tests.unreadable import UNREADABLE, answer_as_the_service
from tools.operate.account import Account
from tools.operate.queues.raw import PAGE

TEXT = '{"learner": "ann@contoso.example", "note": "a < b & \\"c\\""}\r\nand a second line \u202e'
# More messages than one request can peek at.
MANY = PAGE + 8


@pytest.fixture
async def poisoned(account: Account, settings: Settings) -> str:
    """A message on the events' poison queue and one on the retries'. Return the first one's id."""
    sent = await account.queue(f"{settings.events_queue}-poison").send_message(TEXT)
    await account.queue(f"{settings.retry_queue}-poison").send_message("a retry")
    return str(sent.id)


async def test_a_message_is_shown_without_its_text(run: Run, poisoned: str) -> None:
    """The text is about a learner, so it's shown only on request. The message stays where it is."""
    ran = await run("dead-letters", "show", "--poison", poisoned[:12])
    assert ran.code == 0
    assert f"id            {poisoned}\n" in ran.out
    assert "ann@contoso" not in ran.out + ran.err
    ran = await run("dead-letters", "show", "--poison", poisoned, "--json")
    assert ran.objects[0].keys() == {"id", "queue", "reason", "firstSeen", "dequeueCount", "readable"}
    assert (ran.objects[0]["dequeueCount"], ran.objects[0]["readable"]) == (0, True)


async def test_a_message_is_shown_as_it_was_sent(run: Run, poisoned: str) -> None:
    """Characters that XML has to escape come out as they were sent."""
    ran = await run("dead-letters", "show", "--poison", poisoned, "--show-personal-data", "--json")
    assert ran.objects[0]["original"] == TEXT
    ran = await run("dead-letters", "show", "--poison", poisoned, "--show-personal-data")
    assert '"note": "a < b & \\"c\\""}\\r\nand a second line \\u202e\n' in ran.out


@pytest.mark.usefixtures("poisoned")
@pytest.mark.parametrize("beginning", ["nosuch", ""])
async def test_a_message_that_is_not_the_only_one(run: Run, beginning: str) -> None:
    """If no message or more than one matches, one sentence says so."""
    ran = await run("dead-letters", "show", "--poison", beginning)
    assert (ran.code, ran.out) == (1, "")
    assert ("no message" if beginning else "2 messages begin with") in ran.err


async def test_all_messages_are_exported_and_stay(
    run: Run, account: Account, settings: Settings, tmp_path: Path
) -> None:
    """All messages are exported, each once, even those beyond the first page. Only the file's owner may read it."""
    queue = f"{settings.events_queue}-poison"
    sent = [f"message {number}" for number in range(MANY)]
    for text in sent:
        await account.queue(queue).send_message(text)
    file = tmp_path / "poison.jsonl"
    ran = await run("dead-letters", "export", "--poison", str(file), "--show-personal-data")
    assert (ran.code, ran.out) == (0, "")
    written = [json.loads(line) for line in file.read_text().splitlines()]
    assert sorted(line["original"] for line in written) == sorted(sent)
    assert {line["queue"] for line in written} == {queue}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    properties = await account.queue(queue).get_queue_properties()
    assert (properties.approximate_message_count, len(await texts(account, queue))) == (MANY, PAGE)
    assert {message.dequeue_count for message in await peek(account, queue)} == {1}


@pytest.mark.usefixtures("poisoned")
async def test_nothing_is_exported_without_being_asked_for(run: Run, tmp_path: Path) -> None:
    """Exporting needs `--show-personal-data`. Options that select letters are wrong usage with `--poison`."""
    file = tmp_path / "poison.jsonl"
    assert (await run("dead-letters", "export", "--poison", str(file))).code == 2
    conditions = ("--show-personal-data", "--reason", "malformed")
    assert (await run("dead-letters", "export", "--poison", str(file), *conditions)).code == 2
    assert not file.exists()


async def test_what_nobody_can_read_is_exported_too(
    run: Run, environment: dict[str, str], account: Account, settings: Settings
) -> None:
    """A message is exported even if it has a character that XML can't hold."""
    await account.queue(f"{settings.events_queue}-poison").send_message(UNREADABLE)
    async with Proxied(environment) as proxied:
        answer_as_the_service(proxied)
        string = proxied.environment["AzureWebJobsStorage"]
        options = ("--poison", "-", "--show-personal-data", "--connection-string", string)
        ran = await run("dead-letters", "export", *options)
    assert (ran.code, len(ran.objects)) == (0, 1)
    assert (ran.objects[0]["readable"], ran.objects[0]["original"]) == (False, UNREADABLE.replace("&#xFFFE;", "\ufffe"))
