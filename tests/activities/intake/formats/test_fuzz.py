"""Thousands of damaged events: each has a result, and none becomes a completion that its input does not state."""

import base64
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from activities.intake.formats import built_in_formats
from activities.intake.parse import Batch, Ignored, ParseResult, Refused, Understood, parse
from tests.activities.intake.cases import CASES, read

MUTATIONS = 20_000
SHARES = 8
RECEIVED = datetime(2026, 3, 2, 8, 15, 30, tzinfo=UTC)

type Document = dict[str, Any]


def value_at(document: Document, *path: str) -> Any:  # noqa: ANN401  # any JSON
    """The value at a path, or None."""
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
    """Whether an event of Open edX says that the course is completed or passed. Browsers may say anything."""
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
    """Whether an event of LearnUpon says that the enrolment in the course is completed or passed."""
    one = event["data"][0] if isinstance(event.get("data"), list) and event["data"] else event
    return value_at(one, "enrollmentStatus") in ("passed", "completed")


def adobe_states(event: Document) -> bool:
    """Whether an event of Adobe says that the learner has completed something, and does not say that they failed."""
    events = event.get("events")
    one = events[0] if isinstance(events, list) and events else None
    name = str(value_at(one, "eventName")).casefold()
    return name.removesuffix("_batch").endswith("_completed") and value_at(one, "data", "hasPassed") is not False


# When an event of each LMS states a completion. Written independently of the format files on purpose.
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

EVENTS = [read(case)["event"] for case in CASES]
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 1.0, 0.5, 100, 101, 1e308, "", " ", "0", "100", "completed", "1.0",
    10**40, "inProgress", "null", "\ud800", "\x00", "2026-03-02", "2026-03-02T08:15:30", "2026-03-02T08:15:30Z",
    "9999-12-31T23:59:59-14:00", "0000-00-00 00:00:00", "é" * 3000, [], {}, [[]], [{}],
    {"id": {"id": None}}, ["completed"], {"status": "completed"},
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401  # any JSON
    """The paths of everything in a document."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def at(document: Any, path: tuple[Any, ...]) -> Any:  # noqa: ANN401  # any JSON
    """The value at a path that exists."""
    for key in path:
        document = document[key]
    return document


def damage(document: Any, chance: random.Random) -> Any:  # noqa: ANN401  # any JSON
    """The document with one value removed, retyped, nested, swapped or repeated, or all of it wrapped."""
    paths = list(places(document))
    if not paths or chance.random() < 0.05:
        return chance.choice(
            [[document], [document, document], {"event": document}, cloud_event(document), json.dumps(document)]
        )
    path = chance.choice(paths)
    parent, key, value = at(document, path[:-1]), path[-1], at(document, path)
    match chance.randrange(7):
        case 0:
            del parent[key]
        case 1:
            parent[key] = deepcopy(chance.choice(ODD))
        case 2:
            parent[key] = chance.choice([[value], {str(key): value}, {"value": value}, [[value, value]]])
        case 3:
            other = chance.choice(paths)
            if other[: len(path)] != path and path[: len(other)] != other:
                there = at(document, other[:-1])
                parent[key], there[other[-1]] = there[other[-1]], value
        case 4:
            parent[key] = (
                str(value) if not isinstance(value, str) else chance.choice([value.upper(), value[::-1], value * 2])
            )
        case 5 if isinstance(parent, dict):
            parent[str(key) + "_"] = parent.pop(key)
        case _:
            parent[key] = deepcopy(at(document, chance.choice(paths)))
    return document


def cloud_event(document: Any) -> Document:  # noqa: ANN401  # any JSON
    """A CloudEvent with the document as its data."""
    return {
        "specversion": "1.0",
        "type": "t",
        "source": "/s",
        "id": "1",
        "time": "2026-03-02T08:15:30Z",
        "data": document,
    }


def within(value: Any) -> Iterator[Document]:  # noqa: ANN401  # any JSON
    """Every object in a document, including those in texts that are JSON, plain or base64."""
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


# These formats make enrolment ids with the learner as it is named.
BY_NAME = ("xapi", "360learning", "caliper", "litmos", "adobelearningmanager")


def check(document: Any, counts: Counter[str], learners: dict[str, object]) -> None:  # noqa: ANN401  # any JSON
    """Parse the document.

    A completion must come from an input that states one, and an enrolment must be that of one learner.
    """
    result: ParseResult = parse(json.dumps(document).encode(), built_in_formats(), RECEIVED)
    counts[type(result).__name__] += 1
    match result:
        case Understood(event, name):
            if event.completes:
                counts["completions"] += 1
                assert any(STATES[name](one) for one in within(document)), document
            if name in BY_NAME and event.learner is not None:
                counts["named"] += 1
                reference = event.learner.reference
                assert learners.setdefault(event.enrollment_id, reference) == reference, document
        case Batch(items):
            assert len(items) > 1
            for item in items:
                inner = parse(item.encode(), built_in_formats(), RECEIVED)
                assert isinstance(inner, Understood | Ignored | Refused)
        case Ignored(name, _) | Refused(_, _, name):
            assert name in STATES or name == "unknown"


@pytest.mark.parametrize("share", range(SHARES))
def test_damaged_events_have_a_result(share: int) -> None:
    """Whatever is removed, retyped, nested or swapped, parsing invents no completion and joins no two learners."""
    chance = random.Random(f"formats-{share}")  # noqa: S311  # reproducible, not secret
    counts: Counter[str] = Counter()
    learners: dict[str, object] = {}
    for _ in range(MUTATIONS // SHARES):
        document = deepcopy(chance.choice(EVENTS))
        for _ in range(chance.choice([1, 1, 1, 2, 3, 5])):
            # Written and read again, so that no two places share an object.
            document = json.loads(json.dumps(damage(document, chance)))
        check(document, counts, learners)
    # The mutations must lead to every kind of result, or the test would prove nothing.
    assert min(counts[name] for name in ("Understood", "Ignored", "Refused", "Batch", "completions", "named")) > 20, (
        counts
    )
