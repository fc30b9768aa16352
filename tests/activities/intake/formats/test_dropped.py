"""Optional values in an LMS's events: one that can't be used is left out and named. It never costs the event."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.intake.formats import Format, Formats, load_formats
from activities.intake.formats.declaration import EventRule, PersonMapping, Ratio
from activities.intake.formats.expressions import Expression
from activities.intake.parse import Understood, parse
from tests.activities.intake.any_json import ANY_JSON
from tests.activities.intake.cases import CASES, formats_of, name_of
from tests.activities.intake.cases import read as read_case
from tests.activities.intake.formats.files import folder_with

# A format that reads every optional value, and an event that has none of them.
EVERYTHING = """
recognise = "acme"
type = "acme"
event_id = "id"
occurred_at = "at"
kind = "kind"
learner.email = "who"
course.externalId = "what"
assigner.email = "by"
assignment = { type = "type", assigned_at = "assigned", due_at = "due", notes = "notes" }
progress = { status = "status", percentage = "done", started_at = "started", completed_at = "completed" }
[statuses]
begun = "inProgress"
late = "ignored"
[[events]]
types = ["given"]
means = "course.assigned"
[[events]]
types = ["done"]
means = "course.completed"
terms = true
"""
EVENT: dict[str, Any] = {"acme": "given", "who": "adele@contoso.com", "what": "C-1", "at": "2026-03-02T08:15:30Z"}
OPTIONAL = {
    "id": "eventId",
    "kind": "activity",
    "by": "assignment.assigner",
    "type": "assignment.type",
    "assigned": "assignment.assignedAt",
    "due": "assignment.dueAt",
    "notes": "assignment.notes",
    "status": "progress.status",
    "done": "progress.percentage",
    "started": "progress.startedAt",
    "completed": "progress.completedAt",
}


@pytest.fixture
def formats(tmp_path: Path) -> Formats:
    """Return the built-in formats, and this one."""
    return load_formats(folder_with(tmp_path, EVERYTHING))


def read(formats: Formats, **more: object) -> Understood:
    """Return what becomes of the event with these values."""
    parsed = parse(json.dumps(EVENT | more).encode(), formats)
    assert isinstance(parsed, Understood), parsed
    return parsed


@pytest.mark.parametrize("name", OPTIONAL)
@pytest.mark.parametrize("event_type", ["given", "done"])
def test_a_value_that_cannot_be_used_is_left_out_and_named(formats: Formats, name: str, event_type: str) -> None:
    """The event is the same as it would be without the value."""
    parsed, without = (read(formats, acme=event_type, **more) for more in ({name: {"no": "such"}}, {}))
    named = tuple(one for one in parsed.dropped if not one.startswith("assignment.assigner."))
    # The source decides on an assignment type, and an event id is made from the event.
    assert parsed.event.model_copy(update={"event_id": without.event.event_id}) == without.event
    # A completed course asks neither for a kind nor for the terms of an assignment.
    asked = event_type == "given" or not OPTIONAL[name].startswith("assignment.")
    assert (named, without.dropped) == ((OPTIONAL[name],) if asked else (), ())


@pytest.mark.parametrize(
    ("status", "dropped"), [("begun", ()), ("late", ()), ("Begun", ("progress.status",)), (7, ("progress.status",))]
)
def test_a_word_that_a_format_does_not_know_is_named(
    formats: Formats, status: object, dropped: tuple[str, ...]
) -> None:
    """The vendor may have added a status. A status that deliberately says nothing can be declared as such."""
    assert read(formats, status=status).dropped == dropped


COMPLETIONS = [case for case in CASES if read_case(case)["expected"].get("eventType") == "course.completed"]
TABLES = {
    "assignment": ("type", "assigned_at", "due_at", "notes"),
    "progress": ("status", "percentage", "started_at", "completed_at"),
}


def reading(known: Format, name: str, value: object) -> Format:
    """Return the format, with an optional property that always has this value."""
    literal = Expression("`" + json.dumps(value).replace("`", "\\u0060") + "`")
    if name == "event_id":
        return replace(known, declaration=known.declaration.model_copy(update={name: literal}))
    table, _, key = name.partition(".")
    found: object = literal
    if key == "percentage":
        found = Ratio(done=literal, of=Expression("`100`"))
    elif name == "assigner":
        found = {"email": PersonMapping(id=literal)}

    def changed(rule: EventRule) -> EventRule:
        update = {table: getattr(rule, table).model_copy(update={key: found}) if key else found}
        return rule.model_copy(update=update)

    rules = {one: tuple(map(changed, rules)) for one, rules in known.rules.items()}
    return replace(known, rules=rules)


@pytest.mark.parametrize("case", COMPLETIONS, ids=name_of)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_an_optional_value_is_a_completion_completes(case: Path, data: st.DataObject) -> None:
    """In each format, an optional value may be anything. Only a status in the format's own words may contradict."""
    content = read_case(case)
    formats = formats_of(content)
    own = formats.recognise(content["event"])

    def parsed(name: str, value: object) -> Understood:
        changed = replace(
            formats, formats=tuple(reading(one, name, value) if one is own else one for one in formats.formats)
        )
        received = datetime.fromisoformat(content.get("received", "2026-03-02T08:15:30+00:00"))
        result = parse(json.dumps(content["event"]).encode(), changed, received)
        assert isinstance(result, Understood), result
        return result

    names = ["event_id", "kind", "assigner", *(f"{table}.{key}" for table, keys in TABLES.items() for key in keys)]
    if not parsed("progress.status", None).event.completes:
        # It's the status that completes, so it isn't optional here.
        names.remove("progress.status")
    assert parsed(data.draw(st.sampled_from(names)), data.draw(ANY_JSON)).event.completes
