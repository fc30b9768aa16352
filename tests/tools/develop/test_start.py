"""`make start` is a place to play: it says what becomes of each message, and commands in its folder find it."""

import asyncio
import json
import os
import re
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests import ROOT
from tests.tools.develop.eventually import eventually
from tests.tools.operate.calling import call
from tools.develop.running import EXIT_CODE, RunsAlreadyError, claim
from tools.develop.simulator import SimulatorClient
from tools.develop.start import settings_of
from tools.operate.troubles import WrongUsage

# Somebody who's playing doesn't wait longer than this for an activity.
SECONDS = 10
LMS_SYNC = ("-m", "tools.operate")
FIRST_EXAMPLE = (
    (ROOT / "docs/events.md").read_text(encoding="utf-8").partition("```json\n")[2].partition("```")[0].encode()
)
NO_LICENCE = (ROOT / "docs/examples/no-licence.json").read_bytes()
SENDERS = {"acme": {"scheme": "basic", "user": "acme", "format": "native"}}
OWN = {"WEBHOOKS": json.dumps(SENDERS), "WEBHOOK_SECRET_ACME": "a secret of some length", "LMS_SOURCES": '{"acme": {}}'}


def of(enrolment: str) -> bytes:
    """Return the first example, for another enrolment."""
    return json.dumps(json.loads(FIRST_EXAMPLE) | {"enrollmentId": enrolment}).encode()


async def command(folder: Path, *arguments: str, **environment: str) -> Process:
    """Run Python with these arguments in this folder."""
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments), cwd=folder, env=own | environment, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )


async def publish(folder: Path, *texts: bytes) -> None:
    """Publish messages from a file. The command is called here, and finds the stack in the current folder."""
    (folder / "messages").write_bytes(b"\n".join(text.replace(b"\n", b" ") for text in texts))
    assert await call("publish", "messages") == 0


class Started:
    """A stack that runs in a folder, and what it prints."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def shown(self) -> str:
        """Return everything that it has printed."""
        return (self.folder / "output").read_text()

    @property
    def simulator(self) -> SimulatorClient:
        """Return its simulator, at the address that commands find."""
        return SimulatorClient((self.folder / ".local/page").read_text())

    async def says(self, pattern: str) -> None:
        """Wait until it prints a line that begins like this after the time."""
        line = re.compile(rf"^\d\d:\d\d:\d\d  {pattern}", re.MULTILINE)
        await eventually(lambda: line.search(self.shown) is not None)


@asynccontextmanager
async def started(folder: Path, **settings: str) -> AsyncIterator[Started]:
    """Run `make start`'s program until the end of the block, then press Ctrl-C. It exits with 0."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | settings
    with (folder / "output").open("wb") as output:
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tools.develop.start"),
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
            # If tests run in the background, Ctrl-C is ignored, and processes inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    found = Started(folder)
    try:
        await eventually(lambda: "outcome       record" in found.shown or running.returncode is not None, within=60)
        assert running.returncode is None, found.shown
        yield found
    finally:
        if running.returncode is None:
            running.send_signal(signal.SIGINT)
        async with asyncio.timeout(60):
            assert await running.wait() == 0


async def test_it_says_what_becomes_of_each_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The contract's first example arrives. Failures, retries and holds say why. A second start does nothing."""
    monkeypatch.chdir(tmp_path)
    async with started(tmp_path) as stack:
        assert "lee.gu@contoso.com (no licence)" in stack.shown
        began = time.monotonic()
        await publish(tmp_path, FIRST_EXAMPLE)
        while not (activities := await stack.simulator.activities()):  # noqa: ASYNC110  as the page does
            await asyncio.sleep(0.1)
        assert time.monotonic() - began < SECONDS
        assert [(one["learner"], one["course"]) for one in activities] == [("Adele Vance", "Safety on site")]
        await stack.says(r"created       [0-9a-f]{12}  course.assigned \(native\)$")

        second = await command(tmp_path, "-m", "tools.develop.start")
        _, error = await second.communicate()
        assert second.returncode == EXIT_CODE
        assert stack.simulator.url in " ".join(error.decode().split())

        await publish(tmp_path, b'{"not": "an event"}', NO_LICENCE)
        await stack.says(r"dead letter   -             malformed: ")
        await stack.says(r"dead letter   [0-9a-f]{12}  learner_unlicensed: ")
        await stack.simulator.fault(operation="create", status=429, retry_after="seconds", retry_seconds=1)
        await publish(tmp_path, of("waits"))
        await stack.says(r"retry         [0-9a-f]{12}  throttled: again in ")
        await stack.says(r"created       [0-9a-f]{12}  course.assigned \(native\), try 2$")
        await stack.simulator.configure(permissions=[])
        await publish(tmp_path, *(of(f"is held {number}") for number in range(4)))
        await stack.says(r"retry         [0-9a-f]{12}  configuration_hold: again in ")
        await stack.says(r"hold          [0-9a-f]{12}  ")
    assert (tmp_path / ".local/page").read_text() == ""
    assert not (tmp_path / ".local/connection-string").exists()


async def test_settings_of_ones_own_reach_the_app(tmp_path: Path) -> None:
    """The app takes webhooks from the senders in the environment, and from nobody else."""
    async with started(tmp_path, **OWN) as stack:
        (tmp_path / "event.json").write_bytes(FIRST_EXAMPLE)
        sending = await command(tmp_path, *LMS_SYNC, "webhook", "send", "--sender", "acme", "event.json")
        await sending.communicate()
        assert sending.returncode == 0
        await stack.says("HTTP 200      -             receive_webhook$")
        await stack.says(r"created       [0-9a-f]{12}  course.assigned \(native\)$")
        url = json.loads((tmp_path / ".local/webhooks.json").read_text())["url"]
        async with aiohttp.ClientSession() as client, client.post(f"{url}/api/webhooks/lms", data=b"{}") as answer:
            assert answer.status == 401
        await stack.says("HTTP 401      -             receive_webhook$")


def test_only_what_is_meant_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Formats by their full path, sources, and the senders with their secrets. Without senders, there are two."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "formats").mkdir()
    own = settings_of(
        OWN | {"LMS_FORMATS_DIR": "formats", "WEBHOOK_SECRET_OTHER": "x", "AZURE_CLIENT_ID": "of a tenant"}
    )
    assert own == OWN | {"LMS_FORMATS_DIR": str(tmp_path / "formats")}
    examples: Mapping[str, object] = json.loads(settings_of({})["WEBHOOKS"])
    assert set(examples) == {"lms", "lrs"}


@pytest.mark.parametrize("name", ["WEBHOOKS", "LMS_SOURCES", "LMS_FORMATS_DIR"])
def test_a_setting_that_cannot_be_used_is_named(name: str, tmp_path: Path) -> None:
    """Before anything starts."""
    with pytest.raises(WrongUsage, match=name):
        settings_of({name: str(tmp_path / "missing")})


def test_one_stack_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second start learns where the first one is, and touches nothing of it. Afterwards, the folder is free."""
    monkeypatch.chdir(tmp_path)
    with claim() as running:
        with pytest.raises(RunsAlreadyError, match="just starting"), claim():
            pass
        running.tell("http://page", "a connection string", {"url": "http://app"})
        with pytest.raises(RunsAlreadyError, match="http://page"), claim():
            pass
        assert (tmp_path / ".local/connection-string").read_text() == "a connection string"
        assert json.loads((tmp_path / ".local/webhooks.json").read_text()) == {"url": "http://app"}
    assert [file.name for file in (tmp_path / ".local").iterdir()] == ["page"]
    with claim():
        assert (tmp_path / ".local/page").read_text() == ""
