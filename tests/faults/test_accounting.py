"""The accounts notice whatever can be wrong, so that a clean account means something."""

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
    """The stories of some enrolments."""
    return generate(ENROLMENTS, Random(7))  # noqa: S311 - the same events in every run


def activities_of(states: dict[str, State]) -> list[dict[str, Any]]:
    """Activities as the simulator lists them, of the given states."""
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


def test_generates_stories_of_the_native_contract(events: list[Event]) -> None:
    """Each enrolment has six unique events, in order of occurrence and valid for the app."""
    assert len({event["eventId"] for event in events}) == ENROLMENTS * EVENTS_PER_ENROLMENT
    assert set(Counter(event["enrollmentId"] for event in events).values()) == {EVENTS_PER_ENROLMENT}
    for number in range(ENROLMENTS):
        own = events[number * EVENTS_PER_ENROLMENT :][:EVENTS_PER_ENROLMENT]
        words = ["assigned", "started", *["progressed"] * 3, "completed"]
        assert [event["eventType"] for event in own] == [f"course.{word}" for word in words]
        assert [ADAPTER.validate_python(event).event_type for event in own] == [e["eventType"] for e in own]
        assert [event["occurredAt"] for event in own] == sorted({event["occurredAt"] for event in own})


def test_duplicates_a_share(events: list[Event]) -> None:
    """A fifth comes twice, nothing is left out, and the order is another."""
    delivered = shuffle_and_duplicate(events, Random(1), 0.2)  # noqa: S311 - the same in every run
    counts = Counter(event["eventId"] for event in delivered)
    assert counts.keys() == {event["eventId"] for event in events}
    assert Counter(counts.values()) == {1: 96, 2: 24}
    assert delivered[: len(events)] != events
    assert expected_state(delivered) == expected_state(events)


def test_expects_completed_activities(events: list[Event]) -> None:
    """The whole stories end completed, at the time that the completion says or else occurred."""
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
def test_expects_what_the_events_so_far_say(events: list[Event], count: int, status: str) -> None:
    """The first events of a story lead as far as they say."""
    (state,) = expected_state(events[:count]).values()
    assert state.status == status
    assert state.percentage == {5: events[4]["progress"]["percentage"], 6: 100}.get(count, 0)


def test_expects_no_activity_after_an_unassignment(events: list[Event]) -> None:
    """An unassignment removes what is not completed; what occurs later brings it back."""
    out = {"eventId": "out", "eventType": "course.unassigned", "enrollmentId": events[0]["enrollmentId"]}

    def at(number: int) -> Event:
        return {**out, "occurredAt": events[number]["occurredAt"]}

    assert expected_state([*events[:3], at(2)]) == {}
    assert len(expected_state([*events[:3], at(1), events[3]])) == 1
    assert len(expected_state([*events[:6], at(5)])) == 1


def test_a_clean_account(events: list[Event]) -> None:
    """All applied: the figures add up, nothing is wrong, and the tables can be read."""
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
    """A wrong property is found, and six events with it."""
    activities = activities_of(expected_state(events))
    activities[3]["body"] |= change
    result = account(events, activities)
    assert result.as_json()["comparison"][word] == [activities[3]["external_id"]]
    assert (result.applied, result.missing, result.clean) == (114, 6, False)


def test_notices_lost_doubled_and_unexpected_activities(events: list[Event]) -> None:
    """Too few and too many activities are told apart."""
    expected = expected_state(events)
    activities = activities_of(expected)
    stranger = {**activities[2], "external_id": None}
    result = compare(expected, [*activities[1:], activities[5], stranger])
    assert result.lost == [activities[0]["external_id"]]
    assert result.doubled == [activities[5]["external_id"]]
    assert result.unexpected == [activities[2]["id"]]
    assert (result.regressed, result.different) == ([], [])


def test_messages_and_dead_letters_stand_for_their_enrolment(events: list[Event]) -> None:
    """What is not applied is accounted for where a message, a dead letter or a reason to ignore it is."""
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
