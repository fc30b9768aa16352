"""Operators select dead letters by id, by reason, by record and by age."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob.aio import ContainerClient

from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter, Reason
from activities.service import Service
from tests.tools.operate.conftest import Run
from tests.tools.operate.dead_letters.events import RECORD, listed


@pytest.mark.usefixtures("letters")
async def test_reasons_and_times_select_letters(run: Run) -> None:
    """Only letters with one of these reasons and from this period are listed."""
    one = await listed(run, "--reason", "malformed")
    assert [letter["reason"] for letter in one] == ["malformed"]
    assert len(await listed(run, "--reason", "malformed", "--reason", "invalid_event", "--since", "1h")) == 2
    assert await listed(run, "--older-than", "1h") == []
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert await listed(run, "--since", tomorrow) == []


@pytest.mark.usefixtures("letters")
async def test_a_record_selects_all_letters_about_it(run: Run, service: Service) -> None:
    """A row key, or its beginning, selects the record's letter and those of events that weren't merged into it."""
    await service.letters.write(Message(b"{}"), DeadLetter(Reason.HOST_POISON, ""), "e-1")
    found = await listed(run, "--record", RECORD[:10])
    assert {letter["reason"] for letter in found} == {"learner_unlicensed", "host_poison"}
    assert {letter["record"] for letter in found} == {RECORD}


@pytest.mark.usefixtures("letters")
async def test_a_part_of_the_detail_selects_letters(run: Run) -> None:
    """A part of the detail is enough to select letters, such as the status that Graph returned."""
    assert [letter["reason"] for letter in await listed(run, "--detail", "create: 403")] == ["learner_unlicensed"]
    assert await listed(run, "--detail", "create: 404") == []


@pytest.mark.usefixtures("letters")
async def test_an_unknown_id_is_an_error(run: Run) -> None:
    """A mistyped id is an error, and nothing is redriven."""
    ran = await run("dead-letters", "redrive", "feedfeed")
    assert (ran.code, ran.out) == (1, "")
    assert "no dead letter feedfeed" in ran.err
    assert len(await listed(run)) == 3


async def test_an_ambiguous_beginning_is_an_error_but_a_whole_id_is_not(run: Run, container: ContainerClient) -> None:
    """A beginning that fits several ids is an error. A whole id isn't, even if other ids begin with it."""
    for name in ("notes", "notes.txt", "notes.json"):
        await container.upload_blob(name, b"notes")
    ran = await run("dead-letters", "purge", "note", "--yes")
    assert (ran.code, ran.out) == (1, "")
    assert "3 dead letters begin with note" in ran.err
    assert (await run("dead-letters", "purge", "notes", "--yes")).code == 0
    assert {letter["id"] for letter in await listed(run)} == {"notes.txt", "notes.json"}


@pytest.mark.parametrize("when", ["soon", "999999999999d", "5w", ""])
async def test_a_time_that_cannot_be_read_is_wrong_usage(run: Run, when: str) -> None:
    """If a time can't be read, the exit code is 2, and the error names the option."""
    ran = await run("dead-letters", "list", "--since", when)
    assert ran.code == 2
    assert "--since" in ran.err
