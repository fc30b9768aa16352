"""The publishers' page quotes working programs, a fitting mapping, and a command that names a record."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueClient, QueueMessage

from activities.domain.record import row_key
from activities.intake.parse import parse
from activities.intake.result import Understood
from tests import ROOT
from tests.native_event import ASSIGNED, Event
from tests.tools.operate.calling import call
from tools.develop.azurite import Azurite
from tools.operate.publish.export import Export
from tools.operate.publish.mapping import read_mapping

PAGE = (ROOT / "docs/publishing.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "docs/examples"
PROGRAMS = {"publisher.py": sys.executable, "publisher.mjs": "node"}
NOTES = {"contentType": "text", "content": "größer 😀 \ufffe\uffff & <b>"}
EVENTS: list[Event] = [ASSIGNED, ASSIGNED | {"eventId": "e-2", "assignment": {"type": "required", "notes": NOTES}}]
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def quoted(name: str) -> str:
    """Return the page's block with this mark."""
    [block] = re.findall(rf"<!-- {re.escape(name)} -->\n```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(block)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_page_quotes_the_program(name: str) -> None:
    """The page quotes the program whole and unchanged."""
    assert quoted(name) == (EXAMPLES / name).read_text(encoding="utf-8")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with the programs and the npm packages that one of them needs."""
    for name in PROGRAMS:
        (tmp_path / name).write_text(quoted(name), encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(ROOT / "tools/develop/node_modules")
    return tmp_path


def run(
    folder: Path, command: Sequence[str], settings: Mapping[str, str], text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a program with nothing else in its environment."""
    environment = {"PATH": os.environ["PATH"], **settings}
    return subprocess.run(
        command, cwd=folder, env=environment, input=text, capture_output=True, text=True, check=False, timeout=60
    )


def publish(folder: Path, name: str, azurite: Azurite, events: Sequence[Any]) -> subprocess.CompletedProcess[str]:
    """Publish events with one of the programs."""
    text = "".join(f"{json.dumps(event)}\n" for event in events)
    return run(folder, [PROGRAMS[name], name], {"LMS_EVENTS_CONNECTION_STRING": azurite.connection_string}, text)


def received(azurite: Azurite) -> list[QueueMessage]:
    """Remove and return the messages on the queue that the programs publish to."""
    with QueueClient.from_connection_string(azurite.connection_string, "lms-events") as queue:
        with suppress(ResourceExistsError):
            queue.create_queue()
        found = list(queue.receive_messages())
        for message in found:
            queue.delete_message(message)
    return found


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_publisher_delivers_what_the_app_understands(name: str, program: Path, azurite: Azurite) -> None:
    """This holds for all characters in an event. The messages never expire."""
    assert received(azurite) == []
    ran = publish(program, name, azurite, EVENTS)
    assert (ran.returncode, ran.stderr) == (0, "")
    messages = received(azurite)
    expected = [parse(json.dumps(event).encode()) for event in EVENTS]
    found = [parse(message.content.encode()) for message in messages]
    assert sorted(found, key=repr) == sorted(expected, key=repr)
    assert all(isinstance(one, Understood) for one in found)
    assert {message.expires_on.year for message in messages} == {9999}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_publisher_says_what_is_too_large(name: str, program: Path, azurite: Azurite) -> None:
    """It names the event's id before storage can refuse the message."""
    assert received(azurite) == []
    ran = publish(program, name, azurite, [ASSIGNED | {"eventId": "the large one", "more": "x" * 70_000}])
    assert ran.returncode != 0
    assert "event the large one: " in ran.stderr
    assert received(azurite) == []


CONNECTS = {
    "publisher.py": [sys.executable, "-c", "import publisher; print(publisher.connect().url)"],
    "publisher.mjs": [
        "node",
        "--input-type=module",
        "-e",
        "console.log((await import('./publisher.mjs')).connect().url)",
    ],
}


@pytest.mark.parametrize("command", CONNECTS.values(), ids=CONNECTS)
def test_a_publisher_uses_the_account_in_azure(command: list[str], program: Path) -> None:
    """It needs only the account's name, and finds its identity when it publishes."""
    ran = run(program, command, {"LMS_EVENTS_ACCOUNT": "stcontoso"})
    assert ran.stdout.strip() == "https://stcontoso.queue.core.windows.net/lms-events"


def test_the_mapping_fits_the_rows(tmp_path: Path) -> None:
    """Every row is understood with all of its values."""
    (tmp_path / "columns.toml").write_text(quoted("mapping"), encoding="utf-8")
    rows = quoted("export").splitlines()
    items = list(Export(read_mapping(tmp_path / "columns.toml"), AS_OF).items(rows))
    parsed = [parse(item.text.encode()) for item in items]
    assert len(parsed) == len(rows) - 1 > 0
    for one in parsed:
        assert isinstance(one, Understood)
        assert one.dropped == ()
        assert one.event.assignment is not None
        assert one.event.assignment.due_at is not None


def test_the_table_of_keys_is_complete() -> None:
    """The table explains each key that a mapping may have, and no others."""
    assert re.findall(r"^\| `(\w+)` \|", PAGE.split("| Key |")[1], re.MULTILINE) == [
        str(field.alias) for field in type(read_mapping(None)).model_fields.values()
    ]


def test_the_command_names_the_record() -> None:
    """The command prints the record's row key in the ledger."""
    [command] = re.findall(r"^ *(printf .*sha256sum)$", PAGE, re.MULTILINE)
    ran = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert ran.stdout.split()[0] == row_key("hr-2026-000481")


def test_the_example_of_a_file_can_be_tried(program: Path, azurite: Azurite) -> None:
    """The example of the contract, on one line, is an event that the program publishes."""
    [command] = re.findall(r"^(tr .*) \| .venv/bin/python docs/examples/publisher.py$", PAGE, re.MULTILINE)
    line = subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    received(azurite)
    assert publish(program, "publisher.py", azurite, [json.loads(line)]).returncode == 0
    assert len(received(azurite)) == 1


COMMANDS = re.findall(r"^lms-sync ([^#\n]+)", PAGE, re.MULTILINE)


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("command", COMMANDS)
async def test_the_commands_work(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands run with the page's mapping and rows, and with an event."""
    (tmp_path / "events.jsonl").write_text(json.dumps(ASSIGNED), encoding="utf-8")
    for name, mark in (("columns.toml", "mapping"), ("export.csv", "export")):
        (tmp_path / name).write_text(quoted(mark), encoding="utf-8")
    arguments = shlex.split(command.replace("--account <storage account>", ""))
    monkeypatch.chdir(tmp_path)
    code = await call(*arguments)
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    assert out


def test_each_command_is_on_the_page() -> None:
    """The page shows each command, so the test above runs them all."""
    assert {command.split()[0] for command in COMMANDS} == {"validate", "publish", "backfill"}
