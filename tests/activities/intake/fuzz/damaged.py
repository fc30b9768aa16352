"""Damaged events: the cases in `tests/events` with values removed, retyped, nested, swapped or repeated."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from tests.activities.intake.cases import CASES, read
from tests.activities.intake.fuzz.wrapped import cloud_event

EVENTS = [read(case)["event"] for case in CASES]
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 1.0, 0.5, 100, 101, 1e308, "", " ", "0", "100", "completed", "1.0",
    10**40, "inProgress", "null", "\ud800", "\x00", "2026-03-02", "2026-03-02T08:15:30", "2026-03-02T08:15:30Z",
    "9999-12-31T23:59:59-14:00", "0000-00-00 00:00:00", "é" * 3000, [], {}, [[]], [{}],
    {"id": {"id": None}}, ["completed"], {"status": "completed"},
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401  # any JSON
    """Yield the paths of everything in a document."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def at(document: Any, path: tuple[Any, ...]) -> Any:  # noqa: ANN401  # any JSON
    """Return the value at a path that exists."""
    for key in path:
        document = document[key]
    return document


def damage(document: Any, chance: random.Random) -> Any:  # noqa: ANN401  # any JSON
    """Return the document with one value removed, retyped, nested, swapped or repeated, or all of it wrapped."""
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


def damaged(chance: random.Random) -> Any:  # noqa: ANN401  # any JSON
    """Return one of the events, damaged a few times."""
    document = deepcopy(chance.choice(EVENTS))
    for _ in range(chance.choice([1, 1, 1, 2, 3, 5])):
        # Written and read again, so that no two places share an object.
        document = json.loads(json.dumps(damage(document, chance)))
    return document
