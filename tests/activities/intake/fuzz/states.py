"""What each LMS's events state, read independently of the format files."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

type Document = dict[str, Any]


def value_at(document: Document, *path: str) -> Any:  # noqa: ANN401  # any JSON
    """Return the value at a path, or None."""
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None  # type: ignore[assignment]
    return document


XAPI = ("completed", "complete", "passed", "satisfied", "waived")
MOODLE = (
    "\\core\\event\\course_completed",
    "\\enrol_programs\\event\\program_completed",
    "\\tool_certify\\event\\user_certified",
    "\\totara_program\\event\\program_completed",
)
AGGREGATED = ("openedx.completion_aggregator.completion.course", "edx.completion_aggregator.completion.course")
GRADED = (
    "edx.course.completed",
    "edx.course.grade.passed.first_time",
    "edx.course.grade.now_passed",
    "edx.certificate.created",
)


def openedx_states(event: Document) -> bool:
    """Tell whether an Open edX event says that the course is completed or passed. Browsers may say anything."""
    kind = str(event.get("name") or event.get("event_type")).casefold()
    if "browser" in (event.get("event_source"), value_at(event, "context", "event_source")):
        return False
    data = event.get("data") or event.get("event")
    with suppress(ValueError, TypeError):
        data = json.loads(data)  # type: ignore[arg-type]
    share = None
    with suppress(ValueError, TypeError):
        share = float(value_at(data, "percent"))
    return kind in GRADED or (kind in AGGREGATED and share is not None and 1 <= share < 2)


def learnupon_states(event: Document) -> bool:
    """Tell whether a LearnUpon event says that the enrolment in the course is completed or passed."""
    data = event.get("data")
    events = data if isinstance(data, list) else [event]
    return any(value_at(one, "enrollmentStatus") in ("passed", "completed") for one in events)


def adobe_states(event: Document) -> bool:
    """Tell whether an Adobe event says that the learner has completed something, and doesn't say that they failed."""
    events = event.get("events")
    return any(
        str(value_at(one, "eventName")).casefold().removesuffix("_batch").endswith("_completed")
        and value_at(one, "data", "hasPassed") is not False
        for one in (events if isinstance(events, list) else [])
    )


# When each LMS's event states a completion. Deliberately written without looking at the format files.
STATES: dict[str, Callable[[Document], bool]] = {
    "native": lambda e: e.get("eventType") == "course.completed" or value_at(e, "progress", "status") == "completed",
    "xapi": lambda e: (
        str(value_at(e, "verb", "id")).casefold().rsplit("/", 1)[-1] in XAPI
        or value_at(e, "result", "completion") is True
    ),
    "canvas": lambda e: bool(value_at(e, "body", "progress", "completed_at")),
    "moodle": lambda e: any(
        str(name).casefold() in MOODLE for name in (e.get("eventname"), value_at(e, "event", "eventname"))
    ),
    "openedx": openedx_states,
    "caliper": lambda e: (
        str(e.get("action")).casefold() == "completed"
        and str(value_at(e, "object", "type")).casefold() in ("courseoffering", "coursesection", "membership")
    ),
    "docebo": lambda e: (
        str(e.get("event")).casefold() == "course.enrollment.completed" or '"completed"' in json.dumps(e)
    ),
    "cornerstone": lambda e: '"trainingcompleted"' in json.dumps(e).casefold(),
    "workramp": lambda e: "complet" in str(e.get("eventType")).casefold() or '"status": "completed"' in json.dumps(e),
    "360learning": lambda e: (
        value_at(e, "data", "status") == "successful" or value_at(e, "data", "reason") == "learnerFinished"
    ),
    "learnupon": learnupon_states,
    "litmos": lambda e: value_at(e, "data", "result") == "Completed" and value_at(e, "data", "type") != "Badge Awarded",
    "thinkific": lambda e: (
        f"{e.get('resource')}.{e.get('action')}".casefold() == "enrollment.completed"
        and value_at(e, "payload", "free_trial") is not True
    ),
    "adobelearningmanager": adobe_states,
    "scormcloud": lambda e: (
        (str(e.get("registrationCompletion")).casefold(), e.get("registrationSuccess"))
        in (("completed", None), ("completed", "UNKNOWN"), ("completed", "PASSED"), ("unknown", "PASSED"))
    ),
    "coassemble": lambda e: str(e.get("type")).casefold() == "course.completed" and not e.get("test"),
}


def within(value: Any) -> Iterator[Document]:  # noqa: ANN401  # any JSON
    """Yield every object in a document, including those in texts that are JSON, plain or base64."""
    if isinstance(value, str):
        with suppress(ValueError):
            is_json = value.lstrip()[:1] in {"{", "[", '"'}
            yield from within(json.loads(value if is_json else base64.b64decode(value, validate=True)))
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from within(child)
    elif isinstance(value, list):
        for child in value:
            yield from within(child)
