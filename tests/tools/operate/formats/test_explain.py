"""`--explain` shows where each value of an event comes from. With `--json`, scripts get the same."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.activities.intake.cases import CASES, read
from tests.tools.operate.formats.conftest import Try, event, write


@pytest.mark.usefixtures("wide")
def test_the_rule_and_the_values(try_format: Try, tmp_path: Path) -> None:
    """The command names the rule in the file. For each property, it shows the value, the expression and its result."""
    words = try_format("--explain", write(tmp_path / "a.json", event("docebo/assigned"))).words
    for said in (
        'means = "course.assigned"',
        "eventId wh-20260302-081530-course.enrollment.created message_id = ",
        "learner.lmsAccount.source docebo:contoso.docebosaas.com the source of the event",
        "enrollmentId",
        "a hash of source, learner, course, and cycle if there is one",
    ):
        assert said in words, said


def values(try_format: Try, file: Path, *options: str) -> dict[str, dict[str, Any]]:
    """Return what `--explain` says about the properties of the only event."""
    [found] = try_format("--explain", "--json", file, *options).objects
    return {value["property"]: value for value in found["values"]}


def test_what_is_not_used(try_format: Try, tmp_path: Path) -> None:
    """A value that was read but doesn't count is shown as unused."""
    found = values(try_format, write(tmp_path / "a.json", event("openedx/completed")))
    assert found["progress.percentage"]["value"] is None
    assert found["eventType"]["note"] == 'means = "course.completed"'


def test_what_was_dropped(try_format: Try, tmp_path: Path) -> None:
    """A value that was dropped is shown with the reason."""
    sent = event("docebo/assigned")
    sent["payload"]["enrollment_date"] = "yesterday"
    found = values(try_format, write(tmp_path / "a.json", sent))["assignment.assignedAt"]
    assert (found["read"], found["value"]) == ("yesterday", None)
    assert found["problem"].startswith("dropped: not an ISO 8601 date and time")


def test_what_is_refused(try_format: Try, tmp_path: Path) -> None:
    """Only the properties that caused the refusal are marked."""
    found = values(try_format, write(tmp_path / "a.json", event("docebo/broken-no-course")))
    assert {name for name, value in found.items() if value["problem"]} == {"course.externalId", "enrolment.course"}
    assert found["course.externalId"]["problem"] == "refused: missing"


def test_rules_that_were_passed_over(try_format: Try, tmp_path: Path) -> None:
    """Rules for the event's type are named if they were passed over because their condition isn't true."""
    ran = try_format("--explain", write(tmp_path / "a.json", event("docebo/completed")))
    assert "passed over: rule " in ran.out
    assert ", not true: " in ran.out


OWN = """
recognise = "starts_with(what, 'own.')"
type = "what"
occurred_at = "at"

[learner]
email = "mail"

[course]
externalId = "course.id"

[[events]]
types = ["own.done"]
when = "!(course.type)"
means = "ignored"
untyped = true

[[events]]
types = ["own.done"]
when = "course.type == 'group'"
means = "refused"
because = "learner: a group has none"

[[events]]
types = ["own.done"]
when = "course.type != 'lesson'"
means = "course.completed"

[[events]]
types = ["own.undone"]
means = "course.progressed"
starts_over = true
"""
DONE = {"what": "own.done", "at": "2026-03-02T08:15:30Z", "mail": "adele.vance@contoso.com", "course": {"id": 1}}


@pytest.mark.parametrize(
    ("change", "sources", "said"),
    [
        ({}, {}, "rule 1, line 12: its object has no type; acceptUntyped in LMS_SOURCES makes it a completion"),
        ({}, {"acceptUntyped": True}, "rule 3, line 24: course.completed, when course.type != 'lesson'"),
        ({"course": {"type": "group"}}, {}, "rule 2, line 18: learner: a group has none"),
        ({"course": {"type": "lesson"}}, {}, "no rule matches: the condition isn't true in 1, 2, 3"),
        ({"what": "own.undone"}, {}, "rule 4, line 29: course.progressed"),
        ({"what": "own.undone"}, {}, "starts over"),
        ({"what": "own.undone"}, {}, "startsOver true starts_over = true"),
        ({"what": "own.login"}, {}, "none of the 4 rules of own there's no rule for this type"),
    ],
)
@pytest.mark.usefixtures("wide")
def test_each_kind_of_rule(
    try_format: Try, tmp_path: Path, change: dict[str, Any], sources: dict[str, Any], said: str
) -> None:
    """The command says why a rule matches, or why none does."""
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    file = write(tmp_path / "a.json", DONE | change)
    own = ["--format", tmp_path / "own.toml", "--sources", json.dumps({"own": sources})]
    assert said in try_format("--explain", *own, file).words


@pytest.mark.parametrize(
    "trap",
    ['"\\ud800"', "[" * 900 + "]" * 900, "[" * 100_000 + "]" * 100_000, "1" * 4000, "1e999", f'"{"x" * 100_000}"'],
    ids=["half a character", "deep", "too deep", "many digits", "beyond a double", "long"],
)
def test_strange_values(try_format: Try, tmp_path: Path, trap: str) -> None:
    """No value in a message can stop the command."""
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    for name in ("mail", "at", "what", "other"):
        text = json.dumps({"what": "own.undone", "course": {"id": 1, "type": "x"}} | {name: "TRAP"})
        (tmp_path / f"{name}.json").write_text(text.replace('"TRAP"', trap), encoding="utf-8")
    for option in ("--explain", "--requests", "--json"):
        assert try_format("--format", tmp_path / "own.toml", option, tmp_path).out


def test_settings_of_the_source(try_format: Try, tmp_path: Path) -> None:
    """If a setting decides a value, the note says so."""
    file = write(tmp_path / "a.json", event("docebo/assigned"))
    found = values(try_format, file, "--sources", '{"docebo": {"enrolments": "selfInitiated"}}')
    assert (found["activity"]["value"], found["activity"]["note"]) == ("selfInitiated", "enrolments in LMS_SOURCES")
    assert found["eventType"]["value"] == "course.progressed"


def test_a_native_event(try_format: Try, tmp_path: Path) -> None:
    """A native event is shown as it is."""
    ran = try_format("--explain", write(tmp_path / "a.json", event("native/completed")))
    assert "a.json: course.completed, completed\n  a native event" in ran.out


def test_requests(try_format: Try, tmp_path: Path) -> None:
    """The native event and the request to Graph are shown on request, in the JSON too."""
    file = write(tmp_path / "a.json", event("docebo/assigned"))
    assert "POST /employeeExperience" not in try_format(file).out
    ran = try_format("--requests", file)
    assert '"eventType": "course.assigned"' in ran.out
    assert "Graph request: POST /employeeExperience/learningProviders/<LEARNING_PROVIDER_ID>/" in ran.out
    [found] = try_format("--requests", "--json", file).objects
    assert found["request"]["externalcourseActivityId"] == found["event"]["enrollmentId"]
    ran = try_format("--requests", write(tmp_path / "b.json", event("docebo/unassigned")))
    assert "Graph request: none" in ran.out


@pytest.mark.parametrize("folder", sorted({case.parent.name for case in CASES}))
def test_every_event(try_format: Try, tmp_path: Path, folder: str) -> None:
    """Each event in `tests/events` becomes what its case says, and each of its values has an origin."""
    contents = {case.name: read(case) for case in CASES if case.parent.name == folder}
    for sources in {json.dumps(content.get("sources", {})) for content in contents.values()}:
        cases = {name: one for name, one in contents.items() if json.dumps(one.get("sources", {})) == sources}
        files = [write(tmp_path / name, content["event"]) for name, content in cases.items()]
        ran = try_format("--json", "--explain", "--requests", "--sources", sources, *files)
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in cases}
        for one in ran.objects:
            found[one["message"].partition("#")[0]].append(one)
        for name, events in found.items():
            _are_as_expected(events, cases[name])
        assert try_format("--explain", "--requests", "--sources", sources, *files).code == ran.code


def _are_as_expected(found: list[dict[str, Any]], case: dict[str, Any]) -> None:
    for one in found:
        if one["result"] == "understood":
            _has_origins(one)
    expected = case["expected"]
    if "batch" in expected:
        assert len(found) == len(expected["batch"])
        return
    [only] = found
    # If a message has no time, the command treats it as received now.
    if "received" not in case and expected.get("detail") != "occurredAt: missing":
        _is_as_expected(only, expected)


def _has_origins(found: dict[str, Any]) -> None:
    if found["format"] == "native":
        return
    told = {value["property"]: value for value in found["values"]}
    for path, value in _leaves(found["event"]):
        outer = path if path in told else path.rpartition(".")[0]
        assert outer in told or path == "specVersion", path
        if path in told:
            assert told[path]["value"] == value
            assert told[path]["note"] or told[path]["read"] is not None, path


def _is_as_expected(found: dict[str, Any], expected: dict[str, Any]) -> None:
    if "refused" in expected:
        assert (found["reason"], found["detail"]) == (expected["refused"], expected["detail"])
    elif "ignored" in expected:
        assert found["result"] == "ignored"
    else:
        dropped = {"dropped": list(found["dropped"])} if found["dropped"] else {}
        assert found["event"] | dropped == expected


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    else:
        yield path, value
