"""Operators export dead letters with their messages to a file that only they may read."""

import json
import stat
from pathlib import Path

import pytest
from azure.storage.blob.aio import ContainerClient

from tests.tools.operate.conftest import Run
from tests.tools.operate.dead_letters.events import MALFORMED, RECORD, assigned, listed


def files_in(folder: Path) -> list[Path]:
    """Return the files in a folder."""
    return list(folder.iterdir())


@pytest.mark.usefixtures("letters")
async def test_the_file_has_the_messages(run: Run, tmp_path: Path) -> None:
    """The file has one JSON object per line, with everything that the list shows. The letters stay."""
    before, file = await listed(run), tmp_path / "letters.jsonl"
    ran = await run("dead-letters", "export", str(file), "--show-personal-data")
    assert (ran.code, ran.out) == (0, "")
    written = {line["reason"]: line for line in map(json.loads, file.read_text().splitlines())}
    assert written["malformed"]["original"] == MALFORMED.decode()
    assert json.loads(written["learner_unlicensed"]["original"]) == assigned()
    assert written["learner_unlicensed"]["record"] == RECORD
    assert len(written) == 3
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert await listed(run) == before


@pytest.mark.usefixtures("letters")
async def test_without_being_asked_nothing_is_written(run: Run, tmp_path: Path) -> None:
    """A file with learner data is written only with `--show-personal-data`."""
    ran = await run("dead-letters", "export", str(tmp_path / "letters.jsonl"))
    assert ran.code == 2
    assert files_in(tmp_path) == []


@pytest.mark.usefixtures("letters")
async def test_what_is_no_letter_is_left_out(run: Run, container: ContainerClient) -> None:
    """Foreign blobs are left out and named, the letters are exported, and the exit code is 1."""
    await container.upload_blob("notes", b"notes")
    ran = await run("dead-letters", "export", "-", "--show-personal-data")
    assert (ran.code, len(ran.objects)) == (1, 3)
    assert "notes: left out: The blob isn't a dead letter that this app wrote." in ran.err


@pytest.mark.usefixtures("letters")
async def test_a_selection_is_exported(run: Run) -> None:
    """The options that select letters are the same as for `list`."""
    ran = await run("dead-letters", "export", "-", "--show-personal-data", "--reason", "malformed")
    assert [line["reason"] for line in ran.objects] == ["malformed"]
