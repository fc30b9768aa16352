"""The format template is a valid format: it loads and reads an invented event of each kind."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from activities.intake.formats import load_formats
from activities.intake.parse import parse
from activities.intake.result import Ignored, Refused, Understood
from tests import ROOT

TEMPLATE = ROOT / "docs" / "format-template.toml"
EVENT: dict[str, Any] = {
    "eventType": "enrolment.created",
    "eventId": "e-1",
    "tenant": "contoso",
    "occurredAt": "2026-03-02T08:15:30Z",
    "data": {
        "learner": {"id": "471", "email": "adele.vance@contoso.com"},
        "course": {"id": "SAFETY-101"},
        "enrolledBy": "12",
        "dueAt": "2026-06-30T21:59:00Z",
    },
}


def parsed(folder: Path, kind: str, **data: object) -> Understood | Ignored | Refused:
    """Return what the template makes of an event of this kind."""
    shutil.copy(TEMPLATE, folder / "contoso.toml")
    event = EVENT | {"eventType": kind, "data": EVENT["data"] | data}
    result = parse(json.dumps(event).encode(), load_formats(folder))
    assert isinstance(result, Understood | Ignored | Refused)
    assert result.format == "contoso"
    return result


@pytest.mark.parametrize(
    ("kind", "data", "event_type", "starts_over"),
    [
        ("enrolment.created", {}, "course.assigned", False),
        ("enrolment.created", {"enrolledBy": "471"}, "course.progressed", False),
        ("enrolment.progressed", {"progress": 100}, "course.progressed", False),
        ("enrolment.completed", {"result": "passed"}, "course.completed", False),
        (
            "enrolment.completed",
            {"result": "failed", "completedAt": "2026-03-02T08:15:29Z"},
            "course.progressed",
            False,
        ),
        ("enrolment.reset", {}, "course.progressed", True),
        ("enrolment.deleted", {}, "course.unassigned", False),
    ],
)
def test_the_template_reads_each_kind_of_event(
    tmp_path: Path,
    kind: str,
    data: dict[str, object],
    event_type: str,
    starts_over: bool,  # noqa: FBT001  # a row of the table
) -> None:
    """Every rule is used, and all events belong to one enrollment."""
    result = parsed(tmp_path, kind, **data)
    assigned = parsed(tmp_path, "enrolment.created")
    assert isinstance(result, Understood)
    assert isinstance(assigned, Understood)
    event = result.event
    assert (event.event_type, getattr(event, "starts_over", False)) == (event_type, starts_over)
    assert event.enrollment_id == assigned.event.enrollment_id


def test_the_template_ignores_modules_and_names_what_it_does_not_know(tmp_path: Path) -> None:
    """Events about parts of a course are ignored. An enrollment's unknown event is refused by name."""
    assert isinstance(parsed(tmp_path, "module.completed"), Ignored)
    refused = parsed(tmp_path, "enrolment.expired")
    assert isinstance(refused, Refused)
    assert refused.detail == "eventType: no rule knows this event of an enrolment"
