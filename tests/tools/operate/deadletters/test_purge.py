"""Operators delete dead letters, but not by mistake."""

import pytest

from activities.service import Service
from activities.settings import Settings
from tests.tools.operate.conftest import Run, texts
from tests.tools.operate.deadletters.events import listed
from tools.operate.account import Account
from tools.operate.deadletters.__main__ import main


@pytest.mark.usefixtures("letters")
async def test_purge_needs_a_selection_and_a_confirmation(run: Run) -> None:
    """Without a selection, or without `--yes`, no letter is deleted."""
    assert (await run(main, "purge", "--yes")).code == 2
    ran = await run(main, "purge", "--reason", "malformed")
    assert ran.code == 2
    assert "Nothing was purged" in ran.out
    assert len(await listed(run)) == 3


@pytest.mark.usefixtures("letters")
async def test_purge_deletes_the_selected_letters(run: Run, account: Account, settings: Settings) -> None:
    """Letters are selected by id, by reason or by age; the others stay."""
    (letter,) = await listed(run, "--reason", "malformed")
    assert (await run(main, "purge", letter["id"], "--yes")).code == 0
    assert (await run(main, "purge", "--reason", "invalid_event", "--yes")).code == 0
    assert (await run(main, "purge", "--older-than", "1d", "--yes")).code == 0
    assert [left["reason"] for left in await listed(run)] == ["learner_unlicensed"]
    assert (await run(main, "purge", "--older-than", "0m", "--yes")).code == 0
    assert await listed(run) == []
    assert await texts(account, settings.events_queue) == []


async def test_purge_deletes_the_blob(run: Run, service: Service, account: Account, settings: Settings) -> None:
    """A purged letter leaves no learner data behind."""
    await service.handler.event(b"x" * 65_536)
    await run(main, "purge", "--reason", "malformed", "--yes")
    blobs = account.container(settings.dead_letter_container).list_blob_names()
    assert [name async for name in blobs] == []
