"""Operators see all dead letters with their reasons. Listing reads no letter and hides none."""

import pytest
from azure.storage.blob.aio import ContainerClient

from tests.faults.exchange import counts
from tests.faults.proxied import Proxied
from tests.tools.operate.conftest import Run
from tests.tools.operate.dead_letters.events import RECORD, letter_of, listed

FOREIGN = {
    "nothing": {},
    "not ours": {"owner": "somebody"},
    "empty": {"detail": "", "reason": "", "record": "", "attempt": "", "last_seen": ""},
    "odd reason": {"reason": "[red]See notes"},
    "no number": {"attempt": "many", "number": "9" * 5000},
    "no time": {"first_seen": "yesterday", "last_seen": "0001-01-01T00:00:00+14:00"},
    "time without zone": {"last_seen": "2026-01-01"},
}


@pytest.mark.usefixtures("letters")
async def test_each_letter_is_listed_and_reasons_are_counted(run: Run) -> None:
    """The list names the record, the reason and the detail of each letter, and counts the letters per reason."""
    ran = await run("dead-letters", "list")
    assert ran.code == 0
    assert "create: 403" in ran.out
    for reason in ("malformed", "learner_unlicensed", "invalid_event"):
        assert f"     1  {reason}" in ran.out
    assert "     3  in total" in ran.out


@pytest.mark.usefixtures("letters")
async def test_the_letter_of_a_record_has_its_row_key(run: Run) -> None:
    """The list shows which row of the ledger belongs to a letter."""
    [letter] = await listed(run, "--reason", "learner_unlicensed")
    assert (letter["id"], letter["record"], letter["attempt"]) == (RECORD, RECORD, 1)


@pytest.mark.usefixtures("letters")
async def test_a_list_reads_no_letter(run: Run, environment: dict[str, str]) -> None:
    """Everything in the list comes from one request to the container."""
    async with Proxied(environment) as proxied:
        ran = await run("dead-letters", "list", "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert "     3  in total" in ran.out
    assert counts(proxied.log) == {"blob:container_list": 1}


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize("metadata", FOREIGN.values(), ids=FOREIGN)
async def test_a_foreign_blob_is_listed_with_reason_unknown(
    run: Run, container: ContainerClient, metadata: dict[str, str]
) -> None:
    """Whatever somebody else puts into the container, the list shows it along with the letters."""
    name = "backup/notes.txt"
    await container.upload_blob(name, b"notes", metadata=metadata)
    [blob] = await listed(run, "--reason", "unknown")
    assert (blob["id"], blob["reason"], blob["version"]) == (name, "unknown", 0)
    ran = await run("dead-letters", "list")
    assert name in ran.out
    assert "     4  in total" in ran.out


async def test_a_letter_of_a_newer_version_is_listed_as_such(run: Run, container: ContainerClient) -> None:
    """After a rollback, operators see which letters they can't redrive."""
    metadata = {"version": "2", "reason": "learner_not_found"}
    await container.upload_blob(f"{RECORD}.json", letter_of(2), metadata=metadata)
    assert "learner_not_found (version 2)" in (await run("dead-letters", "list")).out
