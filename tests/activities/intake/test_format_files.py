"""Format files and the settings of sources: what is wrong is named when they are loaded."""

import json
from pathlib import Path

import pytest

from activities.intake.formats import FormatError, load_formats
from activities.intake.parse import Ignored, Refused, Understood, parse
from tests import EVENTS

GOOD = """
recognise = "acme"
type = "acme"
learner.email = "who"
course.externalId = "what"
occurred_at = "at"
[[events]]
types = ["done"]
means = "course.completed"
"""
EVENT = {"acme": "done", "who": "adele@contoso.com", "what": "C-1", "at": "2026-03-02T08:15:30Z"}

WRONG = {
    "not TOML": (GOOD + "[[", "acme.toml: cannot be read: "),
    "empty": ("", "acme.toml: recognise: Field required"),
    "no rules": (GOOD.split("[[", maxsplit=1)[0], "acme.toml: events: Field required"),
    "an empty list of rules": ("events = []\n" + GOOD.split("[[", maxsplit=1)[0], "acme.toml: events: List should"),
    "a rule that is none": ("events = [1]\n" + GOOD.split("[[", maxsplit=1)[0], "acme.toml: events.0: "),
    "not an expression": (GOOD.replace('"who"', '"who["'), "acme.toml: learner.email: not a JMESPath"),
    "an expression of nothing": (GOOD.replace('"what"', '""'), "acme.toml: course.externalId: not a JMESPath"),
    "an unknown function": (
        GOOD.replace('"who"', '"upper(who)"'),
        "acme.toml: learner.email: no such function",
    ),
    "not a text": (GOOD.replace('recognise = "acme"', "recognise = 1"), "acme.toml: recognise: Input should be"),
    "an expression of a rule": (GOOD + 'when = "("', "acme.toml: events.0.when: not a JMESPath"),
    "a wrong percentage": (
        GOOD + 'progress.percentage = "("',
        "acme.toml: events.0.progress.percentage: not a JMESPath",
    ),
    "an unknown key": ("colour = 1\n" + GOOD, "acme.toml: colour: Extra inputs"),
    "an unknown key of a rule": (GOOD + "colour = 1\n", "acme.toml: events.0.colour: Extra inputs"),
    "an unknown way to name people": (
        GOOD.replace("learner.email", "learner.phone"),
        "acme.toml: learner.phone",
    ),
    "an unknown meaning": (GOOD.replace("course.completed", "won"), "acme.toml: events.0.means: Input should be"),
    "no types": (GOOD.replace('["done"]', "[]"), "acme.toml: events.0.types: List should"),
    "an unknown unit": ('numbers_are = "days"\n' + GOOD, "acme.toml: numbers_are: Input should be"),
    "an unknown zone": ('time_zone = "Moon/Tranquility"\n' + GOOD, "acme.toml: time_zone: no such time zone"),
    "an unknown status": ('statuses.x = "passed"\n' + GOOD, "acme.toml: statuses.x: Input should be"),
    "no learner": (GOOD.replace('learner.email = "who"', ""), "acme.toml: events.0: no learner is declared"),
    "no course": (GOOD.replace('course.externalId = "what"', ""), "acme.toml: events.0: no course is declared"),
}


def folder_with(folder: Path, text: str, name: str = "acme.toml") -> Path:
    """A folder with one format file."""
    (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_named_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    """Whoever wrote the file is told where to look."""
    with pytest.raises(FormatError) as error:
        load_formats(folder_with(tmp_path, text))
    assert str(error.value).startswith(said)


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are an error of the file."""
    (tmp_path / "acme.toml").write_bytes(b"\xff")
    with pytest.raises(FormatError, match=r"^acme\.toml: cannot be read"):
        load_formats(tmp_path)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    """A setting that leads nowhere is loud: formats would silently be missing."""
    with pytest.raises(FormatError, match="LMS_FORMATS_DIR: no such folder"):
        load_formats(tmp_path / "nowhere")


def test_an_empty_folder_changes_nothing(tmp_path: Path) -> None:
    """Without files of one's own, the built-in formats are known."""
    assert [one.name for one in load_formats(tmp_path).formats] == [one.name for one in load_formats().formats]


def test_a_file_replaces_the_built_in_format_of_its_name(tmp_path: Path) -> None:
    """A customer whose Moodle is different says so in a `moodle.toml`."""
    formats = load_formats(folder_with(tmp_path, GOOD, "moodle.toml"))
    assert len(formats.formats) == len(load_formats().formats)
    event = {
        "eventname": "\\core\\event\\course_completed",
        "relateduserid": 1,
        "courseid": 1,
        "timecreated": 1772439330,
    }
    assert isinstance(parse(json.dumps(event).encode(), formats), Refused)
    assert isinstance(parse(json.dumps(EVENT).encode(), formats), Understood)


WRONG_SOURCES = {
    "not JSON": ("{", "LMS_SOURCES: not JSON"),
    "not an object": ("[]", "LMS_SOURCES: Input should be"),
    "not an object inside": ('{"xapi": 1}', "LMS_SOURCES: xapi: Input should be"),
    "an unknown key": ('{"xapi": {"timezone": "UTC"}}', "LMS_SOURCES: xapi.timezone: Extra inputs"),
    "an unknown zone": (
        '{"xapi": {"timeZone": "Berlin"}}',
        "LMS_SOURCES: xapi.timeZone: Value error, no such time zone",
    ),
    "a zone that is a path": ('{"xapi": {"timeZone": "../etc/passwd"}}', "LMS_SOURCES: xapi.timeZone: "),
    "text for a truth value": ('{"xapi": {"passedCompletes": "yes"}}', "LMS_SOURCES: xapi.passedCompletes: "),
    "an unknown type": ('{"xapi": {"assignmentType": "must"}}', "LMS_SOURCES: xapi.assignmentType: "),
    "an unknown kind": ('{"xapi": {"enrolments": "any"}}', "LMS_SOURCES: xapi.enrolments: "),
    "unknown assigners": ('{"xapi": {"assigners": "some"}}', "LMS_SOURCES: xapi.assigners"),
    "an unknown way to name people": ('{"xapi": {"learner": "name"}}', "LMS_SOURCES: xapi.learner: "),
    "a way that the format does not know": (
        '{"moodle": {"learner": "email"}}',
        "LMS_SOURCES: moodle.learner: the format names learners by lmsAccount",
    ),
    "an unknown format": ('{"xpai": {}}', "LMS_SOURCES: xpai: no such format; there are 360learning, canvas, "),
}


@pytest.mark.parametrize(("text", "said"), WRONG_SOURCES.values(), ids=WRONG_SOURCES)
def test_wrong_sources_are_named_with_their_key(text: str, said: str) -> None:
    """A typing error in the setting is not a default by mistake."""
    with pytest.raises(FormatError) as error:
        load_formats(None, text)
    assert str(error.value).startswith(said)


@pytest.mark.parametrize(
    "text", [None, "", "{}", '{"docebo": {}, "docebo:contoso.docebosaas.com": {"assigners": ["1"]}}']
)
def test_sources_that_are_fine(text: str | None) -> None:
    """No sources, and sources with any number of settings, are accepted."""
    assert load_formats(None, text).formats


@pytest.mark.parametrize(
    ("sources", "assigner"),
    [
        ({}, "13006"),
        ({"docebo": {"assigners": "all"}}, "13006"),
        ({"docebo": {"assigners": "none"}}, None),
        ({"docebo": {"assigners": ["1", "13006"]}}, "13006"),
        ({"docebo": {"assigners": ["1"]}}, None),
        ({"docebo": {"assigners": "none"}, "docebo:contoso.docebosaas.com": {}}, "13006"),
        ({"docebo": {}, "docebo:contoso.docebosaas.com": {"assigners": "none"}}, None),
        ({"docebo": {}, "docebo:other.docebosaas.com": {"assigners": "none"}}, "13006"),
    ],
)
def test_who_counts_as_assigner(sources: dict[str, object], assigner: str | None) -> None:
    """The setting of an installation counts before that of its format."""
    case = EVENTS / "docebo" / "assigned.json"
    event = json.dumps(json.loads(case.read_text(encoding="utf-8"))["event"]).encode()
    parsed = parse(event, load_formats(None, json.dumps(sources)))
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    found = parsed.event.assignment.assigner
    assert (found.lms_account.id if found is not None and found.lms_account is not None else None) == assigner


def test_a_type_that_is_no_name_is_not_shown(tmp_path: Path) -> None:
    """Types are counted by name; addresses of pages and other long things are counted as other."""
    formats = load_formats(folder_with(tmp_path, GOOD))
    for kind, shown in (("login", "login"), ("/courses/adele@contoso.com", "other"), ("x" * 300, "other")):
        assert parse(json.dumps(EVENT | {"acme": kind}).encode(), formats) == Ignored("acme", shown)


@pytest.mark.parametrize("kind", [1, ["done"], {"a": 1}])
def test_a_type_that_is_no_text_is_refused(tmp_path: Path, kind: object) -> None:
    """An event of a format whose type cannot be read is broken, not ignored."""
    refused = parse(json.dumps(EVENT | {"acme": kind}).encode(), load_formats(folder_with(tmp_path, GOOD)))
    assert isinstance(refused, Refused)
    assert refused.detail == "eventType: missing, or not text"
