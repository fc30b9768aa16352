"""The commands `validate`, `publish` and `backfill`, run from the command line."""

import io
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from activities.domain.record import row_key
from activities.service import Service
from activities.settings import Settings
from tests import ROOT
from tests.faults.actions import Status
from tests.faults.exchange import counts
from tests.faults.proxied import Proxied
from tests.native_event import ASSIGNED, Event, event_body
from tests.tools.operate.conftest import Run, peek, texts
from tools.operate.account import Account
from tools.operate.publish.journal import SUFFIX

WRONG = {"oh": "no"}
HALF = ASSIGNED | {"progress": {"percentage": "half"}}
LEARNER = str(ASSIGNED["learner"]["entraObjectId"])
HEADER = "enrollmentId,learner.entraObjectId,course.learningContentId,assignment.type,progress.percentage"
ROWS = [f"{ASSIGNED['enrollmentId']},{LEARNER},course,required,50", f"e-2,{LEARNER},course,required,0"]
AS_OF = ("--as-of", "2026-03-10T00:00:00Z")
FORBIDDEN = Status(403, {"x-ms-error-code": "AuthorizationPermissionMismatch"})


def lines_of(folder: Path, *events: Event) -> str:
    """Write events as JSON lines, and return the file's name."""
    file = folder / "events.jsonl"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")
    return str(file)


def export(folder: Path, *rows: str) -> str:
    """Write an export with these rows, and return the file's name."""
    file = folder / "export.csv"
    file.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    return str(file)


def queue_of(settings: Settings) -> str:
    """Return the name that the commands print for this test's inbound queue."""
    return f"devstoreaccount1/{settings.events_queue}"


def names_in(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return [path.name for path in folder.iterdir()]


def note(file: str, notes: dict[str, object]) -> None:
    """Write an interrupted run's notes beside a file."""
    Path(file + SUFFIX).write_text(json.dumps(notes), encoding="utf-8")


async def test_validate_says_what_the_app_would_make_of_each_message(run: Run, tmp_path: Path) -> None:
    """The output says what the app would do with each message, and quotes nothing from it."""
    ran = await run("validate", lines_of(tmp_path, ASSIGNED, WRONG, HALF))
    assert ran.code == 1
    for shown in (row_key(ASSIGNED["enrollmentId"])[:12], "malformed", "progress.percentage", "course.assigned"):
        assert shown in ran.out
    for hidden in (ASSIGNED["enrollmentId"], LEARNER, "half"):
        assert hidden not in ran.out + ran.err


async def test_validate_prints_objects(run: Run, tmp_path: Path) -> None:
    """With `--json`, each message has one object."""
    ran = await run("validate", "--json", lines_of(tmp_path, ASSIGNED, WRONG))
    assert [(one["place"], one["became"], one.get("reason")) for one in ran.objects] == [
        ("1", "understood", None),
        ("2", "refused", "malformed"),
    ]


async def test_validate_needs_no_azure(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command works without a storage account. It reads standard input too, and ends with 0 if all is well."""
    for name in ("AzureWebJobsStorage", "AzureWebJobsStorage__accountName"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(event_body())))
    assert (await run("validate", "-")).code == 0


async def test_validate_reads_exports(run: Run, tmp_path: Path) -> None:
    """Each row is checked like a message, and its place is its line number."""
    ran = await run("validate", "--json", export(tmp_path, *ROWS, "e-3,,course,required,0", "too,few"), *AS_OF)
    assert [(one["place"], one.get("reason")) for one in ran.objects] == [
        ("2", None),
        ("3", None),
        ("4", "invalid_event"),
        ("5", "unsendable"),
    ]


async def test_validate_knows_formats_of_your_own(run: Run, tmp_path: Path) -> None:
    """The command accepts formats and source settings of your own."""
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats/broken.toml").write_text("recognise = 3", encoding="utf-8")
    ran = await run("validate", lines_of(tmp_path, ASSIGNED), "--formats", str(tmp_path / "formats"))
    assert (ran.code, "broken.toml" in ran.err) == (2, True)
    ran = await run("validate", lines_of(tmp_path, ASSIGNED), "--sources", '{"nobody": {}}')
    assert ran.code == 0


async def test_publish_sends_messages_as_they_are(
    run: Run, account: Account, settings: Settings, tmp_path: Path
) -> None:
    """Messages that the app will refuse are sent too, because the app reports why."""
    file = lines_of(tmp_path, ASSIGNED, WRONG)
    ran = await run("publish", "--json", file)
    counts = {"sent": 2, "sentBefore": 0, "refused": 0, "leftOut": 0}
    assert (ran.code, ran.objects) == (0, [counts | {"source": file, "queue": queue_of(settings)}])
    assert sorted(await texts(account, settings.events_queue)) == sorted(map(json.dumps, [ASSIGNED, WRONG]))
    assert names_in(tmp_path) == ["events.jsonl"]


async def test_publish_answers_for_each_file(
    run: Run, account: Account, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output says how many messages of each file went where. Standard input works too, and no message expires."""
    (tmp_path / "one.json").write_bytes(event_body(enrollmentId="e-2"))
    file, one = lines_of(tmp_path, ASSIGNED, WRONG), str(tmp_path / "one.json")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(event_body(enrollmentId="e-3"))))
    ran = await run("publish", file, one, "-")
    where = f"sent to {queue_of(settings)}"
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [f"      2  {where}  ({file})", f"      1  {where}  ({one})", f"      1  {where}"],
    )
    messages = await peek(account, settings.events_queue)
    assert len(messages) == 4
    assert {message.expires_on.year for message in messages if message.expires_on} == {9999}


async def test_publish_takes_no_rows_for_messages(
    run: Run, account: Account, settings: Settings, tmp_path: Path
) -> None:
    """`publish` refuses an export, because each row would become a dead letter."""
    ran = await run("publish", export(tmp_path, *ROWS))
    assert (ran.code, "backfill" in ran.err) == (2, True)
    assert await texts(account, settings.events_queue) == []


async def test_backfill_sends_what_the_app_understands(
    run: Run, account: Account, settings: Settings, tmp_path: Path
) -> None:
    """Rows that the app would refuse aren't sent. The output names them."""
    ran = await run("backfill", "--json", export(tmp_path, *ROWS, "e-3,,course,required,0"), *AS_OF)
    refused, summary = ran.objects
    assert (ran.code, refused["place"], refused["reason"]) == (1, "4", "invalid_event")
    counts = {"sent": 2, "sentBefore": 0, "refused": 1, "leftOut": 0}
    assert summary == counts | {"source": str(tmp_path / "export.csv"), "queue": queue_of(settings)}
    sent = [json.loads(text) for text in await texts(account, settings.events_queue)]
    assert {event["enrollmentId"] for event in sent} == {ASSIGNED["enrollmentId"], "e-2"}


async def test_backfill_names_the_values_that_the_app_leaves_out(run: Run, tmp_path: Path) -> None:
    """A row with a value that can't be used is still sent. The output names the value, and the exit code is 1."""
    ran = await run("backfill", "--json", export(tmp_path, ROWS[0], f"e-2,{LEARNER},course,required,half"), *AS_OF)
    understood, summary = ran.objects
    assert (ran.code, understood["place"], understood["dropped"]) == (1, "3", ["progress.percentage"])
    assert (summary["sent"], summary["refused"], summary["leftOut"]) == (2, 0, 1)


async def test_a_file_that_has_changed_since_it_was_interrupted_is_refused(run: Run, tmp_path: Path) -> None:
    """A file that has changed is refused, unless `--restart` sends it from the beginning."""
    file = export(tmp_path, *ROWS)
    note(file, {"queue": "another", "done": 1, "refused": 0, "digest": "0"})
    ran = await run("backfill", file, *AS_OF)
    assert (ran.code, "--restart" in ran.err) == (2, True)
    assert (await run("backfill", file, *AS_OF, "--restart")).code == 0


async def test_a_plan_sends_nothing(run: Run, service: Service, environment: dict[str, str], tmp_path: Path) -> None:
    """The command only reads the ledger, and says how many messages would have which effect."""
    await service.handler.event(event_body())
    file = export(tmp_path, ROWS[0].replace("course,", f"{ASSIGNED['course']['learningContentId']},"), ROWS[1], "e-3,")
    async with Proxied(environment) as proxied:
        storage = ("--connection-string", proxied.environment["AzureWebJobsStorage"])
        ran = await run("backfill", file, *AS_OF, "--plan", "--json", *storage)
    assert set(counts(proxied.log)) == {"table:get"}
    *messages, summary = ran.objects
    assert {one["place"]: one["effect"] for one in messages} == {"2": "changed", "3": "new", "4": "refused"}
    counts_of_others = {"removed": 0, "same": 0, "unclear": 0, "ignored": 0, "leftOut": 0}
    assert summary == {"new": 1, "changed": 1, "refused": 1} | counts_of_others
    assert ran.code == 1


MISUSED = {
    "no time of the export": (["backfill", "export.csv"], "--as-of"),
    "a time without an offset": (["backfill", "export.csv", "--as-of", "2026-03-10T00:00:00"], "offset"),
    "no time": (["backfill", "export.csv", "--as-of", "yesterday"], "--as-of"),
    "no file": (["publish", "missing.jsonl"], "missing.jsonl"),
    "no mapping": (["backfill", "export.csv", "--mapping", "missing.toml"], "missing.toml"),
    "no rate": (["publish", "events.jsonl", "--rate", "0"], "--rate"),
}


@pytest.mark.parametrize(("arguments", "problem"), MISUSED.values(), ids=MISUSED)
async def test_wrong_use_is_explained(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], problem: str
) -> None:
    """The error says what's wrong, without a traceback, and the exit code is 2."""
    export(tmp_path, *ROWS)
    lines_of(tmp_path, ASSIGNED)
    monkeypatch.chdir(tmp_path)
    ran = await run(*arguments)
    assert (ran.code, problem in ran.err) == (2, True)
    assert "Traceback" not in ran.err


RIGHTS = {
    "publish": ([], "queue:put:*", "Storage Queue Data Message Sender on the inbound queue"),
    "plan": (["--plan"], "table:*", "Storage Table Data Reader on the table"),
}


@pytest.mark.parametrize(("arguments", "step", "role"), RIGHTS.values(), ids=RIGHTS)
async def test_who_lacks_a_role_is_told_which(  # noqa: PLR0913, PLR0917  a case, and what it needs
    run: Run, environment: dict[str, str], tmp_path: Path, arguments: list[str], step: str, role: str
) -> None:
    """If a role is missing, the error names it, and the exit code is 3."""
    async with Proxied(environment) as proxied:
        proxied[step.partition(":")[0]].rule(step, action=FORBIDDEN, times=math.inf)
        storage = ("--connection-string", proxied.environment["AzureWebJobsStorage"])
        ran = await run("publish", lines_of(tmp_path, ASSIGNED), *arguments, *storage)
    assert (ran.code, role in ran.err) == (3, True)


UNREADABLE = {
    "not UTF-8": (f"{HEADER}\n".encode() + "größer,,,,".encode("latin-1"), "UTF-8"),
    "a column that is not there": (b"\xef\xbb\xbfUser;Course\n1;2\n", "give --mapping"),
}


@pytest.mark.parametrize(("content", "problem"), UNREADABLE.values(), ids=UNREADABLE)
async def test_a_file_that_is_no_export_is_refused(run: Run, tmp_path: Path, content: bytes, problem: str) -> None:
    """If the file can't be an export, the error is one line that quotes nothing from it."""
    (tmp_path / "export.csv").write_bytes(content)
    ran = await run("backfill", str(tmp_path / "export.csv"), *AS_OF)
    assert (ran.code, problem in ran.err, len(ran.err.splitlines())) == (2, True, 1)


def test_what_is_found_goes_to_standard_output(tmp_path: Path, environment: dict[str, str]) -> None:
    """Results go to standard output, even if that isn't a terminal. The progress bar goes to standard error."""
    terminal, theirs = os.openpty()
    ran = subprocess.run(
        [sys.executable, "-m", "tools.operate", "backfill", export(tmp_path, *ROWS, "too,few"), *AS_OF],
        env={**os.environ, **environment, "TERM": "xterm"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=False,
    )
    os.close(theirs)
    shown = os.read(terminal, 100_000).decode()
    os.close(terminal)
    assert (ran.returncode, "publishing" in shown) == (1, True)
    assert "unsendable" in ran.stdout.decode()
    assert "unsendable" not in shown
