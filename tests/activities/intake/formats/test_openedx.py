"""Open edX: what a share of a course means, and data that's a text."""

import json
from typing import Any

import pytest

from activities.intake.parse import Ignored, Understood, parse

DATA = {"user_id": 4, "course_id": "course-v1:X+Y+Z", "block_type": "course"}


def event(name: str, data: object, key: str = "data", **more: object) -> dict[str, Any]:
    """Return an event with this data."""
    context = {"course_id": "course-v1:X+Y+Z", "user_id": 3}
    return {"name": name, "context": context, key: data, "timestamp": "2026-03-02T09:15:00+00:00"} | more


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        (1, True),
        (1.0, True),
        (1.0000000000000002, True),
        ("1.0", True),
        (0.9999999999999999, False),
        (0, False),
        (10, False),
        (80, False),
        (100, False),
        (-1, False),
        (None, False),
        (True, False),
        ("all", False),
        ({"percent": 1}, False),
    ],
    ids=str,
)
def test_all_of_a_course_completes_it(percent: object, expected: bool) -> None:  # noqa: FBT001  # a row of the table
    """Rounding may make it a little more than 1. Something much larger, or not a number, completes nothing."""
    result = parse(
        json.dumps(event("openedx.completion_aggregator.completion.course", DATA | {"percent": percent})).encode()
    )
    assert (isinstance(result, Understood) and result.event.completes) is expected


@pytest.mark.parametrize(
    "name", ["edx.certificate.created", "edx.course.grade.passed.first_time", "edx.course.completed"]
)
@pytest.mark.parametrize("key", ["data", "event"])
def test_data_may_be_a_text(name: str, key: str) -> None:
    """The text says the same as the object."""
    results = [parse(json.dumps(event(name, data, key)).encode()) for data in (DATA, json.dumps(DATA))]
    first, second = (result.event for result in results if isinstance(result, Understood))
    assert (
        (first.completes, first.enrollment_id)
        == (second.completes, second.enrollment_id)
        == (True, first.enrollment_id)
    )


@pytest.mark.parametrize("data", ["", "x", "[1]", "{}", json.dumps(DATA), DATA, {}, None, 7], ids=str)
@pytest.mark.parametrize("name", ["page_close", "edx.course.completed", "edx.course.enrollment.activated"])
def test_a_browser_says_nothing_about_us(name: str, data: object) -> None:
    """A browser may send any name and any data, so its events are ignored and aren't errors."""
    in_log = event(name, data, "event", event_source="browser")
    on_bus = event(name, data)
    on_bus["context"]["event_source"] = "browser"
    results = [parse(json.dumps(one).encode()) for one in (in_log, on_bus)]
    assert results == [Ignored("openedx", name)] * 2
