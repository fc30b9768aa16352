"""Recorded events of each LMS, and native ones: what they're translated into."""

from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from activities.intake.parse import Batch, Understood, parse
from tests import EVENTS
from tests.activities.intake.cases import CASES, as_written, formats_with, name_of, parse_case, read

# test_event_bus.py has those in the folder `event_bus`.
OWN_CASES = [case for case in CASES if case.parent.name != "event_bus"]
LMSS = sorted({case.parent.name for case in OWN_CASES} - {"native"})
# Kinds of events that a system's documentation doesn't have. Each SCORM Cloud postback is about a course.
MISSING = {
    "caliper": {"progressed"},
    "coassemble": {"assigned", "unassigned"},
    "cornerstone": {"progressed", "unassigned"},
    "learnupon": {"assigned", "unassigned"},
    "litmos": {"assigned", "progressed", "unassigned"},
    "scormcloud": {"assigned", "unassigned", "ignored"},
    "thinkific": {"unassigned"},
}


@pytest.mark.parametrize("case", OWN_CASES, ids=name_of)
def test_a_case_has_the_expected_result(case: Path) -> None:
    """The event is translated, ignored, refused or split as the case says, and counted under its format's name."""
    content = read(case)
    result = parse_case(content)
    assert as_written(result) == content["expected"]
    assert isinstance(result, Batch) or result.format == case.parent.name


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_formats_do_not_overlap(case: Path) -> None:
    """At most one format recognises an event, so their order doesn't matter."""
    event = read(case)["event"]
    known = {known.name for known in formats_with().formats if known.declaration.recognise.matches(event)}
    wrapped = isinstance(event, list) or "specversion" in event
    assert known == ({case.parent.name} & set(LMSS) if not wrapped else set())


@pytest.mark.parametrize("lms", LMSS)
def test_every_format_has_the_cases_that_matter(lms: str) -> None:
    """Each format has an assignment, progress, a completion, a withdrawal, an ignored and a broken event."""
    names = {case.stem.partition("-")[0] for case in EVENTS.glob(f"{lms}/*.json")}
    required = {"assigned", "progressed", "completed", "unassigned", "ignored", "broken"} - MISSING.get(lms, set())
    assert required <= names


@pytest.mark.parametrize("lms", LMSS)
def test_the_events_of_one_enrolment_meet(lms: str) -> None:
    """Assignment, progress, completion and withdrawal of one enrolment have the same id, learner and course."""
    found = defaultdict(set)
    for stage in {"assigned", "progressed", "completed", "unassigned"} - MISSING.get(lms, set()):
        result = parse_case(read(EVENTS / lms / f"{stage}.json"))
        assert isinstance(result, Understood)
        assert result.event.learner is not None
        assert result.event.course is not None
        found["enrolment"].add(result.event.enrollment_id)
        found["learner"].add(result.event.learner.reference)
        found["course"].add(result.event.course.reference)
    assert {name: len(values) for name, values in found.items()} == {"enrolment": 1, "learner": 1, "course": 1}


@pytest.mark.parametrize("lms", ["adobelearningmanager", "caliper", "cornerstone", "docebo", "learnupon", "xapi"])
def test_the_items_of_a_batch_stand_alone(lms: str) -> None:
    """Each item of a batch, parsed by itself, is an event of the same format."""
    batch = parse_case(read(EVENTS / lms / "batch.json"))
    assert isinstance(batch, Batch)
    received = datetime.fromisoformat("2026-03-02T08:15:30+00:00")
    results = [parse(item.encode(), received=received) for item in batch.items]
    assert [(type(result), getattr(result, "format", None)) for result in results] == [(Understood, lms)] * 2
