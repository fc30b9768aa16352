"""The contract and the page about formats are true: the tests run their examples."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from activities.intake.formats import load_formats
from activities.intake.parse import parse
from activities.intake.result import Understood
from tests import ROOT
from tools.operate.cli import main

DOCS = ROOT / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "event.schema.json").read_text(encoding="utf-8"))


def blocks(file: str, language: str) -> list[str]:
    """Return the code blocks of a page in one language."""
    text = (DOCS / file).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


EVENTS = blocks("events.md", "json") + [
    path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("examples/*.json"))
]


@pytest.mark.parametrize("text", EVENTS)
def test_examples_of_events_are_events(text: str) -> None:
    """Every example of an event is understood and valid against the schema."""
    assert isinstance(parse(text.encode()), Understood)
    jsonschema.validate(json.loads(text), SCHEMA, format_checker=jsonschema.FormatChecker())


def test_there_are_examples_of_every_event_type() -> None:
    """There is an example of each event type."""
    types = {
        definition["properties"]["eventType"]["const"]
        for name, definition in SCHEMA["$defs"].items()
        if name[:6] == "Course" and "eventType" in definition["properties"]
    }
    assert {json.loads(text)["eventType"] for text in EVENTS} == types


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"eventType": "course.viewed"},
        json.loads(EVENTS[0]) | {"learner": 1},
        json.loads(EVENTS[0]) | {"course": None},
        json.loads(EVENTS[0]) | {"startsOver": "true"},
        json.loads(EVENTS[0]) | {"learner": {"userPrincipalName": "adele/vance@contoso.com"}},
        json.loads(EVENTS[0]) | {"learner": {"entraObjectId": "adele"}},
    ],
)
def test_the_schema_refuses(event: dict[str, Any]) -> None:
    """A document that isn't an event is invalid against the schema."""
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(event))


def test_the_schema_matches_the_models() -> None:
    """The schema is the one that the models generate."""
    command = [sys.executable, "-m", "tools.operate", "schema"]
    printed = subprocess.run(command, cwd=DOCS.parent, check=True, capture_output=True, text=True).stdout
    assert printed == (DOCS / "event.schema.json").read_text(encoding="utf-8")


def try_format(arguments: list[str]) -> int:
    """Run `lms-sync formats try`, and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["formats", "try", *arguments])
    return int(ended.value.code or 0)


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """Return a folder that holds only the format file of the worked example."""
    [text] = blocks("formats.md", "toml")
    (tmp_path / "acme.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_new_lms_needs_one_file_only(acme: Path) -> None:
    """With the worked example's file and setting alone, its event becomes its native event."""
    _, event, sources, native = blocks("formats.md", "json")
    assert not isinstance(parse(event.encode()), Understood)
    result = parse(event.encode(), load_formats(acme, sources))
    assert isinstance(result, Understood)
    assert result.event.model_dump(mode="json", by_alias=True, exclude_none=True) == json.loads(native)


def test_the_example_of_the_setting_is_valid() -> None:
    """The example of `LMS_SOURCES` is accepted."""
    assert (
        load_formats(None, blocks("formats.md", "json")[0]).sources.by_name.keys()
        == json.loads(blocks("formats.md", "json")[0]).keys()
    )


def test_the_page_says_which_formats_tell_new_enrolments() -> None:
    """The page names exactly the formats for which `assignedAgain` can be set."""
    lines = (DOCS / "formats.md").read_text(encoding="utf-8").splitlines()
    [row] = [line for line in lines if line.startswith("| `assignedAgain`")]
    named = set(re.findall(r"`([a-z0-9]+)`", row.partition("For formats")[2]))
    assert named == {known.name for known in load_formats().formats if known.declaration.tells_enrolments}


def test_a_format_file_can_be_tried(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The tool shows the native event, the request to Graph, and how many enrollments the events belong to."""
    _, event, sources, native = blocks("formats.md", "json")
    stages = {"booked.json": {}, "closed.json": {"what": "acme.course.closed", "reason": "finished", "seq": 90018}}
    for name, change in stages.items():
        changed = json.loads(event) | change
        changed["course"]["state"] = "closed" if change else "open"
        (acme / name).write_text(json.dumps(changed), encoding="utf-8")
    files = [str(acme / name) for name in stages]
    code = try_format(["--format", str(acme / "acme.toml"), "--sources", sources, "--requests", *files])
    out = capsys.readouterr().out
    assert code == 0
    assert "messages: 2, events understood: 2, " in out
    assert out.splitlines()[-1] == "enrolments: 1"
    documents = [json.loads(text) for text in re.findall(r"^\{$.*?^\}$", out, re.DOTALL | re.MULTILINE)]
    assert documents[0] == json.loads(native)
    assert documents[1]["externalcourseActivityId"] == documents[0]["enrollmentId"]
    assert documents[3]["status"] == "completed"


@pytest.mark.parametrize(
    ("change", "said"),
    [('means = "won"', "acme.toml: rule 1: means: must be 'course.assigned', "), ("[[", "acme.toml: cannot be read: ")],
)
def test_a_wrong_format_file_is_named(acme: Path, capsys: pytest.CaptureFixture[str], change: str, said: str) -> None:
    """The tool names the wrong file and key."""
    file = acme / "acme.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('means = "course.assigned"', change), encoding="utf-8")
    (acme / "event.json").write_text(blocks("formats.md", "json")[1], encoding="utf-8")
    code = try_format(["--format", str(file), str(acme / "event.json"), "--sources", '{"acme": {"timeZone": "UTC"}}'])
    assert code == 1
    assert capsys.readouterr().err.startswith(said)


def test_messages_without_an_event_can_be_tried(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The tool says what is ignored, what would become a dead letter, what is split, and what is left out."""
    acme_event = json.loads(blocks("formats.md", "json")[1])
    tried = {"a.json": acme_event | {"what": "acme.login"}, "b.json": {"hello": 1}, "c.json": [acme_event, 1]}
    for name, content in tried.items():
        (acme / name).write_text(json.dumps(content), encoding="utf-8")
    assert try_format(["--format", str(acme / "acme.toml"), "--json", str(acme)]) == 0
    login, hello, booked, one = map(json.loads, capsys.readouterr().out.splitlines())
    assert (login["message"], login["result"], login["type"]) == ("a.json", "ignored", "acme.login")
    assert (hello["message"], hello["reason"], hello["detail"]) == ("b.json", "malformed", "no format recognises it")
    assert booked["message"] == "c.json#1"
    assert booked["dropped"]["assignment.dueAt"].startswith("a time without a zone")
    assert (one["message"], one["result"]) == ("c.json#2", "refused")
    assert try_format(["--format", str(acme / "acme.toml"), str(acme / "missing.json")]) == 1
