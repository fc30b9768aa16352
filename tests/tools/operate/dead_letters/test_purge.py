"""Operators can purge dead letters, but not by mistake."""

import pytest
from azure.storage.blob.aio import ContainerClient

from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter, Reason
from activities.service import Service
from activities.settings import Settings
from tests.faults.actions import Call
from tests.faults.proxied import Proxied
from tests.tools.operate.conftest import Run, texts
from tests.tools.operate.dead_letters.events import RECORD, concerns_the_record, letter_of, listed
from tools.operate.account import Account

AGAIN = DeadLetter(Reason.CONTENT_NOT_FOUND, "again")


@pytest.mark.usefixtures("letters")
async def test_purge_needs_a_selection_and_a_confirmation(run: Run) -> None:
    """Without a selection, or without `--yes`, no letter is deleted."""
    assert (await run("dead-letters", "purge", "--yes")).code == 2
    ran = await run("dead-letters", "purge", "--reason", "malformed")
    assert ran.code == 2
    assert "Nothing was purged" in ran.err
    assert len(await listed(run)) == 3


@pytest.mark.usefixtures("letters")
async def test_purge_deletes_the_selected_letters(run: Run, account: Account, settings: Settings) -> None:
    """Letters are selected by id, reason or age. The others stay, and nothing is redriven."""
    [letter] = await listed(run, "--reason", "malformed")
    assert (await run("dead-letters", "purge", letter["id"], "--yes")).code == 0
    assert (await run("dead-letters", "purge", "--reason", "invalid_event", "--yes")).code == 0
    assert (await run("dead-letters", "purge", "--older-than", "1d", "--yes")).code == 0
    assert [left["reason"] for left in await listed(run)] == ["learner_unlicensed"]
    assert (await run("dead-letters", "purge", "--older-than", "0m", "--yes")).code == 0
    assert await listed(run) == []
    assert await texts(account, settings.events_queue) == await texts(account, settings.retry_queue) == []


async def test_purge_deletes_newer_letters_and_foreign_blobs(run: Run, container: ContainerClient) -> None:
    """What can't be redriven can still be purged."""
    await container.upload_blob("notes.json", b"notes")
    await container.upload_blob(f"{RECORD}.json", letter_of(2), metadata={"version": "2", "reason": "malformed"})
    ran = await run("dead-letters", "purge", "--reason", "unknown", "--reason", "malformed", "--yes")
    assert (ran.code, await listed(run)) == (0, [])


@pytest.mark.usefixtures("letters")
async def test_a_letter_that_was_replaced_since_it_was_listed_is_not_purged(
    run: Run, environment: dict[str, str], service: Service
) -> None:
    """The operator hasn't seen the new letter, so it stays. The command says so and purges the others."""

    async def replace(_: object) -> None:
        await service.letters.write(Message(b"new"), AGAIN, "e-1", number=7)

    async with Proxied(environment) as proxied:
        proxied["blob"].rule("blob:delete", action=Call(replace), when=concerns_the_record)
        string = proxied.environment["AzureWebJobsStorage"]
        ran = await run("dead-letters", "purge", "--since", "1h", "--yes", "--connection-string", string)
    assert ran.code == 0
    assert "     2  purged, 0 failed" in ran.out
    assert "     1  left alone: Replaced or deleted since it was listed" in ran.err
    assert [(letter["id"], letter["reason"]) for letter in await listed(run)] == [(RECORD, AGAIN.reason)]
