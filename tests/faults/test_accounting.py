"""The accounts notice everything that can go wrong, so a clean account means that nothing did."""

import base64
import json
from collections import Counter
from datetime import datetime
from random import Random
from typing import Any

import pytest
from rich.console import Console

from activities.domain.events import ADAPTER
from tests.faults.accounting import State, account, compare, expected_state
from tests.faults.drain import enrolments_in
from tests.faults.workload import EVENTS_PER_ENROLMENT, Event, generate, shuffle_and_duplicate

ENROLMENTS = 20


@pytest.fixture
def events() -> list[Event]:
    """Return the events of some enrollments."""
    return generate(ENROLMENTS, Random(7))  # noqa: S311  the same events in every run


def activities_of(states: dict[str, State]) -> list[dict[str, Any]]:
    """Return activities with these states, as the simulator lists them."""
    return [
        {
            "id": f"id-{enrolment}",
            "external_id": enrolment,
            "kind": state.kind,
            "body": {
                "learnerUserId": state.learner,
                "learningContentId": state.content,
                "assignmentType": state.assignment_type,
                "status": state.status,
                "completionPercentage": state.percentage,
                "completedDateTime": state.completed_at and state.completed_at.isoformat(),
            },
        }
        for enrolment, state in states.items()
    ]


def test_generated_events_follow_the_contract(events: list[Event]) -> None:
    """Each enrollment has six unique and valid events, in the order in which they occurred."""
    assert len({event["eventId"] for event in events}) == ENROLMENTS * EVENTS_PER_ENROLMENT
    assert set(Counter(event["enrollmentId"] for event in events).values()) == {EVENTS_PER_ENROLMENT}
    for number in range(ENROLMENTS):
        own = events[number * EVENTS_PER_ENROLMENT :][:EVENTS_PER_ENROLMENT]
        words = ["assigned", "started", *["progressed"] * 3, "completed"]
        assert [event["eventType"] for event in own] == [f"course.{word}" for word in words]
        assert [ADAPTER.validate_python(event).event_type for event in own] == [e["eventType"] for e in own]
        assert [event["occurredAt"] for event in own] == sorted({event["occurredAt"] for event in own})


def test_shuffled_events_are_complete(events: list[Event]) -> None:
    """A fifth of them comes twice, nothing is missing, and the order is different."""
    delivered = shuffle_and_duplicate(events, Random(1), 0.2)  # noqa: S311  the same in every run
    counts = Counter(event["eventId"] for event in delivered)
    assert counts.keys() == {event["eventId"] for event in events}
    assert Counter(counts.values()) == {1: 96, 2: 24}
    assert delivered[: len(events)] != events
    assert expected_state(delivered) == expected_state(events)


def test_all_events_lead_to_completed_activities(events: list[Event]) -> None:
    """The date of completion is the stated one, or else the time of the event."""
    states = expected_state(events)
    assert len(states) == ENROLMENTS
    for completion in events[5::EVENTS_PER_ENROLMENT]:
        state = states[completion["enrollmentId"]]
        at = completion.get("progress", {}).get("completedAt", completion["occurredAt"])
        assert (state.status, state.percentage) == ("completed", 100)
        assert state.completed_at == datetime.fromisoformat(at)


@pytest.mark.parametrize(
    ("count", "status"), [(1, "notStarted"), (2, "inProgress"), (5, "inProgress"), (6, "completed")]
)
def test_the_first_events_lead_to_a_partial_state(events: list[Event], count: int, status: str) -> None:
    """Status and percentage are those of the events so far."""
    (state,) = expected_state(events[:count]).values()
    assert state.status == status
    assert state.percentage == {5: events[4]["progress"]["percentage"], 6: 100}.get(count, 0)


def test_an_unassignment_removes_the_activity(events: list[Event]) -> None:
    """A completed activity stays, and an event that occurred later brings the activity back."""
    out = {"eventId": "out", "eventType": "course.unassigned", "enrollmentId": events[0]["enrollmentId"]}

    def at(number: int) -> Event:
        return {**out, "occurredAt": events[number]["occurredAt"]}

    assert expected_state([*events[:3], at(2)]) == {}
    assert len(expected_state([*events[:3], at(1), events[3]])) == 1
    assert len(expected_state([*events[:6], at(5)])) == 1


def test_an_assignment_after_a_removal_starts_anew(events: list[Event]) -> None:
    """What came before the removal, or before an event that starts over, no longer counts."""
    times = [event["occurredAt"] for event in events]
    out = {"eventId": "out", "eventType": "course.unassigned", "enrollmentId": events[0]["enrollmentId"]}
    again = {**events[0], "eventId": "again", "occurredAt": times[4]}
    (state,) = expected_state([*events[:3], {**out, "occurredAt": times[3]}, again]).values()
    assert (state.status, state.percentage) == ("notStarted", 0)
    over = {**again, "occurredAt": times[5], "startsOver": True}
    (state,) = expected_state([*events[:5], {**events[5], "occurredAt": times[4]}, over]).values()
    assert (state.status, state.percentage) == ("notStarted", 0)


@pytest.mark.parametrize(
    ("count", "asked_for", "different"),
    [(6, "the former type", []), (5, "the former type", ["the type"]), (6, "another type", ["the type"])],
    ids=["completed", "in progress", "nobody asked for it"],
)
def test_a_completed_activity_may_have_a_former_type(
    events: list[Event], count: int, asked_for: str, different: list[str]
) -> None:
    """One in progress has the latest type, and no activity has a type that no event asked for."""
    first = events[0]
    other = {"required": "recommended", "recommended": "required"}[first["assignment"]["type"]]
    former = {**first, "eventId": "former", "occurredAt": "2025-01-01T00:00:00Z", "assignment": {"type": other}}
    told = [former, *events[:count]] if asked_for == "the former type" else events[:count]
    activities = activities_of(expected_state(told))
    activities[0]["body"]["assignmentType"] = other
    found = compare(expected_state(told), activities).different
    assert found == [first["enrollmentId"] for _ in different]


def test_a_clean_account(events: list[Event]) -> None:
    """If every event is applied, the figures add up and nothing is wrong."""
    result = account(events, activities_of(expected_state(events)), graph_requests=60)
    assert result.clean
    assert result.as_json() == {
        "events": 120,
        "applied": 120,
        "ignored": 0,
        "dead_lettered": 0,
        "queued": 0,
        "graph_requests": 60,
        "comparison": {"lost": [], "unexpected": [], "doubled": [], "regressed": [], "different": []},
        "missing": 0,
        "graph_requests_per_event": 0.5,
    }
    console = Console(width=80)
    with console.capture() as printed:
        console.print(result.table())
    assert "graph requests per event" in printed.get()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"status": "inProgress", "completionPercentage": 90}, "regressed"),
        ({"completionPercentage": 99}, "regressed"),
        ({"completedDateTime": "2020-01-01T00:00:00+00:00"}, "different"),
        ({"completedDateTime": None}, "different"),
        ({"learnerUserId": "somebody else"}, "different"),
        ({"assignmentType": None}, "different"),
    ],
)
def test_notices_a_wrong_activity(events: list[Event], change: dict[str, Any], word: str) -> None:
    """An activity with a wrong property counts as wrong, and so do its six events."""
    activities = activities_of(expected_state(events))
    activities[3]["body"] |= change
    result = account(events, activities)
    assert result.as_json()["comparison"][word] == [activities[3]["external_id"]]
    assert (result.applied, result.missing, result.clean) == (114, 6, False)


def test_notices_lost_doubled_and_unexpected_activities(events: list[Event]) -> None:
    """Missing and extra activities are told apart."""
    expected = expected_state(events)
    activities = activities_of(expected)
    stranger = {**activities[2], "external_id": None}
    result = compare(expected, [*activities[1:], activities[5], stranger])
    assert result.lost == [activities[0]["external_id"]]
    assert result.doubled == [activities[5]["external_id"]]
    assert result.unexpected == [activities[2]["id"]]
    assert (result.regressed, result.different) == ([], [])


def test_messages_and_dead_letters_stand_for_their_enrolment(events: list[Event]) -> None:
    """An event that isn't applied is accounted for if its enrollment has a message or a dead letter."""
    first, second, third = (events[number]["enrollmentId"] for number in (0, 6, 12))
    rest = {key: state for key, state in expected_state(events).items() if key not in (first, second, third)}
    letter = json.dumps({"reason": "x", "original": json.dumps(events[0])})
    waiting = base64.b64encode(json.dumps([events[6]]).encode()).decode()
    result = account(
        events,
        activities_of(rest),
        dead_lettered=enrolments_in([letter, "not JSON"]),
        queued=enrolments_in([waiting]),
        ignored={event["eventId"] for event in events if event["enrollmentId"] == third},
    )
    assert (result.dead_lettered, result.queued, result.ignored, result.missing) == (6, 6, 6, 0)
    assert result.applied == 102
    assert sorted(result.comparison.lost) == sorted([first, second])
