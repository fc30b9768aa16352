"""Whatever command operators try, its output tells them what to do, and its exit code tells the kind of trouble.

The table must have every command that the command line has, so a new command needs a row here.
"""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from azure.data.tables import UpdateMode
from typer.main import get_command

from activities.service import Service
from activities.settings import Settings
from activities.storage.keys import RECORDS
from tests import ROOT
from tests.heartbeat import beat
from tests.native_event import ASSIGNED, event_body
from tests.tools.operate.calling import call
from tests.tools.operate.conftest import Run
from tools.develop.breakages.terminal import lms_sync
from tools.operate.account import Account
from tools.operate.cli import command_line

ENROLMENT = str(ASSIGNED["enrollmentId"])
EVENT = str(ROOT / "docs/examples/assignment.json")
TERMINAL = 80
# The arguments for each command that uses storage. NEW is a file that doesn't exist yet; the other files do.
CALLS: Mapping[str, str] = {
    "deploy": "PACKAGE --former PACKAGE --resource-group rg --app app",
    "doctor": "",
    "status": "",
    "activity": f"{ENROLMENT} check",
    "reconcile": "",
    "dead-letters list": "",
    "dead-letters show": "abc",
    "dead-letters redrive": "--poison",
    "dead-letters purge": "--reason malformed --yes",
    "dead-letters export": "NEW --show-personal-data",
    "people import": "PEOPLE",
    "people list": "",
    "people export": "NEW --show-personal-data",
    "publish": f"{EVENT} --restart",
    "backfill": "EXPORT --as-of 2026-03-01T08:00:00Z",
    "queues unreadable": "--queue lms-events",
    "ledger export": "",
    "ledger import": "BACKUP --yes",
    "export-person": "--learner kim@contoso.example --out NEW",
    "forget": "--learner kim@contoso.example --yes",
}
WITHOUT_STORAGE = {"formats try", "schema", "validate", "webhook send"}
EXPORT = f"enrollmentId,learner.email,course.externalId\n{ENROLMENT},kim@contoso.example,DP-101\n"
PEOPLE = "source,id,email\nlms,4711,kim@contoso.example\n"


def commands(group: Any, *names: str) -> Iterator[tuple[str, set[str]]]:  # noqa: ANN401  typer has its own click
    """Yield each command's name and options."""
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, *names, name)
    if names and not hasattr(group, "commands"):
        yield " ".join(names), {option for parameter in group.params for option in parameter.opts}


@pytest.fixture
def calls(tmp_path: Path) -> Mapping[str, list[str]]:
    """Each command's arguments, with files that it can use."""
    names = {
        "NEW": "new",
        "PEOPLE": "people.csv",
        "EXPORT": "export.csv",
        "BACKUP": "ledger.jsonl",
        "PACKAGE": "app.zip",
    }
    files = {word: tmp_path / name for word, name in names.items()}
    files["PEOPLE"].write_text(PEOPLE)
    files["EXPORT"].write_text(EXPORT)
    files["BACKUP"].write_text("")
    with ZipFile(files["PACKAGE"], "w") as package:
        for name in ("function_app.py", "activities/__init__.py"):
            package.write(ROOT / name, name)
    return {
        name: [*name.split(), *(str(files.get(word, word)) for word in words.split())] for name, words in CALLS.items()
    }


@pytest.fixture
def nowhere() -> Iterator[str]:
    """A connection string for storage at a port that nothing listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{bound.getsockname()[1]}/abc"
        yield (
            "DefaultEndpointsProtocol=http;AccountName=abc;AccountKey=c2VjcmV0;"
            f"BlobEndpoint={address};QueueEndpoint={address};TableEndpoint={address}"
        )


async def all_at_once(calls: Mapping[str, list[str]], *options: str) -> dict[str, int]:
    """Run each command with these options, and return the exit codes."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(len(calls)))
    codes = await asyncio.gather(*(call(*arguments, *options) for arguments in calls.values()))
    return dict(zip(calls, codes, strict=True))


def test_every_command_is_tried() -> None:
    """Every command that uses storage has a row."""
    found = dict(commands(get_command(command_line())))
    assert {name for name, options in found.items() if "--account" in options} == set(CALLS)
    assert {name for name, options in found.items() if "--account" not in options} == WITHOUT_STORAGE


async def test_without_a_network_each_says_so(
    calls: Mapping[str, list[str]], nowhere: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With no network or a wrong host, each command ends within seconds with one line and exit code 4."""
    begun = time.monotonic()
    assert await all_at_once(calls, "--connection-string", nowhere) == dict.fromkeys(CALLS, 4)
    assert time.monotonic() - begun < 15
    out, err = capsys.readouterr()
    assert out == ""
    assert [line for line in err.splitlines() if "check the network" not in line] == []
    assert len(err.splitlines()) == len(CALLS)


async def test_without_a_sign_in_each_says_so(
    calls: Mapping[str, list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command ends at once with exit code 3 and one line that names the way to sign in and the roles it needs."""
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)
    # Only this credential is tried, and it finds nothing, so the test uses neither Azure CLI nor the network.
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    assert await all_at_once(calls, "--account", "nosuchaccount") == dict.fromkeys(CALLS, 3)
    out, err = capsys.readouterr()
    assert out == ""
    assert [line for line in err.splitlines() if "try `az login`" not in line or "Storage" not in line] == []
    assert len(err.splitlines()) == len(CALLS)


# The warning comes from the library for tables: the emulator refuses in XML, the service in JSON.
@pytest.mark.filterwarnings("ignore:Testing an element's truth value:DeprecationWarning")
async def test_with_a_wrong_key_each_says_so(
    calls: Mapping[str, list[str]], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Storage refuses every request. Each command ends with exit code 3 and one line that names the roles it needs."""
    assert settings.storage_connection_string
    string = settings.storage_connection_string.get_secret_value().replace("AccountKey=", "AccountKey=AAAA")
    assert await all_at_once(calls, "--connection-string", string) == dict.fromkeys(CALLS, 3)
    out, err = capsys.readouterr()
    assert out == ""
    assert [line for line in err.splitlines() if "not allowed" not in line or "Storage" not in line] == []
    assert len(err.splitlines()) == len(CALLS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ledger", "export", "--state", "dead"], "parked"),
        (["dead-letters", "list", "--reason", "dead"], "malformed"),
        (["dead-letters", "list", "--since", "yesterday"], "2h"),
        (["reconcile", "--older-than", "never"], "2h"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
async def test_a_wrong_word_is_answered_with_right_ones(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown word doesn't give an empty result. The error names the words that are allowed."""
    assert await call(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Value error" not in err


async def test_what_a_later_version_has_written_is_left_to_it(run: Run, service: Service, account: Account) -> None:
    """A command says that a later version wrote the row, and doesn't try to interpret it."""
    await service.handler.event(event_body())
    [row] = [row async for row in account.activities.query_entities(RECORDS)]
    await account.activities.update_entity(row | {"version": 99}, mode=UpdateMode.MERGE)
    ran = await run("activity", ENROLMENT)
    assert (ran.code, ran.out) == (1, "")
    assert "use that version's `lms-sync`" in ran.err


async def test_an_interruption_ends_also_what_never_waits(tmp_path: Path) -> None:
    """One Ctrl-C is enough, even while a large file is being read."""
    events = tmp_path / "events.jsonl"
    events.write_bytes((event_body() + b"\n") * 50_000)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-m", "tools.operate", "validate", "--json", str(events)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # Shells make background processes ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), 30)
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, err) == (130, b"Interrupted. Run the command again to finish it.\n")
    assert len(out.splitlines()) < 49_999


async def test_results_fit_into_a_terminal(
    service: Service, environment: Mapping[str, str], calls: Mapping[str, list[str]], tmp_path: Path
) -> None:
    """Even with long details of dead letters, no line is wider than the terminal."""
    events = tmp_path / "events.jsonl"
    events.write_text('{"oh": \n' + '{"specVersion": "1.0", "eventType": "course.assigned", "occurredAt": "soon"}\n')
    await service.handler.event(event_body())
    for line in events.read_bytes().splitlines():
        await service.handler.event(line)
    await service.handler.event(event_body(enrollmentId="e-2", learner={"lmsAccount": {"source": "lms", "id": "1"}}))
    await beat(service.settings)
    tried = [
        calls["doctor"],
        ["activity", "--course", str(ASSIGNED["course"]["learningContentId"])],
        ["activity", ENROLMENT, "--stored"],
        ["validate", str(events)],
    ]
    operator = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    screens = await asyncio.gather(*(lms_sync(one, operator, tmp_path, columns=TERMINAL) for one in tried))
    for arguments, shown in zip(tried, screens, strict=True):
        lines = shown.text.plain.splitlines()
        assert len(lines) > 1, arguments
        assert [line for line in lines if len(line) > TERMINAL] == [], arguments
    assert screens[1].says("learner_not_found: dead letter")
