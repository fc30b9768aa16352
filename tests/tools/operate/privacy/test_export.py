"""`lms-sync export-person` writes everything stored about a learner to a file. Its receipt names nobody."""

import hashlib
import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from activities.domain.message import Message
from activities.domain.news import Owner
from activities.domain.outcomes import DeadLetter, Reason
from activities.domain.record import ActivityRecord, row_key
from activities.domain.sync_parts import Known
from activities.domain.sync_state import SyncState
from activities.domain.terms import OwnerIds, Reference
from activities.service import Service
from tests.tools.operate.conftest import Ran, Run
from tests.tools.operate.privacy.conftest import ACCOUNT, ANN, ANN_MAIL, BEN, BEN_MAIL, batch, body
from tests.tools.operate.working import at_work
from tools.develop.simulator import Simulator

OF_ANN = {row_key(name) for name in ("by-mail", "by-account", "by-id")}


def read(path: Path) -> dict[str, Any]:
    """Return what was exported."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("name", [ANN, ANN.upper(), ANN_MAIL, f" {ANN_MAIL.upper()}", "lms:4711"])
async def test_a_learner_is_found_by_every_name(run: Run, tmp_path: Path, name: str) -> None:
    """One name leads to the others, through the table of people and the ids that Graph returned."""
    told = await run("export-person", "--learner", name, "--out", str(tmp_path / "out"), "--json")
    assert told.code == 0, told
    document = read(tmp_path / "out")
    assert {row["RowKey"] for row in document["records"]} == OF_ANN
    assert [row["id"] for row in document["people"]] == [ACCOUNT["id"]]
    assert [letter["message"] for letter in document["deadLetters"]] == [f"not JSON, about {ANN_MAIL}"]
    assert document["names"] == [f"email: {ANN_MAIL}", f"entraObjectId: {ANN}", "lmsAccount: lms:4711"]
    assert document["records"][0]["known_ids"]["learner_user_id"] == ANN


@pytest.mark.usefixtures("kept")
async def test_the_receipt_says_what_was_handed_out_without_saying_it(run: Run, tmp_path: Path) -> None:
    """The receipt has counts and the file's hash. Nobody else on the machine may read the file."""
    out = tmp_path / "out"
    told = await run("export-person", "--learner", ANN, "--out", str(out), "--json")
    [receipt] = told.objects
    assert receipt == {
        "file": "out",
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "records": 3,
        "tombstones": 0,
        "people": 1,
        "deadLetters": 1,
        "bodies": 0,
        "shared": 0,
        "assignerOf": 1,
        "unread": 0,
    }
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert BEN_MAIL not in out.read_text(encoding="utf-8")
    shown = await run("export-person", "--learner", ANN_MAIL, "--out", f"{out}2")
    assert (shown.code, nobody_is_named(shown)) == (0, True)


def nobody_is_named(told: Ran) -> bool:
    """Return whether the output names neither learner."""
    return not [word for word in (ANN, ANN_MAIL, BEN, BEN_MAIL, ACCOUNT["id"]) if word in told.out + told.err]


@pytest.mark.usefixtures("kept")
async def test_nothing_is_written_over(run: Run, tmp_path: Path) -> None:
    """An existing file isn't overwritten, because it may be another learner's."""
    out = tmp_path / "out"
    out.write_text("somebody else")
    assert (await run("export-person", "--learner", ANN, "--out", str(out))).code == 2
    assert out.read_text() == "somebody else"


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(("name", "code"), [(ANN, 1), ("", 2), ("a:", 2)])
async def test_a_learner_of_whom_nothing_is_kept(run: Run, tmp_path: Path, name: str, code: int) -> None:
    """If nothing is stored about a learner, no file is written. A name that isn't valid is wrong usage."""
    assert (await run("export-person", "--learner", name, "--out", str(tmp_path / "out"))).code == code
    assert not (tmp_path / "out").exists()


async def test_an_address_that_was_given_to_somebody_else(kept: Service, run: Run, tmp_path: Path) -> None:
    """The address leads to two people, so nothing is exported. The object id finds only the one learner's data."""
    given_on = "lee@contoso.example"
    for person in (ANN, BEN):
        owner = Owner("native", Reference("email", given_on), Reference("externalId", "c-1"))
        known = SyncState(known=Known(OwnerIds(person, "content"), 1.0))
        await kept.ledger.store(ActivityRecord(f"given on {person}", owner, sync=known), None)
    await kept.handler.event(f"not JSON, about {given_on}".encode())
    told = await run("export-person", "--learner", given_on, "--out", str(tmp_path / "both"))
    assert (told.code, "more than one person" in told.err, (tmp_path / "both").exists()) == (1, True, False)
    assert (await run("export-person", "--learner", ANN, "--out", str(tmp_path / "hers"))).code == 0
    document = read(tmp_path / "hers")
    assert {row["RowKey"] for row in document["records"]} == OF_ANN | {row_key(f"given on {ANN}")}
    assert [letter["message"] for letter in document["deadLetters"]] == [f"not JSON, about {ANN_MAIL}"]


async def test_what_is_about_others_too_is_left_out(kept: Service, run: Run, tmp_path: Path) -> None:
    """A batch that couldn't be split may hold other people's events. The receipt counts what was left out."""
    for_both = batch(body("one"), body("two", learner={"email": BEN_MAIL}))
    await kept.letters.write(Message(for_both), DeadLetter(Reason.HOST_POISON, "why"))
    await kept.storage.container(kept.settings.event_body_container).upload_blob("both", for_both)
    await kept.storage.container(kept.settings.event_body_container).upload_blob("hers", body("three"))
    told = await run("export-person", "--learner", ANN, "--out", str(tmp_path / "out"), "--json")
    [receipt] = told.objects
    # The batch is shared in both places: as a letter and as a body.
    assert (receipt["shared"], receipt["bodies"], receipt["deadLetters"]) == (2, 1, 1)
    assert BEN_MAIL not in (tmp_path / "out").read_text()


async def test_a_tombstone_is_found_by_the_hash_of_the_learner(kept: Service, run: Run, tmp_path: Path) -> None:
    """The activity is still in Graph, so the tombstone belongs to the learner, although it names nobody."""
    stored = await kept.ledger.load("by-id")
    await kept.ledger.store(stored.record.tombstone(0.0), stored.etag)
    told = await run("export-person", "--learner", ANN_MAIL, "--out", str(tmp_path / "out"), "--json")
    assert (told.objects[0]["records"], told.objects[0]["tombstones"]) == (2, 1)
    [tombstone] = read(tmp_path / "out")["forgotten"]
    assert tombstone["RowKey"] == row_key("by-id")


async def test_what_graph_has_is_exported_and_stays_as_it_is(
    kept: Service, run: Run, simulator: Simulator, tmp_path: Path
) -> None:
    """Exporting only compares with Graph: drift is exported but not repaired."""
    [drifted] = [one for one in simulator.activities if one.external_id == "by-id"]
    drifted.body["completionPercentage"] = 77
    requests = len(simulator.requests)
    async with at_work(kept):
        told = await run("export-person", "--learner", ANN, "--out", str(tmp_path / "out"), "--activities", "--json")
    assert (told.code, told.objects[0]["notCompared"]) == (0, 0)
    found = {row["enrollment_id"]: row["check_found"]["percentage"] for row in read(tmp_path / "out")["records"]}
    assert found == {"by-mail": 20, "by-account": 20, "by-id": 77}
    assert drifted.body["completionPercentage"] == 77
    assert {one.operation for one in simulator.requests[requests:]} == {"get"}


async def test_an_activity_that_cannot_be_compared_is_counted(kept: Service, run: Run, tmp_path: Path) -> None:
    """The command doesn't wait for records that aren't settled, because the app can't compare them."""
    stored = await kept.ledger.load("by-id")
    sync = stored.record.sync
    assert sync.activity is not None
    uncertain = replace(sync, activity=replace(sync.activity, acknowledged=None))
    await kept.ledger.store(stored.record.synced(uncertain), stored.etag)
    async with at_work(kept):
        told = await run("export-person", "--learner", ANN, "--out", str(tmp_path / "out"), "--activities", "--json")
    assert (told.code, told.objects[0]["notCompared"]) == (1, 1)
