"""Caliper: envelopes, and what isn't an enrolment."""

import json

import pytest

from activities.intake.parse import Batch, Ignored, Understood, parse
from tests import EVENTS
from tests.activities.intake.cases import parse_case, read


def test_several_envelopes_come_apart() -> None:
    """Open edX sends a list of envelopes in bulk. Each event becomes its own message, with its envelope."""
    envelopes = [read(EVENTS / "caliper" / f"{name}.json")["event"] for name in ("assigned", "ignored-viewed", "batch")]
    batch = parse(json.dumps(envelopes).encode())
    assert isinstance(batch, Batch)
    results = [parse(item.encode()) for item in batch.items]
    assert [type(result) for result in results] == [Understood, Ignored, Understood, Understood]
    assert {result.format for result in results if isinstance(result, Understood | Ignored)} == {"caliper"}


@pytest.mark.parametrize(
    "kind", ["Assessment", "AssignableDigitalResource", "Membership", "Person", "Page", None, 7, []]
)
@pytest.mark.parametrize("action", ["Activated", "Deactivated", "Completed"])
def test_only_courses_count(kind: object, action: str) -> None:
    """The object of the generic event has to be a course."""
    envelope = read(EVENTS / "caliper" / "completed.json")["event"]
    envelope["data"][0] |= {"action": action, "object": {"id": "https://learn.contoso.com/course/7", "type": kind}}
    assert parse(json.dumps(envelope).encode()) == Ignored("caliper", "Event")


@pytest.mark.parametrize("kind", ["AssignableEvent", "AssessmentEvent", "ViewEvent", "GradeEvent", "SessionEvent"])
def test_only_the_generic_event_counts(kind: str) -> None:
    """A course that's the object of another event isn't completed by it."""
    envelope = read(EVENTS / "caliper" / "completed.json")["event"]
    envelope["data"][0]["type"] = kind
    assert parse(json.dumps(envelope).encode()) == Ignored("caliper", kind)


def test_the_events_of_earlier_versions_meet() -> None:
    """The enrolment is the same with or without an envelope, and whatever Open edX calls a course."""
    names = ("assigned", "completed", "completed-without-envelope", "completed-membership", "unassigned")
    results = [parse_case(read(EVENTS / "caliper" / f"{name}.json")) for name in names]
    assert len({result.event.enrollment_id for result in results if isinstance(result, Understood)}) == 1
