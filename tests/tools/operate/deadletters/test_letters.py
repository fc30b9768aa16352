"""Dead letters are read completely, and messages that contain the same letter count once."""

import base64
import math

import pytest

from activities.service import Service
from activities.settings import Settings
from tests.faults.actions import Status
from tests.faults.proxied import Proxied
from tests.tools.operate.conftest import Run, texts
from tests.tools.operate.deadletters.events import MALFORMED, listed
from tools.operate.account import Account
from tools.operate.deadletters.__main__ import main
from tools.operate.deadletters.letters import as_message_text


async def test_all_letters_are_read(run: Run, account: Account, settings: Settings) -> None:
    """The list is not limited to the 32 messages of one request, and has no letter twice."""
    queue = account.queue(settings.dead_letter_queue)
    for number in range(70):
        await queue.send_message(f"put by hand: {number}")
    found = await listed(run)
    assert len({letter["id"] for letter in found}) == len(found) == 70
    assert {letter["reason"] for letter in found} == {"no_envelope"}


async def test_duplicates_are_one_letter(run: Run, service: Service, account: Account, settings: Settings) -> None:
    """If a crash left two messages with the same letter, it is listed once and redriven once."""
    for _ in range(2):
        await service.handler.event(MALFORMED)
    (letter,) = await listed(run)
    assert letter["messages"] == 2
    assert "malformed x2" in (await run(main, "list")).out
    assert (await run(main, "redrive", letter["id"])).code == 0
    assert await texts(account, settings.events_queue) == [MALFORMED.decode()]
    assert await listed(run) == []


@pytest.mark.usefixtures("letters")
async def test_letters_that_were_only_read_are_given_back(run: Run, account: Account, settings: Settings) -> None:
    """After a list, all letters are visible to others at once, unchanged."""
    before = await texts(account, settings.dead_letter_queue)
    assert (await run(main, "list")).code == 0
    assert sorted(await texts(account, settings.dead_letter_queue)) == sorted(before)


@pytest.mark.usefixtures("letters")
async def test_an_operator_who_may_not_give_letters_back_is_told(
    run: Run, environment: dict[str, str], account: Account, settings: Settings
) -> None:
    """A role that may receive but not update messages can list; the letters become visible again later."""
    forbidden = Status(403, {"x-ms-error-code": "AuthorizationPermissionMismatch"})
    async with Proxied(environment) as proxied:
        proxied["queue"].rule("queue:update:*", action=forbidden, times=math.inf)
        ran = await run(main, "list", "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert ran.code == 0
    assert "     3  in total" in ran.out
    assert "they are visible again in 30 s" in ran.err
    assert await texts(account, settings.dead_letter_queue) == []


@pytest.mark.parametrize(
    ("original", "text"),
    [
        ("{}", "{}"),
        ('\ufeff{"ü": "😀\t\n<&>"}', '\ufeff{"ü": "😀\t\n<&>"}'),
        ("{\r\n}", base64.b64encode(b"{\r\n}").decode()),
        ("\x00", "AA=="),
        ("{\r}" + " " * 60_000, "{\r}" + " " * 60_000),
        ("{\x01}" + " " * 60_000, base64.b64encode(b"{\x01}" + b" " * 60_000).decode()),
    ],
    ids=["plain", "any characters", "carriage return", "not XML", "large with carriage return", "large, not XML"],
)
def test_message_text(original: str, text: str) -> None:
    """A body is sent unchanged if a queue message preserves it, otherwise in base64 if that fits."""
    assert as_message_text(original.encode()) == text
