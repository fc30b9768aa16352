"""Made-up bodies: of native events' properties, of words from all formats, or of nothing."""

import json
import random
import re
from collections import defaultdict
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from activities.intake import formats
from activities.intake.formats import built_in_formats
from tests.activities.intake.cases import CASES, read
from tests.activities.intake.fuzz.damaged import EVENTS, ODD, at, places
from tests.activities.intake.fuzz.wrapped import ARRAYS, LONGEST, wrap, write

_TIMES = [
    "2026-03-02T09:15:00+01:00", "2026-03-02T09:15:00Z", "2026-03-02 09:15:00 +0100", "2026-03-02T09:15",
    "2026-03-02", "0001-01-01T00:00:00", "0000-00-00", "", "2026-02-30T09:15:00Z", "1969-12-31T23:59:59-01",
    "9999-12-31T23:59:59-14:00", 1772439330, 1772439330000, "1772439330",
]  # fmt: skip
_ZONES = ["Europe/Berlin", "UTC", "W. Europe Standard Time", "+02:00", "Mars/Olympus", "", None]
_PEOPLE = [
    {"entraObjectId": "7ba2228a-e020-11ec-9d64-0242ac120002"}, {"userPrincipalName": "adele.vance@contoso.com"},
    {"email": "mailto:Lee.Gu%40contoso.com"}, {"employeeId": "00471"}, {"lmsAccount": {"source": "s", "id": 1}},
    {"lmsAccount": {"source": "canvas:7", "id": "31070000000000345"}}, {"email": "a b@\n"}, {},
]  # fmt: skip
# What a native event's properties may have. Odd values are added elsewhere.
NATIVE: dict[str, list[Any]] = {
    "specVersion": ["1.0", "1.0", "1.0", "1.1", 1.0],
    "eventId": ["e-1", "e-2", " ", "x" * 2049],
    "eventType": [
        *(f"course.{name}" for name in ("assigned", "started", "progressed", "completed", "unassigned")),
        "course.viewed", "COURSE.COMPLETED",
    ],
    "occurredAt": _TIMES,
    "enrollmentId": ["hr-1", "hr/2 é", "urn:uuid:7ba2228a-e020-11ec-9d64-0242ac120002"],
    "activity": ["assignment", "selfInitiated", "course"],
    "learner": _PEOPLE,
    "course": [{"externalId": "C-1"}, {"learningContentId": "57baf9dc-e020-11ec-9d64-0242ac120002"}, {}],
    "startsOver": [True, False, "true"],
}  # fmt: skip
ASSIGNMENT: dict[str, list[Any]] = {
    "type": ["required", "recommended", "mandatory"],
    "assigner": _PEOPLE,
    "assignedAt": _TIMES,
    "dueAt": [*_TIMES, *({"dateTime": time, "timeZone": zone} for time in _TIMES for zone in _ZONES)],
    "notes": [{"content": "Read it."}, {"contentType": "html", "content": "<p>" * 11_000}, {"content": ""}],
}
PROGRESS: dict[str, list[Any]] = {
    "status": ["notStarted", "inProgress", "completed", "passed"],
    "percentage": [0, 50, 50.9, "50", 100, 100.5, "1e3", -1, 10**400],
    "startedAt": _TIMES,
    "completedAt": _TIMES,
}


def _some(values: dict[str, list[Any]], chance: random.Random, usual: float) -> dict[str, Any]:
    """Return some of the properties. The first values are the usual ones."""
    made = {}
    for name, known in values.items():
        if chance.random() < usual:
            made[name] = chance.choice(ODD) if chance.random() < 0.04 else chance.choice(known[:2] * 4 + known)
    return made


def native(chance: random.Random) -> dict[str, Any]:
    """Return a native event."""
    event = _some(NATIVE, chance, 0.97)
    event["eventType"] = chance.choice(NATIVE["eventType"])
    for name, values in (("assignment", ASSIGNMENT), ("progress", PROGRESS)):
        if chance.random() < 0.6:
            event[name] = _some(values, chance, 0.6)
    if event["eventType"] == "course.assigned" and chance.random() < 0.9:
        event.setdefault("assignment", {})["type"] = "required"
    return event


class Vocabulary:
    """What events of one format have: which values at which places, which types, and other words from its file."""

    def __init__(self, name: str) -> None:
        self.events = [read(case)["event"] for case in CASES if case.parent.name == name]
        self.values: dict[tuple[str, ...], list[Any]] = defaultdict(list)
        for event in self.events:
            for path in places(event):
                self.values[_general(path)].append(at(event, path))
        declaration = next(known.declaration for known in built_in_formats().formats if known.name == name)
        self.type_path = declaration.type.path
        self.types = [one for rule in declaration.events for one in rule.types]
        text = (Path(formats.__file__).parent / f"{name}.toml").read_text(encoding="utf-8")
        self.words = sorted(set(re.findall(r"""['"`]([^'"`\n]{1,80})['"`]""", text)))

    def event(self, chance: random.Random) -> Any:  # noqa: ANN401  # any JSON
        """Return one of the events, with values and properties of others, and with other types and words."""
        event = deepcopy(chance.choice(self.events))
        for path in list(places(event)):
            luck = chance.random()
            if luck < 0.35 and _exists(event, path):
                at(event, path[:-1])[path[-1]] = deepcopy(self._value(path, chance))
        if isinstance(event, dict) and chance.random() < 0.3:
            event = chance.choice(self.events) | event if isinstance(self.events[0], dict) else event
            event = deepcopy(event)
        if self.type_path and chance.random() < 0.5 and _exists(event, self.type_path):
            at(event, self.type_path[:-1])[self.type_path[-1]] = chance.choice(self.types)
        return event

    def _value(self, path: tuple[Any, ...], chance: random.Random) -> Any:  # noqa: ANN401  # any JSON
        luck = chance.random()
        if luck < 0.05:
            return chance.choice(ODD)
        if luck < 0.15:
            return chance.choice(self.words)
        return chance.choice(self.values[_general(path)])


def _general(path: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple("*" if isinstance(name, int) else name for name in path)


def _exists(document: Any, path: tuple[Any, ...]) -> bool:  # noqa: ANN401  # any JSON
    try:
        at(document, path)
    except (KeyError, IndexError, TypeError):
        return False
    return isinstance(at(document, path[:-1]), dict if isinstance(path[-1], str) else list)


@cache
def vocabularies() -> tuple[Vocabulary, ...]:
    """Return those of all formats."""
    return tuple(Vocabulary(known.name) for known in built_in_formats().formats)


def _event(chance: random.Random) -> Any:  # noqa: ANN401  # any JSON
    luck = chance.random()
    if luck < 0.25:
        return native(chance)
    event = chance.choice(vocabularies()).event(chance)
    other = chance.choice(vocabularies()).event(chance) if luck < 0.3 else None
    # Something that looks like two formats at once.
    return event | other if isinstance(event, dict) and isinstance(other, dict) else event


def generated(chance: random.Random) -> tuple[bytes, Any]:
    """Return a body, and the document that it was made from."""
    luck = chance.random()
    if luck < 0.06:
        return _nonsense(chance)
    document = _event(chance)
    for _ in range(chance.choice([0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 6])):
        if len(json.dumps(document)) < LONGEST // 4:
            document = wrap(document, EVENTS, chance)
    if luck < 0.065:
        return write(_large(document, chance), chance), document
    if luck < 0.1:
        body = json.dumps(document).encode()
        body = _spoilt(body, chance)
        return body, body.decode("utf-8", "replace")
    return write(document, chance), document


def _large(document: Any, chance: random.Random) -> Any:  # noqa: ANN401  # any JSON
    """Return as much of the document as fits into a message, or a little more."""
    size = len(json.dumps(document))
    many = [document] * (chance.choice([LONGEST // 4, LONGEST // 2, LONGEST]) // size + 1)
    return chance.choice([many, {chance.choice(ARRAYS): many}, cloud_of(many)])


def cloud_of(many: list[Any]) -> dict[str, Any]:
    """Return a CloudEvent with many events and a long source, which each event repeats."""
    return {"specversion": "1.0", "type": "t", "source": "s" * 5_000, "data": many}


def _spoilt(body: bytes, chance: random.Random) -> bytes:
    """Return the body, cut off or with some bytes changed."""
    spoilt = bytearray(body)
    for _ in range(chance.choice([0, 1, 1, 2, 5])):
        spoilt[chance.randrange(len(spoilt))] = chance.choice([*b'{}[]",:0\\', chance.randrange(256)])
    return bytes(spoilt[: chance.choice([len(spoilt), len(spoilt), chance.randrange(len(spoilt))])])


_TOKENS = [
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"null", b"true", b"1", b"1e999", b"-0", b"NaN", b"\\u0000", b"\\ud800",
    b'"specVersion":"1.0"', b'"eventType":"course.completed"', b"b'", b"'", b"eyJ", b"=", b"\xef\xbb\xbf", b"\xff",
]  # fmt: skip


def _nonsense(chance: random.Random) -> tuple[bytes, Any]:
    """Return meaningless bytes, tokens, nesting and numbers, with the event inside them if there is one."""
    length = chance.choice([0, 1, 3, 10, 100, 1000, 10_000])
    match chance.randrange(5):
        case 0:
            return chance.randbytes(length), None
        case 1:
            return b"".join(chance.choice(_TOKENS) for _ in range(length)), None
        case 2:
            opening, closing = chance.choice([(b"[", b"]"), (b'{"data":', b"}"), (b'[{"a":', b"}]"), (b'"[', b']"')])
            inner = chance.choice([1, {}, native(chance)])
            nested = opening * length + json.dumps(inner).encode() + closing * chance.choice([length, length // 2])
            return nested, inner
        case 3:
            return b'{"specVersion":"1.0","progress":{"percentage":' + b"9" * length + b"}}", None
        case _:
            texts = ["b'", "b'{}'", "eyJ9", "[" * length, '"' * length]
            return write(chance.choice([*ODD, *texts]), chance), None
