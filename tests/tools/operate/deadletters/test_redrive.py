"""Operators put the original messages of dead letters back on the inbound queue."""

import base64

import pytest

from activities.service import Service
from activities.settings import Settings
from tests.tools.operate.conftest import Run, peek, texts
from tests.tools.operate.deadletters.events import MALFORMED, assigned, body, listed
from tools.operate.account import Account
from tools.operate.deadletters.__main__ import main


@pytest.mark.usefixtures("letters")
async def test_originals_go_back_unchanged(run: Run, account: Account, settings: Settings) -> None:
    """The inbound queue has exactly the messages that the LMS sent; they never expire, and the letters are gone."""
    ran = await run(main, "redrive", "--reason", "malformed", "--reason", "learner_unlicensed")
    assert ran.code == 0
    assert "2  redriven, 0 failed" in ran.out
    found = await peek(account, settings.events_queue)
    assert sorted(str(m.content) for m in found) == sorted([MALFORMED.decode(), body(assigned()).decode()])
    assert all(m.expires_on and m.expires_on.year == 9999 for m in found)
    assert [letter["reason"] for letter in await listed(run)] == ["invalid_event"]


@pytest.mark.usefixtures("letters")
async def test_dry_run_changes_nothing(run: Run, account: Account, settings: Settings) -> None:
    """With `--dry-run` the letters are listed, and both queues stay as they are."""
    before = await texts(account, settings.dead_letter_queue)
    ran = await run(main, "redrive", "--dry-run")
    assert ran.code == 0
    assert "     3  in total" in ran.out
    assert sorted(await texts(account, settings.dead_letter_queue)) == sorted(before)
    assert await texts(account, settings.events_queue) == []


async def test_a_poison_queue_can_be_redriven(run: Run, account: Account, settings: Settings) -> None:
    """Messages that the app could not collect from the host's poison queue go back as well."""
    poison = f"{settings.events_queue}-poison"
    await account.queue(poison).send_message(body(assigned()).decode())
    ran = await run(main, "redrive", "--queue", poison)
    assert (ran.code, await texts(account, poison)) == (0, [])
    assert await texts(account, settings.events_queue) == [body(assigned()).decode()]


async def test_a_large_original_goes_back_from_its_blob(
    run: Run, service: Service, account: Account, settings: Settings
) -> None:
    """A body as large as a queue message allows is shown and redriven completely."""
    large = b"x" * 65_536
    await service.handler.event(large)
    (letter,) = await listed(run)
    assert letter["blob"]
    assert (await run(main, "show", letter["id"])).out.strip().endswith("x" * 1000)
    assert (await run(main, "redrive")).code == 0
    (message,) = await peek(account, settings.events_queue)
    assert str(message.content).encode() == large


async def test_bytes_that_are_not_text_go_back_as_base64(
    run: Run, service: Service, account: Account, settings: Settings
) -> None:
    """A body that is not text goes back in base64, which the app reads in the same way."""
    await service.handler.event(b"\xff\xfe{}")
    await run(main, "redrive")
    (text,) = await texts(account, settings.events_queue)
    assert base64.b64decode(text) == b"\xff\xfe{}"


async def test_all_poisoned_events_of_one_enrolment_go_back(
    run: Run, service: Service, account: Account, settings: Settings
) -> None:
    """Letters of one record with different events are not duplicates, even if their bodies are in blobs."""
    sent = [body(assigned(assignment={"type": "required", "notes": {"content": letter * 30_000}})) for letter in "ab"]
    for text in sent:
        await service.handler.poison(text)
    assert (await run(main, "redrive")).code == 0
    assert sorted(await texts(account, settings.events_queue)) == sorted(text.decode() for text in sent)


async def test_a_letter_without_its_original_stays(
    run: Run, service: Service, account: Account, settings: Settings
) -> None:
    """A letter whose blob is gone is reported and kept."""
    await service.handler.event(b"x" * 65_536)
    (letter,) = await listed(run)
    await account.container(settings.dead_letter_container).delete_blob(letter["blob"])
    ran = await run(main, "redrive")
    assert ran.code == 1
    assert "0  redriven, 1 failed" in ran.out
    assert "the retention of its blob has ended" in ran.err
    assert "retention" in (await run(main, "show", letter["id"])).out
    assert len(await texts(account, settings.dead_letter_queue)) == 1


@pytest.mark.usefixtures("letters")
async def test_no_letter_is_lost_if_the_inbound_queue_refuses(run: Run, account: Account, settings: Settings) -> None:
    """A letter is deleted only after its original has been sent."""
    ran = await run(main, "redrive", "--events-queue", "no-such-queue")
    assert ran.code == 1
    assert "0  redriven, 3 failed" in ran.out
    assert "QueueNotFound" in ran.err
    assert len(await texts(account, settings.dead_letter_queue)) == 3
