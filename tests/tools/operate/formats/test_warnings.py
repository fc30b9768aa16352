"""The command warns if something that nearly every event needs is missing or made up."""

from pathlib import Path
from typing import Any

import pytest

from tests.tools.operate.formats.conftest import Try, event, write

FORMAT = """
recognise = "what && course"
type = "kind"
event_id = "seq"
occurred_at = "at"
learner = { email = "person.mail", employeeId = "person.number" }
course.externalId = "course.code"
enrolment = { learner = "person.key", cycle = "booking" }
progress.status = "course.state"
[[events]]
types = ["done"]
means = "course.completed"
[[events]]
types = ["gone"]
means = "course.unassigned"
[[events]]
types = ["seen"]
means = "ignored"
"""
EVENT: dict[str, Any] = {
    "what": "own",
    "kind": "done",
    "seq": 1,
    "at": "2026-03-02T08:15:30Z",
    "person": {"mail": "adele.vance@contoso.com", "key": 7},
    "course": {"code": "SAFETY-101", "state": "completed"},
    "booking": 4711,
}
ARRIVAL = '"at" finds nothing, so the time of the event\'s arrival counts'
NO_LEARNER = 'email: "person.mail" finds nothing; employeeId: "person.number" finds nothing'
CASES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "nothing is missing": ({}, {}),
    "no time": ({"at": None}, {"occurredAt": ARRIVAL}),
    "a zero for a time": ({"at": 0}, {"occurredAt": ARRIVAL}),
    "no id": ({"seq": ""}, {"eventId": '"seq" finds nothing, so it\'s a hash of the whole event'}),
    "no cycle": (
        {"booking": None},
        {
            "enrolment.cycle": '"booking" finds nothing, so the enrolment\'s id is made without it, and an event that '
            "has it belongs to another enrolment"
        },
    ),
    "no status": (
        {"course": {"code": 1}},
        {"progress.status": '"course.state" finds nothing, so only the rule says that the course is completed'},
    ),
    "no learner": ({"person": {"key": 7}}, {"learner": NO_LEARNER}),
    "no key of the learner": ({"person": {"number": 7}}, {"enrolment.learner": '"person.key" finds nothing'}),
    "nobody": ({"person": None}, {"learner": NO_LEARNER, "enrolment.learner": '"person.key" finds nothing'}),
    "no course": ({"course": {"state": "completed"}}, {"course": 'externalId: "course.code" finds nothing'}),
    "no type": ({"kind": None}, {"eventType": '"kind" finds no text'}),
    "a withdrawal without a learner": ({"kind": "gone", "person": {"key": 7}}, {"learner": NO_LEARNER}),
    "a withdrawal without a status": ({"kind": "gone", "course": {"code": 1}}, {}),
    "ignored": ({"kind": "seen", "at": None, "person": None}, {}),
    "without a rule": ({"kind": "other", "at": None}, {}),
}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The file of a format that reads what nearly every event needs."""
    file = tmp_path / "own.toml"
    file.write_text(FORMAT, encoding="utf-8")
    return file


@pytest.mark.parametrize(("change", "expected"), CASES.values(), ids=CASES)
def test_what_is_missing_is_named(try_format: Try, own: Path, change: dict[str, Any], expected: dict[str, str]) -> None:
    """Each warning names the property, the expression and what happens instead. Any warning makes the exit code 1."""
    ran = try_format("--json", "--format", own, write(own.parent / "a.json", EVENT | change))
    [found] = ran.objects
    assert found.get("warnings", {}) == expected
    assert ran.code == (0 if found["result"] == "understood" and not expected else 1)


@pytest.mark.parametrize(
    ("around", "warned"),
    [
        ({"specversion": "1.0", "type": "any", "source": "bus", "time": "2026-03-02T08:15:30Z"}, False),
        ({"specversion": "1.0", "type": "any", "source": "bus"}, True),
        ({"specversion": "1.0", "type": "lms.webhook", "source": "own", "time": "2026-03-02T08:15:30Z"}, True),
    ],
    ids=["its time", "no time", "the time of a webhook's arrival"],
)
def test_the_time_of_the_event_bus_is_one(
    try_format: Try,
    own: Path,
    around: dict[str, str],
    warned: bool,  # noqa: FBT001  a column of the table
) -> None:
    """A time from an event bus counts as the event's. A time from the webhook door only says when the event arrived."""
    sent = around | {"data": EVENT | {"at": None}}
    [found] = try_format("--json", "--format", own, write(own.parent / "a.json", sent)).objects
    assert ("occurredAt" in found["warnings"]) == warned


def test_a_format_that_recognises_too_much(try_format: Try, own: Path) -> None:
    """If another format would recognise the event too, `recognise` is too broad."""
    own.write_text(FORMAT.replace("what && course", "event"), encoding="utf-8")
    sent = event("docebo/completed") | EVENT
    [found] = try_format("--json", "--format", own, write(own.parent / "a.json", sent)).objects
    assert found["format"] == "own"
    assert found["warnings"] == {"format": "docebo would recognise it too; recognise must be true for this LMS only"}


def test_a_setting_that_leaves_no_learner(try_format: Try, own: Path) -> None:
    """A reference counts as naming the learner only if the source is set to use its kind."""
    file = write(own.parent / "a.json", EVENT)
    sources = '{"own": {"learner": "employeeId"}}'
    [found] = try_format("--json", "--format", own, "--sources", sources, file).objects
    assert found["warnings"] == {"learner": 'employeeId: "person.number" finds nothing'}


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("options", [(), ("--explain",)], ids=["table", "explanation"])
def test_warnings_are_shown_and_counted(try_format: Try, own: Path, options: tuple[str, ...]) -> None:
    """Warnings are shown in the table or the explanation, and counted below it."""
    ran = try_format(*options, "--format", own, write(own.parent / "a.json", EVENT | {"at": None, "seq": None}))
    assert f"warning: occurredAt: {ARRIVAL}" in ran.words
    assert ran.out.splitlines()[-2] == "warnings: 2"


def test_two_formats_of_one_name(try_format: Try, own: Path) -> None:
    """If two formats have the same name, neither is tried, because the second would replace the first."""
    other = own.parent / "other" / "own.toml"
    other.parent.mkdir()
    other.write_text(FORMAT, encoding="utf-8")
    ran = try_format("--format", own, "--format", other, write(own.parent / "a.json", EVENT))
    assert ran.code == 1
    assert "another --format is also called own.toml" in ran.err
