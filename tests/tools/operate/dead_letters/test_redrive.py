"""Operators redrive dead letters: the messages go to the retry queue and are handled again."""

import json
from typing import Any

import pytest
from azure.storage.blob.aio import ContainerClient

from activities.domain.outcomes import Action, DeadLetter, Done, Reason
from activities.service import Service
from activities.settings import Settings
from tests.faults.actions import Call
from tests.faults.proxied import Proxied
from tests.tools.operate.conftest import Run, peek, texts
from tests.tools.operate.dead_letters.events import (
    MALFORMED,
    RECORD,
    assigned,
    body,
    concerns_the_record,
    letter_of,
    listed,
)
from tools.develop.simulator import Simulator
from tools.operate.account import Account


async def envelopes(account: Account, settings: Settings) -> list[dict[str, Any]]:
    """Return the envelopes on the retry queue."""
    return [json.loads(text) for text in await texts(account, settings.retry_queue)]


@pytest.mark.usefixtures("letters")
async def test_envelopes_go_to_the_retry_queue(run: Run, account: Account, settings: Settings) -> None:
    """The envelope keeps the original, record, first-seen time and attempt count (plus one). The letters are gone."""
    [letter] = await listed(run, "--reason", "learner_unlicensed")
    ran = await run("dead-letters", "redrive", "--reason", "malformed", "--reason", "learner_unlicensed")
    assert (ran.code, ran.err) == (0, "")
    assert "2  redriven, 0 failed" in ran.out
    found = {envelope["original"]: envelope for envelope in await envelopes(account, settings)}
    assert found.keys() == {MALFORMED.decode(), body(assigned()).decode()}
    redriven = found[body(assigned()).decode()]
    assert (redriven["enrollmentId"], redriven["attempt"], redriven["redriven"]) == ("e-1", letter["attempt"] + 1, True)
    assert redriven["firstSeen"].replace("Z", "+00:00") == letter["firstSeen"]
    assert all(m.expires_on and m.expires_on.year == 9999 for m in await peek(account, settings.retry_queue))
    assert [left["reason"] for left in await listed(run)] == ["invalid_event"]


@pytest.mark.usefixtures("letters")
async def test_after_a_correction_a_redrive_succeeds(
    run: Run, service: Service, simulator: Simulator, account: Account, settings: Settings
) -> None:
    """Once the cause is corrected, a redrive creates the activity, and the record no longer has a letter."""
    simulator.configure(unlicensed_learners=set())
    assert (await run("dead-letters", "redrive", RECORD)).code == 0
    [text] = await texts(account, settings.retry_queue)
    assert await service.handler.retry(text.encode()) == Done(Action.CREATED)
    assert len(simulator.activities) == 1
    assert await listed(run, "--record", RECORD) == []


@pytest.mark.usefixtures("letters")
async def test_dry_run_changes_nothing(run: Run, account: Account, settings: Settings) -> None:
    """With `--dry-run`, the letters are listed and nothing changes."""
    before = await listed(run)
    ran = await run("dead-letters", "redrive", "--dry-run")
    assert ran.code == 0
    assert "     3  in total" in ran.out
    assert (await listed(run), await envelopes(account, settings)) == (before, [])


@pytest.mark.parametrize("original", [b"x" * 65_536, b"\xff\xfe{}"], ids=["large", "not text"])
async def test_any_original_is_redriven_byte_for_byte(
    run: Run, service: Service, account: Account, settings: Settings, original: bytes
) -> None:
    """An original that's too large for a queue goes to a blob, which is deleted once the message has been handled."""
    await service.handler.event(original)
    assert (await run("dead-letters", "redrive")).code == 0
    [text] = await texts(account, settings.retry_queue)
    outcome = await service.handler.retry(text.encode())
    assert isinstance(outcome, DeadLetter)
    assert outcome.reason is Reason.MALFORMED
    [letter] = await listed(run)
    again = await service.letters.read(letter["id"])
    assert again is not None
    assert again.body() == original
    bodies = account.container(settings.event_body_container).list_blob_names()
    assert [name async for name in bodies] == []


async def test_a_newer_letter_is_not_redriven(
    run: Run, container: ContainerClient, account: Account, settings: Settings
) -> None:
    """A letter from a later version stays and counts as failed, even if its metadata doesn't show the version."""
    await container.upload_blob(f"{RECORD}.json", letter_of(2), metadata={"reason": "learner_not_found"})
    ran = await run("dead-letters", "redrive")
    assert ran.code == 1
    assert "0  redriven, 1 failed" in ran.out
    assert "A later version of the app wrote this letter" in ran.err
    assert (len(await listed(run)), await envelopes(account, settings)) == (1, [])


@pytest.mark.usefixtures("letters")
async def test_foreign_blobs_are_left_alone(
    run: Run, container: ContainerClient, account: Account, settings: Settings
) -> None:
    """Foreign blobs don't keep the command from redriving the letters."""
    control = json.dumps({"envelope": "lms-activity-sync/1", "control": "forget", "record": RECORD})
    elsewhere = json.dumps({**json.loads(letter_of(1)), "original": None, "blob": "other"})
    for name, content in {"notes": "notes", "control": control, "elsewhere": elsewhere}.items():
        await container.upload_blob(name, content)
    ran = await run("dead-letters", "redrive")
    assert ran.code == 0
    assert "3  redriven, 0 failed" in ran.out
    assert "3  left alone: The blob isn't a dead letter that this app wrote." in ran.err
    assert len(await envelopes(account, settings)) == 3
    assert {blob["id"] for blob in await listed(run)} == {"notes", "control", "elsewhere"}


async def test_a_letter_without_metadata_is_redriven(
    run: Run, container: ContainerClient, account: Account, settings: Settings
) -> None:
    """A letter that was restored from a backup without its metadata is still redriven."""
    await container.upload_blob(f"{RECORD}.json", letter_of(1))
    assert (await run("dead-letters", "redrive", "--reason", "unknown")).code == 0
    assert (len(await envelopes(account, settings)), await listed(run)) == (1, [])


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(("step", "redriven"), [("blob:get", 2), ("queue:put:*", 3)])
async def test_a_letter_that_fails_again_meanwhile_stays(
    run: Run, environment: dict[str, str], service: Service, step: str, redriven: int
) -> None:
    """If a record fails again while its letter is being redriven, the new letter isn't deleted."""

    async def fail_again(_: object) -> None:
        await service.handler.event(body(assigned()))

    async with Proxied(environment) as proxied:
        proxied[step.partition(":")[0]].rule(step, action=Call(fail_again), when=concerns_the_record)
        ran = await run("dead-letters", "redrive", "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert ran.code == 0
    assert f"{redriven}  redriven, 0 failed" in ran.out
    assert ("left alone" in ran.err) == (redriven == 2)
    assert [letter["id"] for letter in await listed(run)] == [RECORD]


async def test_raw_poison_goes_back_to_its_queue(run: Run, account: Account, settings: Settings) -> None:
    """Messages that the app couldn't collect go from the poison queues back to their own queues, unchanged."""
    sent = [f"{number} <&> é" for number in range(40)]
    for text in sent:
        await account.queue(f"{settings.events_queue}-poison").send_message(text)
    await account.queue(f"{settings.retry_queue}-poison").send_message("a retry")
    ran = await run("dead-letters", "redrive", "--poison", "--dry-run", "--json")
    assert (ran.code, len(ran.objects)) == (0, 32 + 1)
    ran = await run("dead-letters", "redrive", "--poison", "--json")
    assert (ran.code, [found["redriven"] for found in ran.objects]) == (0, [40, 1])
    found = [await account.queue(settings.events_queue).receive_message(visibility_timeout=60) for _ in sent]
    assert [message and message.content for message in found] == sent
    assert await texts(account, settings.retry_queue) == ["a retry"]
    assert await texts(account, f"{settings.events_queue}-poison") == []


async def test_raw_poison_is_listed_without_its_text_and_deleted_only_with_yes(
    run: Run, account: Account, settings: Settings
) -> None:
    """The list shows no text. Purging needs `--yes` and then leaves nothing."""
    queue = account.queue(f"{settings.events_queue}-poison")
    for text in (MALFORMED.decode(), "two"):
        await queue.send_message(text)
    ran = await run("dead-letters", "list", "--poison")
    assert ran.code == 0
    assert f"     2  on {settings.events_queue}-poison" in ran.out
    assert MALFORMED.decode() not in ran.out
    assert (await run("dead-letters", "purge", "--poison")).code == 2
    assert len(await texts(account, str(queue.queue_name))) == 2
    ran = await run("dead-letters", "purge", "--poison", "--yes", "--json")
    assert (ran.code, ran.objects[0]["purged"]) == (0, 2)
    assert await texts(account, str(queue.queue_name)) == []


@pytest.mark.parametrize("command", ["list", "redrive", "purge"])
async def test_raw_poison_is_not_selected(run: Run, command: str) -> None:
    """Raw poison has no reasons or records, so selecting by them is wrong usage."""
    ran = await run("dead-letters", command, "--poison", "--reason", "malformed")
    assert ran.code == 2
    assert "--poison" in ran.err
