"""A line says what has become of a message."""

import pytest

from tools.develop.happened import Happening, happenings
from tools.develop.host.log import Invocation, LogLine

RECORD = "4c81bd5efa02" + "0" * 52
ABOUT = {"format": "native", "event_type": "course.assigned", "attempt": 1, "record": RECORD}
NAMELESS = {"format": "unknown", "event_type": "refused", "attempt": 1, "record": ""}
ROWS = [
    (LogLine("event_done", ABOUT | {"action": "created"}), ("created", RECORD, "course.assigned (native)")),
    (
        LogLine("event_done", ABOUT | {"action": "unchanged", "attempt": 3}),
        ("unchanged", RECORD, "course.assigned (native), try 3"),
    ),
    (
        LogLine("retry_scheduled", ABOUT | {"reason": "throttled", "seconds": 4.2}),
        ("retry", RECORD, "throttled: again in 4 s; course.assigned (native)"),
    ),
    (
        LogLine("retry_scheduled", ABOUT | {"reason": "content_not_found", "seconds": 900.0}),
        ("retry", RECORD, "content_not_found: again in 15 min; course.assigned (native)"),
    ),
    (
        LogLine("dead_letter_written", NAMELESS | {"reason": "malformed", "detail": "no JSON"}),
        ("dead letter", "", "malformed: no JSON"),
    ),
    (
        LogLine("configuration_hold", {"reason": "find_user", "detail": "403", "record": RECORD}),
        ("hold", RECORD, "find_user: 403"),
    ),
    (
        LogLine("webhook_closed", {"sender": "lms", "detail": "no secret"}),
        ("closed", "", "sender lms: no secret"),
    ),
]


@pytest.mark.parametrize(("line", "expected"), ROWS, ids=[line.message for line, _ in ROWS])
def test_a_log_line_says_it(line: LogLine, expected: tuple[str, str, str]) -> None:
    """With the record and the reason."""
    [told] = happenings(Invocation("process_event", "ok", 1.0, logged=(line,)))
    assert (told.what, told.record, told.said) == expected


def test_what_no_log_line_says() -> None:
    """A request shows its status, a failure its delivery, Core Tools the function, and a healthy heartbeat nothing."""
    depth = LogLine("queue_depth", {"queue": "lms-events", "depth": 0, "oldest_age": 0.0})
    rows = [
        (
            Invocation("receive_webhook", "ok", 1.0, status=401),
            [Happening("HTTP 401", said="receive_webhook", style="red")],
        ),
        (
            Invocation("process_event", "error", 1.0, dequeueCount=2),
            [Happening("error", said="process_event, delivery 2", style="red")],
        ),
        (Invocation("process_event", "ok", 1.0), [Happening("ok", said="process_event")]),
        (Invocation("heartbeat", "ok", 1.0, logged=(depth,)), []),
    ]
    assert [list(happenings(invocation)) for invocation, _ in rows] == [expected for _, expected in rows]
