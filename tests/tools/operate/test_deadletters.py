"""Operators see dead letters, put them back, and remove them."""

import base64
import json
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.domain.outcomes import Action, Done
from activities.service import Service
from activities.settings import Settings
from tests.faults.actions import Status
from tests.faults.proxied import Proxied
from tests.tools.operate.conftest import Run, peek, texts
from tools.develop.simulator import Simulator
from tools.operate.account import Account
from tools.operate.deadletters.__main__ import main
from tools.operate.deadletters.letters import as_message_text

MALFORMED = b"<course-completed/>"
LEARNER = "7ba2228a-e020-11ec-9d64-0242ac120002"
FORBIDDEN = Status(403, {"x-ms-error-code": "AuthorizationPermissionMismatch"})


def assigned(enrolment: str = "e-1", learner: str = LEARNER, **more: object) -> dict[str, Any]:
    """An assignment as an LMS sends it."""
    return {
        "specVersion": "1.0",
        "eventId": f"of {enrolment}",
        "eventType": "course.assigned",
        "occurredAt": "2026-01-15T09:00:00+00:00",
        "enrollmentId": enrolment,
        "learner": {"entraObjectId": learner},
        "course": {"learningContentId": "c-1"},
        "assignment": {"type": "required"},
        **more,
    }


def body(event: dict[str, Any]) -> bytes:
    """Its text."""
    return json.dumps(event).encode()


@pytest.fixture
async def letters(service: Service, simulator: Simulator) -> None:
    """Three dead letters of three reasons."""
    simulator.configure(unlicensed_learners={LEARNER})
    await service.handler.event(MALFORMED)
    await service.handler.event(body(assigned()))
    await service.handler.event(body(assigned("e-2", progress={"percentage": 120})))


async def listed(run: Run, *arguments: str) -> list[dict[str, Any]]:
    """What `list --json` says."""
    ran = await run(main, "list", "--json", *arguments)
    assert ran.code == 0
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


@pytest.mark.usefixtures("letters")
async def test_list_shows_each_letter_and_counts_reasons(run: Run) -> None:
    """An operator sees what happened to which enrolment, and how often."""
    ran = await run(main, "list")
    assert ran.code == 0
    assert "create: 403" in ran.out
    assert "e-1" in ran.out
    for reason in ("malformed", "learner_unlicensed", "invalid_event"):
        assert f"     1  {reason}" in ran.out
    assert "     3  in total" in ran.out


@pytest.mark.usefixtures("letters")
async def test_list_gives_letters_back(run: Run, account: Account, settings: Settings) -> None:
    """What was only looked at is there for others at once, unchanged."""
    before = await texts(account, settings.dead_letter_queue)
    assert (await run(main, "list")).code == 0
    assert sorted(await texts(account, settings.dead_letter_queue)) == sorted(before)


@pytest.mark.usefixtures("letters")
async def test_list_selects_by_reason_and_age(run: Run) -> None:
    """Reasons and times narrow what is shown."""
    one = await listed(run, "--reason", "malformed")
    assert [letter["reason"] for letter in one] == ["malformed"]
    assert len(await listed(run, "--reason", "malformed", "--reason", "invalid_event", "--since", "1h")) == 2
    assert await listed(run, "--older-than", "1h") == []
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert await listed(run, "--since", tomorrow) == []


async def test_list_goes_beyond_what_a_queue_shows_at_once(run: Run, account: Account, settings: Settings) -> None:
    """All letters are listed, not only the 32 that a queue lets one peek at, and none twice."""
    queue = account.queue(settings.dead_letter_queue)
    for number in range(70):
        await queue.send_message(f"put by hand: {number}")
    found = await listed(run)
    assert len({letter["id"] for letter in found}) == len(found) == 70
    assert {letter["reason"] for letter in found} == {"no_envelope"}


async def test_redrive_from_a_poison_queue(run: Run, account: Account, settings: Settings) -> None:
    """What nobody could collect from the host's own poison queue goes back as well."""
    poison = f"{settings.events_queue}-poison"
    await account.queue(poison).send_message(body(assigned()).decode())
    ran = await run(main, "redrive", "--queue", poison)
    assert (ran.code, await texts(account, poison)) == (0, [])
    assert await texts(account, settings.events_queue) == [body(assigned()).decode()]


@pytest.mark.usefixtures("letters")
async def test_show_prints_the_whole_envelope_and_the_original(run: Run) -> None:
    """Everything that is known of a letter, found by the beginning of its id."""
    (letter,) = await listed(run, "--reason", "learner_unlicensed")
    ran = await run(main, "show", letter["id"][:8])
    assert ran.code == 0
    for value in (letter["id"], letter["requestId"], letter["detail"], letter["lastSeen"], body(assigned()).decode()):
        assert value in ran.out


@pytest.mark.usefixtures("letters")
async def test_an_unknown_id_is_an_error(run: Run) -> None:
    """A mistyped id does nothing and says so."""
    ran = await run(main, "redrive", "feedfeed")
    assert (ran.code, ran.out) == (1, "")
    assert "no dead letter feedfeed" in ran.err


@pytest.mark.usefixtures("letters")
async def test_redrive_puts_originals_back_verbatim(run: Run, account: Account, settings: Settings) -> None:
    """Back on the inbound queue lies exactly what the LMS sent, never to expire; the letters are gone."""
    ran = await run(main, "redrive", "--reason", "malformed", "--reason", "learner_unlicensed")
    assert ran.code == 0
    assert "2  redriven, 0 failed" in ran.out
    found = await peek(account, settings.events_queue)
    assert sorted(str(m.content) for m in found) == sorted([MALFORMED.decode(), body(assigned()).decode()])
    assert all(m.expires_on and m.expires_on.year == 9999 for m in found)
    assert [letter["reason"] for letter in await listed(run)] == ["invalid_event"]


@pytest.mark.usefixtures("letters")
async def test_a_redriven_event_arrives_in_graph(
    run: Run, service: Service, account: Account, simulator: Simulator, settings: Settings
) -> None:
    """Once the learner has a licence, a redrive leads to the activity."""
    simulator.configure(unlicensed_learners=set())
    await run(main, "redrive", "--reason", "learner_unlicensed")
    (text,) = await texts(account, settings.events_queue)
    assert await service.handler.event(text.encode()) == Done(Action.CREATED)
    assert [activity.external_id for activity in simulator.activities] == ["e-1"]


@pytest.mark.usefixtures("letters")
async def test_dry_run_changes_nothing(run: Run, account: Account, settings: Settings) -> None:
    """A rehearsal shows the letters and leaves both queues as they are."""
    before = await texts(account, settings.dead_letter_queue)
    ran = await run(main, "redrive", "--dry-run")
    assert ran.code == 0
    assert "     3  in total" in ran.out
    assert sorted(await texts(account, settings.dead_letter_queue)) == sorted(before)
    assert await texts(account, settings.events_queue) == []


async def test_duplicates_are_one_letter(run: Run, service: Service, account: Account, settings: Settings) -> None:
    """Two messages that a crash left of one letter are shown once and redriven once."""
    for _ in range(2):
        await service.handler.event(MALFORMED)
    (letter,) = await listed(run)
    assert letter["messages"] == 2
    assert "malformed x2" in (await run(main, "list")).out
    assert (await run(main, "redrive", letter["id"])).code == 0
    assert await texts(account, settings.events_queue) == [MALFORMED.decode()]
    assert await listed(run) == []


async def test_a_large_original_comes_back_from_its_blob(
    run: Run, service: Service, account: Account, settings: Settings
) -> None:
    """A body of all that a queue message holds is redriven whole."""
    large = b"x" * 65_536
    await service.handler.event(large)
    (letter,) = await listed(run)
    assert letter["blob"]
    assert (await run(main, "show", letter["id"])).out.strip().endswith("x" * 1000)
    assert (await run(main, "redrive")).code == 0
    (message,) = await peek(account, settings.events_queue)
    assert str(message.content).encode() == large


async def test_events_of_one_enrolment_that_the_host_gave_up_are_all_redriven(
    run: Run, service: Service, account: Account, settings: Settings
) -> None:
    """Letters of one record that never reached it are no duplicates, in a blob or not."""
    sent = [body(assigned(assignment={"type": "required", "notes": {"content": letter * 30_000}})) for letter in "ab"]
    for text in sent:
        await service.handler.poison(text)
    assert (await run(main, "redrive")).code == 0
    assert sorted(await texts(account, settings.events_queue)) == sorted(text.decode() for text in sent)


async def test_an_original_whose_blob_is_gone_stays(
    run: Run, service: Service, account: Account, settings: Settings
) -> None:
    """A letter that cannot be redriven is reported and kept."""
    await service.handler.event(b"x" * 65_536)
    (letter,) = await listed(run)
    await account.container(settings.dead_letter_container).delete_blob(letter["blob"])
    ran = await run(main, "redrive")
    assert ran.code == 1
    assert "0  redriven, 1 failed" in ran.out
    assert "the retention of its blob has ended" in ran.err
    assert "retention" in (await run(main, "show", letter["id"])).out
    assert len(await texts(account, settings.dead_letter_queue)) == 1


async def test_bytes_that_are_no_text_go_back_as_base64(
    run: Run, service: Service, account: Account, settings: Settings
) -> None:
    """What a queue message cannot hold as text goes back in base64, which the app reads alike."""
    await service.handler.event(b"\xff\xfe{}")
    (letter,) = await listed(run)
    assert "ff fe 7b 7d" in (await run(main, "show", letter["id"])).out
    await run(main, "redrive")
    (text,) = await texts(account, settings.events_queue)
    assert base64.b64decode(text) == b"\xff\xfe{}"


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
    ids=["plain", "any characters", "carriage return", "no XML", "large with carriage return", "large, no XML"],
)
def test_sendable(original: str, text: str) -> None:
    """A text goes as it is where a queue message keeps it so, else in base64 where that fits."""
    assert as_message_text(original.encode()) == text


@pytest.mark.usefixtures("letters")
async def test_nothing_is_lost_where_the_inbound_queue_refuses(run: Run, account: Account, settings: Settings) -> None:
    """A letter is deleted only after its original is back."""
    ran = await run(main, "redrive", "--events-queue", "no-such-queue")
    assert ran.code == 1
    assert "0  redriven, 3 failed" in ran.out
    assert "QueueNotFound" in ran.err
    assert len(await texts(account, settings.dead_letter_queue)) == 3


@pytest.mark.usefixtures("letters")
async def test_purge_needs_a_yes_and_a_choice(run: Run) -> None:
    """Nothing is removed by a slip: neither everything at once, nor without a yes."""
    assert (await run(main, "purge", "--yes")).code == 2
    ran = await run(main, "purge", "--reason", "malformed")
    assert ran.code == 2
    assert "Nothing was purged" in ran.out
    assert len(await listed(run)) == 3


@pytest.mark.usefixtures("letters")
async def test_purge_removes_what_was_chosen(run: Run, account: Account, settings: Settings) -> None:
    """By id, by reason, by age; the others stay."""
    (letter,) = await listed(run, "--reason", "malformed")
    assert (await run(main, "purge", letter["id"], "--yes")).code == 0
    assert (await run(main, "purge", "--reason", "invalid_event", "--yes")).code == 0
    assert (await run(main, "purge", "--older-than", "1d", "--yes")).code == 0
    assert [left["reason"] for left in await listed(run)] == ["learner_unlicensed"]
    assert (await run(main, "purge", "--older-than", "0m", "--yes")).code == 0
    assert await listed(run) == []
    assert await texts(account, settings.events_queue) == []


async def test_purge_removes_the_blob(run: Run, service: Service, account: Account, settings: Settings) -> None:
    """A purged letter leaves no learner data behind."""
    await service.handler.event(b"x" * 65_536)
    await run(main, "purge", "--reason", "malformed", "--yes")
    blobs = account.container(settings.dead_letter_container).list_blob_names()
    assert [name async for name in blobs] == []


@pytest.mark.usefixtures("letters")
async def test_whoever_may_not_give_back_is_told(
    run: Run, proxied: Proxied, account: Account, settings: Settings
) -> None:
    """The role that may receive and delete, but not update, can list; the letters show again later."""
    proxied["queue"].rule("queue:update:*", action=FORBIDDEN, times=math.inf)
    ran = await run(main, "list", "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert ran.code == 0
    assert "     3  in total" in ran.out
    assert "they are visible again in 30 s" in ran.err
    assert await texts(account, settings.dead_letter_queue) == []


async def test_whoever_may_not_read_is_told(run: Run, proxied: Proxied) -> None:
    """A refusal is one line that names the remedy, not a traceback."""
    proxied["queue"].rule("queue:get:*", action=FORBIDDEN, times=math.inf)
    ran = await run(main, "list", "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert ran.code == 1
    assert "docs/deployment.md" in ran.err
    assert "Traceback" not in ran.err


async def test_without_an_account_the_command_asks_for_one(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither option nor environment nor local stack: the message names the ways."""
    monkeypatch.delenv("AzureWebJobsStorage")
    monkeypatch.chdir(tmp_path)
    ran = await run(main, "list")
    assert ran.code == 2
    assert "--account" in ran.err


async def test_the_local_stack_is_the_last_resort(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """While `make start` runs, the command works on it without being told."""
    assert settings.storage_connection_string
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "connection-string").write_text(settings.storage_connection_string.get_secret_value())
    monkeypatch.delenv("AzureWebJobsStorage")
    monkeypatch.chdir(tmp_path)
    ran = await run(main, "list")
    assert (ran.code, ran.out) == (0, "     0  in total\n")


@pytest.fixture
async def proxied(environment: dict[str, str]) -> AsyncIterator[Proxied]:
    """Proxies before this test's storage."""
    async with Proxied(environment) as running:
        yield running
