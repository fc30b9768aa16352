"""What each LMS sends and what it stands for: one file per case under `events/`, by format."""

import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from activities.intake.formats import load_formats
from activities.intake.parse import Batch, Ignored, Parsed, Refused, Understood, parse
from tests import EVENTS

CASES = sorted(EVENTS.glob("*/*.json"))
LMSS = sorted({case.parent.name for case in CASES} - {"native", "envelopes"})
# Cornerstone documents an event for neither; Moodle has none for progress within a course.
MISSING = {"cornerstone": {"progressed", "unassigned"}, "moodle": {"progressed"}}


def read(case: Path) -> dict[str, Any]:
    """The content of a case file."""
    content: dict[str, Any] = json.loads(case.read_text(encoding="utf-8"))
    return content


def answer(case: dict[str, Any]) -> Parsed:
    """What comes of the event of a case, with the settings of the case."""
    sources = json.dumps(case["sources"]) if "sources" in case else None
    received = datetime.fromisoformat(case["received"]) if "received" in case else None
    return parse(json.dumps(case["event"]).encode(), load_formats(sources=sources), received)


def shown(parsed: Parsed) -> dict[str, Any]:
    """An answer as case files write it."""
    match parsed:
        case Understood(event):
            return event.model_dump(mode="json", by_alias=True, exclude_none=True)
        case Ignored(_, type_):
            return {"ignored": type_}
        case Refused(reason, detail):
            return {"refused": reason.value, "detail": detail}
        case Batch(items):
            return {"batch": [json.loads(item) for item in items]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_a_case_has_the_expected_answer(case: Path) -> None:
    """What an LMS sends is translated, ignored, refused or split as its case file says, property for property."""
    content = read(case)
    assert shown(answer(content)) == content["expected"]


@pytest.mark.parametrize("case", [case for case in CASES if case.parent.name in LMSS], ids=lambda case: case.stem)
def test_an_answer_names_the_format(case: Path) -> None:
    """Whatever comes of an event of an LMS is counted under the name of its format."""
    parsed = answer(read(case))
    assert isinstance(parsed, Batch) or parsed.format == case.parent.name


@pytest.mark.parametrize("lms", LMSS)
def test_every_format_has_the_cases_that_count(lms: str) -> None:
    """Each format is tried with an assignment, progress, a completion, a withdrawal, an ignored and a broken event."""
    names = {case.stem.partition("-")[0] for case in EVENTS.glob(f"{lms}/*.json")}
    wanted = {"assigned", "progressed", "completed", "unassigned", "ignored", "broken"} - MISSING.get(lms, set())
    assert wanted <= names


@pytest.mark.parametrize("lms", LMSS)
def test_the_events_of_one_enrolment_meet(lms: str) -> None:
    """Assignment, progress, completion and withdrawal of one enrolment lead to one enrolment id, learner and course."""
    found = defaultdict(set)
    for stage in {"assigned", "progressed", "completed", "unassigned"} - MISSING.get(lms, set()):
        parsed = answer(read(EVENTS / lms / f"{stage}.json"))
        assert isinstance(parsed, Understood)
        assert parsed.event.learner is not None
        assert parsed.event.course is not None
        found["enrolment"].add(parsed.event.enrollment_id)
        found["learner"].add(parsed.event.learner.key())
        found["course"].add(parsed.event.course.key())
    assert {name: len(values) for name, values in found.items()} == {"enrolment": 1, "learner": 1, "course": 1}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_formats_do_not_overlap(case: Path) -> None:
    """At most one format recognises an event, so that their order does not matter."""
    event = read(case)["event"]
    known = {one.name for one in load_formats().formats if one.head.recognise.holds(event)}
    enveloped = isinstance(event, list) or "specversion" in event
    assert known == ({case.parent.name} & set(LMSS) if not enveloped else set())


@pytest.mark.parametrize("lms", ["cornerstone", "docebo"])
def test_the_items_of_a_batch_stand_alone(lms: str) -> None:
    """Each item of a batch, read by itself, is an event of the same format."""
    batch = answer(read(EVENTS / lms / "batch.json"))
    assert isinstance(batch, Batch)
    received = datetime.fromisoformat("2026-03-02T08:15:30+00:00")
    parsed = [parse(item.encode(), received=received) for item in batch.items]
    assert [type(one) for one in parsed] == [Understood, Understood]


def test_other_enrolments_have_other_ids() -> None:
    """Another learner, another course or another installation is another enrolment."""
    event = read(EVENTS / "docebo" / "completed.json")["event"]
    others = [
        event,
        event | {"payload": event["payload"] | {"user_id": 1}},
        event | {"payload": event["payload"] | {"course_id": 1}},
        event | {"original_domain": "other.docebosaas.com"},
    ]
    parsed = [parse(json.dumps(other).encode()) for other in others]
    assert len({one.event.enrollment_id for one in parsed if isinstance(one, Understood)}) == len(others)


def test_accounts_of_canvas_keep_their_database() -> None:
    """A user of another database than the account's keeps the global id, by which Canvas names them everywhere."""
    event = read(EVENTS / "canvas" / "assigned.json")["event"]
    event["body"]["user_id"] = "99990000000000345"
    parsed = parse(json.dumps(event).encode())
    assert isinstance(parsed, Understood)
    assert parsed.event.learner is not None
    assert parsed.event.learner.key()[1].endswith("\n99990000000000345")


def test_the_source_of_an_envelope_counts_where_it_is_configured() -> None:
    """Two installations that do not name themselves are told apart by their envelopes, if the setting names them."""
    event = read(EVENTS / "moodle" / "completed.json")["event"]
    envelope = {"specversion": "1.0", "type": "moodle", "source": "/emea", "id": "1", "data": event}
    body = json.dumps(envelope).encode()
    alone = parse(json.dumps(event).encode())
    unnamed, named = parse(body), parse(body, load_formats(sources='{"moodle:/emea": {}}'))
    assert isinstance(alone, Understood)
    assert isinstance(unnamed, Understood)
    assert isinstance(named, Understood)
    assert alone.event.enrollment_id == unnamed.event.enrollment_id
    assert named.event.learner is not None
    assert named.event.learner.key() == ("lmsAccount", "moodle:/emea\n45")
    assert named.event.enrollment_id != unnamed.event.enrollment_id
