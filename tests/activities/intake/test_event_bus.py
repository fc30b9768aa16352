"""Events wrapped by event buses: CloudEvents and Event Grid."""

import json
from pathlib import Path

import pytest

from activities.intake.event_bus import Context, unwrap
from activities.intake.formats import load_formats
from activities.intake.parse import Understood, parse
from tests import EVENTS
from tests.activities.intake.cases import CASES, as_written, name_of, parse_case, read


@pytest.mark.parametrize("case", [case for case in CASES if case.parent.name == "event_bus"], ids=name_of)
def test_a_case_has_the_expected_result(case: Path) -> None:
    """The event inside is understood, the batch inside is split into bus events, or the refusal has its reason."""
    content = read(case)
    assert as_written(parse_case(content)) == content["expected"]


CLOUD_EVENT = {"specversion": "1.0", "type": "t", "source": "/s", "id": "1", "time": "2026-03-02T08:15:30Z", "data": {}}
GRID_EVENT = {"eventType": "t", "eventTime": "2026-03-02T08:15:30Z", "dataVersion": "1", "topic": "/t", "data": {}}


@pytest.mark.parametrize(
    ("document", "context"),
    [
        (CLOUD_EVENT, Context("/s", "2026-03-02T08:15:30Z")),
        (GRID_EVENT, Context("/t", "2026-03-02T08:15:30Z")),
        (CLOUD_EVENT | {"source": 1}, Context(None, "2026-03-02T08:15:30Z")),
        ({name: value for name, value in CLOUD_EVENT.items() if name != "time"}, Context("/s", None)),
    ],
)
def test_a_bus_event_tells_its_source_and_time(document: dict[str, object], context: Context) -> None:
    """Both count if the event inside doesn't give them."""
    bus_event = unwrap(document)
    assert bus_event is not None
    assert bus_event.context == context


def test_the_inner_context_comes_first() -> None:
    """An outer layer only adds what the inner one doesn't say."""
    assert Context("/inner", None).or_else(Context("/outer", 7)) == Context("/inner", 7)
    assert Context(None, 5).or_else(Context("/outer", 7)) == Context("/outer", 5)


@pytest.mark.parametrize("missing", ["specversion", "type", "source"])
def test_a_document_without_the_required_attributes_is_no_cloud_event(missing: str) -> None:
    """LMS events that happen to have a `type` or a `source` are left alone."""
    assert unwrap({name: value for name, value in CLOUD_EVENT.items() if name != missing}) is None


def test_the_source_counts_where_it_is_configured() -> None:
    """Two installations that don't name themselves are told apart by their bus events if LMS_SOURCES names these."""
    event = read(EVENTS / "moodle" / "completed.json")["event"]
    body = json.dumps({"specversion": "1.0", "type": "moodle", "source": "/emea", "id": "1", "data": event}).encode()
    alone = parse(json.dumps(event).encode())
    unnamed, named = parse(body), parse(body, load_formats(sources='{"moodle:/emea": {}}'))
    assert isinstance(alone, Understood)
    assert isinstance(unnamed, Understood)
    assert isinstance(named, Understood)
    assert alone.event.enrollment_id == unnamed.event.enrollment_id
    assert named.event.learner is not None
    assert named.event.learner.reference == ("lmsAccount", "moodle:/emea\n45")
    assert named.event.enrollment_id != unnamed.event.enrollment_id
