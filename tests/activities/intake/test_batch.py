"""Batches: taken apart completely, into a limited number of items that aren't batches."""

import base64
import json
import time
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.domain.outcomes import Reason
from activities.intake.parse import Batch, Ignored, Refused, Understood, parse
from tests import EVENTS
from tests.activities.intake.cases import read
from tests.activities.intake.native import EVENT

DOCEBO = read(EVENTS / "docebo" / "batch.json")["event"]
PAYLOAD = DOCEBO["payloads"][0]
CLOUD = {"specversion": "1.0", "type": "t", "source": "/s", "id": "1", "time": "2026-03-02T08:15:30Z"}
GRID = {"eventType": "t", "eventTime": "2026-03-02T08:15:30Z", "dataVersion": "1", "topic": "/t"}
LIMIT = Refused(Reason.INVALID_EVENT, "more than 2,000 items in one message")
MAX_LAYERS = 4

type Tree = tuple[str, Any]

trees = st.recursive(
    st.one_of(
        st.tuples(st.just("event"), st.none()),
        st.tuples(st.just("payloads"), st.integers(0, 3)),
        st.tuples(st.just("value"), st.sampled_from([None, True, 7, "text", "[]x", {}, {"hello": ["world", 1]}])),
    ),
    lambda inner: st.one_of(
        st.tuples(st.just("list"), st.lists(inner, max_size=4)),
        st.tuples(st.sampled_from(["data", "text", "base64", "grid"]), inner),
    ),
    max_leaves=25,
)


def build(tree: Tree, names: "count[int]", layers: int = 0) -> tuple[Any, list[str | None]]:
    """Build a message and the courses of its events in order. None stands for something that isn't an event."""
    kind, content = tree
    if kind == "event":
        name = f"course-{next(names)}"
        return EVENT | {"course": {"externalId": name}}, [name]
    if kind == "payloads":
        courses = [str(next(names)) for _ in range(content)]
        return DOCEBO | {"payloads": [PAYLOAD | {"course_id": course} for course in courses]}, [*courses]
    if kind == "value":
        return content, [None]
    if kind == "list":
        built = [build(one, names, layers) for one in content]
        return [value for value, _ in built], [name for _, inner in built for name in inner]
    value, expected = build(content, names, layers + 1)
    return (value if layers == MAX_LAYERS else wrapped(kind, value)), expected


def wrapped(kind: str, value: object) -> dict[str, object]:
    """Return a value in a bus event, as JSON or as text."""
    match kind:
        case "grid":
            return GRID | {"data": value}
        case "text":
            return CLOUD | {"data": json.dumps(value)}
        case "base64":
            return CLOUD | {"data_base64": base64.b64encode(json.dumps(value).encode()).decode()}
        case _:
            return CLOUD | {"data": value}


def course_of(body: bytes) -> str | None:
    """Return the course of a message that isn't a batch, or None if it isn't an event."""
    result = parse(body)
    assert isinstance(result, Understood | Refused)
    if isinstance(result, Refused):
        return None
    assert result.event.course is not None
    return result.event.course.external_id


@given(trees)
def test_the_items_are_the_leaves_in_order(tree: Tree) -> None:
    """However batches and bus events are nested, each event becomes one item, and no item is a batch."""
    value, expected = build(tree, count())
    body = json.dumps(value).encode()
    result = parse(body)
    match result:
        case Batch(items):
            assert len(items) > 1
            assert [course_of(item.encode()) for item in items] == expected
        case Ignored(_, "empty"):
            assert expected == []
        case _:
            assert [course_of(body)] == expected


@pytest.mark.parametrize(
    ("value", "name"),
    [([], "native"), ([[], [[]]], "native"), ([DOCEBO | {"payloads": []}], "docebo"), (CLOUD | {"data": []}, "native")],
)
def test_a_batch_that_comes_to_nothing_is_ignored(value: object, name: str) -> None:
    """It's counted under the format of the empty batch."""
    assert parse(json.dumps(value).encode()) == Ignored(name, "empty")


def test_an_event_that_two_formats_split_is_split_by_both() -> None:
    """No item is left that the other format would split when it arrives."""
    record = read(EVENTS / "cornerstone" / "batch.json")["event"]["records"][0]
    event = DOCEBO | {"payloads": [PAYLOAD, 1], "records": [record, 2, 3]}
    batch = parse(json.dumps(event).encode())
    assert isinstance(batch, Batch)
    items = [json.loads(item) for item in batch.items]
    assert [(item["records"], item["payloads"]) for item in items] == [
        ([record], [PAYLOAD, 1]),
        ([2], [PAYLOAD]),
        ([2], [1]),
        ([3], [PAYLOAD]),
        ([3], [1]),
    ]
    assert not [item for item in batch.items if isinstance(parse(item.encode()), Batch)]


SHAPES = {
    "an array": lambda n: [{}] * n,
    "scalars": lambda n: [1] * n,
    "arrays in arrays": lambda n: [[[1, []] * 50] * (n // 50), [1] * (n % 50)],
    "a bus event": lambda n: CLOUD | {"data": [1] * n},
    "bus events with batches": lambda n: [*[CLOUD | {"data": [1] * 10}] * (n // 10), [1] * (n % 10)],
    "a batch as text": lambda n: CLOUD | {"data": json.dumps([1] * n)},
    "payloads": lambda n: {"event": "e", "message_id": "m", "payloads": [1] * n},
    "statements": lambda n: {"statements": [1] * n},
    "pages of statements": lambda n: [*[{"statements": [1] * 20}] * (n // 20), [1] * (n % 20)],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_at_most_2000_items_come_of_one_message(shape: str) -> None:
    """All items count, however they're nested. With more than 2,000, the whole message is refused."""
    most, too_many = (parse(json.dumps(SHAPES[shape](n)).encode()) for n in (2_000, 2_001))
    assert isinstance(most, Batch)
    assert len(most.items) == 2_000
    assert too_many == LIMIT


WIDE = CLOUD | {f"attribute{n}": n for n in range(1_500)}
HOSTILE: dict[str, tuple[object, type | Refused]] = {
    "empty arrays": ([[]] * 19_000, Ignored),
    "empty arrays in arrays": ([[[]] * 50, [[[]]]] * 300, Ignored),
    "empty arrays in a bus event": (CLOUD | {"data": [[]] * 19_000}, Ignored),
    "empty bus events": ([{"specversion": "1.0", "type": "", "source": "", "data": []}] * 1_100, Ignored),
    "empty payloads": ([{"event": "e", "message_id": "m", "payloads": []}] * 1_100, Ignored),
    "empty arrays as text": (CLOUD | {"data": ["[]"] * 11_000}, Refused),
    "empty arrays as text in a wide bus event": (WIDE | {"data": ["[]"] * 5_000}, Refused),
    "items in a wide bus event": (WIDE | {"data": [1] * 14_000}, Refused),
    "items in a wide event of a format": (WIDE | {"event": "e", "message_id": "m", "payloads": [1] * 14_000}, Refused),
    "items of a format in each other's way": (
        {"event": "e", "message_id": "m", "payloads": [], "records": [{"value": {"lmsEventsCase": 1}}, *[1] * 19_000]},
        Refused,
    ),
    "numbers": ([1] * 29_000, LIMIT),
    "objects": ([{}] * 19_000, LIMIT),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_message_takes_long(name: str) -> None:
    """The largest message is taken apart or refused in bounded time, however much it would unfold to."""
    value, expected = HOSTILE[name]
    body = json.dumps(value, separators=(",", ":")).encode()
    assert len(body) < 65_536
    started = time.process_time()
    result = parse(body)
    assert time.process_time() - started < 5
    assert isinstance(result, expected) if isinstance(expected, type) else result == expected
