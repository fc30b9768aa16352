"""Raw poison: what the host gave up on and the app could not collect. Operators see, take and put back all of it."""

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
# More than storage lets anybody look at.
MANY = PAGE + 8


@pytest.fixture
async def poisoned(account: Account, settings: Settings) -> str:
    """A message on the poison queue of events, and one on that of retries. Return the id of the first."""
    sent = await account.queue(f"{settings.events_queue}-poison").send_message(TEXT)
    await account.queue(f"{settings.retry_queue}-poison").send_message("a retry")
    return str(sent.id)


async def test_a_message_is_shown_without_its_text(run: Run, poisoned: str) -> None:
    """The text is about a learner, so it comes only if it is asked for. The message stays where it is."""
    ran = await run("dead-letters", "show", "--poison", poisoned[:12])
    assert ran.code == 0
    assert f"id            {poisoned}\n" in ran.out
    assert "ann@contoso" not in ran.out + ran.err
    ran = await run("dead-letters", "show", "--poison", poisoned, "--json")
    assert ran.objects[0].keys() == {"id", "queue", "reason", "firstSeen", "dequeueCount", "readable"}
    assert (ran.objects[0]["dequeueCount"], ran.objects[0]["readable"]) == (0, True)


async def test_a_message_is_shown_as_it_was_sent(run: Run, poisoned: str) -> None:
    """With each character that XML has to write otherwise."""
    ran = await run("dead-letters", "show", "--poison", poisoned, "--show-personal-data", "--json")
    assert ran.objects[0]["original"] == TEXT
    ran = await run("dead-letters", "show", "--poison", poisoned, "--show-personal-data")
    assert '"note": "a < b & \\"c\\""}\\r\nand a second line \\u202e\n' in ran.out


@pytest.mark.usefixtures("poisoned")
@pytest.mark.parametrize("beginning", ["nosuch", ""])
async def test_a_message_that_is_not_the_only_one(run: Run, beginning: str) -> None:
    """One sentence says whether there is none, or more than one."""
    ran = await run("dead-letters", "show", "--poison", beginning)
    assert (ran.code, ran.out) == (1, "")
    assert ("no message" if beginning else "2 messages begin with") in ran.err


async def test_all_messages_are_exported_and_stay(
    run: Run, account: Account, settings: Settings, tmp_path: Path
) -> None:
    """Also those that nobody can look at, each once, to a file that only its owner may read."""
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
    """A file with learner data comes into being only with `--show-personal-data`, and conditions select letters."""
    file = tmp_path / "poison.jsonl"
    assert (await run("dead-letters", "export", "--poison", str(file))).code == 2
    conditions = ("--show-personal-data", "--reason", "malformed")
    assert (await run("dead-letters", "export", "--poison", str(file), *conditions)).code == 2
    assert not file.exists()


async def test_what_nobody_can_read_is_exported_too(
    run: Run, environment: dict[str, str], account: Account, settings: Settings
) -> None:
    """With the character that XML cannot hold."""
    await account.queue(f"{settings.events_queue}-poison").send_message(UNREADABLE)
    async with Proxied(environment) as proxied:
        answer_as_the_service(proxied)
        string = proxied.environment["AzureWebJobsStorage"]
        options = ("--poison", "-", "--show-personal-data", "--connection-string", string)
        ran = await run("dead-letters", "export", *options)
    assert (ran.code, len(ran.objects)) == (0, 1)
    assert (ran.objects[0]["readable"], ran.objects[0]["original"]) == (False, UNREADABLE.replace("&#xFFFE;", "\ufffe"))
