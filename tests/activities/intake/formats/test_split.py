"""The array that a format splits, at the top of an event or deeper inside."""

import json
from pathlib import Path
from typing import Any

import pytest

from activities.intake.formats import FormatError, load_formats
from activities.intake.parse import Batch, Understood, parse
from tests.activities.intake.formats.files import folder_with

PATHWAYS = """
recognise = "kind == 'enrolments' && data.pathway"
type = "kind"
split = SPLIT
payload = "data"
occurred_at = LIST[0].status.timestamp"
learner.email = LIST[0].email"
course.externalId = "pathway.ID"
progress.status = LIST[0].status.state"
[statuses]
"In Progress" = "inProgress"
Complete = "completed"
[[events]]
types = ["enrolments"]
means = "course.progressed"
"""


def enrolled(name: str, state: str) -> dict[str, Any]:
    """Return one element of the list."""
    return {"email": f"{name}@example.org", "status": {"state": state, "timestamp": "2026-03-02T09:15:00+02:00"}}


def pathways(split: str, name: str) -> str:
    """Return the format with one name for the list, and with a value for `split`."""
    return PATHWAYS.replace("SPLIT", split).replace("= LIST", f'= "{name}')


@pytest.mark.parametrize(
    ("split", "name"), [('"data.enrolments"', "enrolments"), ("""'data."all-of-them"'""", r"\"all-of-them\"")]
)
def test_an_array_inside_an_object_is_split_there(tmp_path: Path, split: str, name: str) -> None:
    """Each item has one element of the array and everything else in the event, and none is lost."""
    formats = load_formats(folder_with(tmp_path, pathways(split, name)))
    ann, bob = enrolled("ann", "In Progress"), enrolled("bob", "Complete")
    key = name.replace('\\"', "")
    event = {"kind": "enrolments", "id": 7, "data": {"pathway": {"ID": "P1"}, key: [ann, bob]}}

    batch = parse(json.dumps(event).encode(), formats)

    assert isinstance(batch, Batch)
    assert [json.loads(item) for item in batch.items] == [
        event | {"data": {"pathway": {"ID": "P1"}, key: [one]}} for one in (ann, bob)
    ]
    results = [parse(item.encode(), formats) for item in batch.items]
    events = [result.event for result in results if isinstance(result, Understood)]
    assert [(event.learner.reference[1] if event.learner else None, event.event_type) for event in events] == [
        ("ann@example.org", "course.progressed"),
        ("bob@example.org", "course.completed"),
    ]


@pytest.mark.parametrize("split", ['"data.enrolments[]"', '"data.enrolments[0]"', '"data | enrolments"', '"@"'])
def test_an_expression_that_is_not_a_path_is_refused(tmp_path: Path, split: str) -> None:
    """Splitting needs a place in the event, not a value made from it."""
    with pytest.raises(FormatError) as error:
        load_formats(folder_with(tmp_path, pathways(split, "enrolments")))
    assert str(error.value) == "acme.toml: split: must be names joined by dots, such as data.enrolments"
