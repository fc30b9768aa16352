"""The JSON Schema matches the code: the tests parse edge cases of each of its properties.

Edge values are put at every path of every event type. A value that the schema calls valid is understood unchanged. If
it's invalid, either the event is refused or the value is named as dropped. `SHORT_OF` and `BEYOND` have the exceptions.
"""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from typing import Any

import jsonschema
import pytest

from activities.intake.parse import parse
from activities.intake.result import Understood
from tests import ROOT

type Path = tuple[str, ...]

SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "event.schema.json").read_text(encoding="utf-8"))
DEFS: dict[str, Any] = SCHEMA["$defs"]
TYPES = sorted(SCHEMA["discriminator"]["mapping"])

# The library leaves date-time to another one, so RFC 3339 is checked here.
CHECKER = jsonschema.FormatChecker(["date"])
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@CHECKER.checks("date-time", ValueError)
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or (_RFC_3339.fullmatch(value) and bool(datetime.fromisoformat(value.upper())))  # type: ignore[return-value]


def _pattern(_: object, pattern: str, value: object, __: object) -> Iterator[jsonschema.ValidationError]:
    """As in JSON Schema, `$` is the end. In Python, it also matches before a final line break."""
    if isinstance(value, str) and not re.search(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), value):
        yield jsonschema.ValidationError("does not match")


Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": _pattern})

LEARNER = {"userPrincipalName": "adele.vance@contoso.com"}
EVERYTHING: dict[str, Any] = {
    "specVersion": "1.0",
    "eventId": "e-1",
    "occurredAt": "2026-03-02T09:15:00+01:00",
    "enrollmentId": "hr-1",
    "activity": "assignment",
    "startsOver": False,
    "learner": LEARNER,
    "course": {"externalId": "C-1"},
    "assignment": {
        "type": "required",
        "assigner": {"email": "lee.gu@contoso.com"},
        "assignedAt": "2026-03-02T09:15:00Z",
        "dueAt": "2026-06-30T23:59:00Z",
        "notes": {"contentType": "text", "content": "Read it."},
    },
    "progress": {"percentage": 50, "startedAt": "2026-03-02T09:15:00Z"},
}
TIMES = [
    "2026-03-02T09:15:00Z", "2026-03-02t09:15:00.1234567z", "2026-03-02T09:15:00-14:00", "2026-02-30T09:15:00Z",
    "2026-03-02T09:15:00", "2026-03-02", "2026-02-30", "2026-03-02 09:15:00Z", "2026-03-02T09:15Z",
    "2026-03-02T09:15:00+01", "2026-03-02T09:15:00+0100", "2026-03-02T09:15:00 +01:00", "0001-01-01T00:00:00",
    "0001-01-01T00:00:00Z", "0000-00-00", "20260302T091500Z", "soon", "2026-03-02T25:00:00Z",
    "9999-12-31T23:59:59Z",
]  # fmt: skip
NAMES = ["7BA2228A-e020-11ec-9d64-0242ac120002", "a@b", "a@b@c", "a/b@c", "a\nb@c", "a\x00b@c", "\n", "a@b\n"]
DUE_PARTS = [{"dateTime": time, "timeZone": zone} for time in TIMES for zone in ("Europe/Berlin", "UTC")]
IDS = ["urn:uuid:7ba2228a-e020-11ec-9d64-0242ac120002", "mailto:adele.vance@contoso.com", "adele%40contoso.com"]
WRONG: list[Any] = [None, True, 0, -1, 1, 99.5, 100, 101, 1.0, "", " ", "x", "50", "-1", "1e3", [], {}, ["x"], {"x": 1}]


# Where schema and code differ: the end of the path, the value, and why.
_TIME = r"(occurredAt|assignedAt|startedAt|completedAt|dueAt|dueAt\.dateTime)"
_OFFSET = r"([Zz]| ?[+-]\d\d(:?\d\d)?)"
BEYOND = [
    # Understood, although the schema doesn't know these forms.
    (_TIME, rf"\d{{4}}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?{_OFFSET}", "the other forms of times, as databases write them"),
    (r"(assigned|started|completed|due)At", r"\s*|0001-01-01T00:00:00|0000-00-00", "what programs write for no date"),
    (r"dueAt\.dateTime", r"\s*|0001-01-01T00:00:00Z", "the same in a due date with its zone"),
    (r"dueAt\.dateTime", rf"\d{{4}}-.*{_OFFSET}", "an offset of its own comes before the zone"),
    (r"entraObjectId", r"urn:uuid:.*", "the canonical form is without urn:uuid:"),
    (r"userPrincipalName", r"mailto:.*|[^@%]+%40.*", "the canonical form is without mailto: and %40"),
    (r"userPrincipalName|email", r"a@b\n", "the canonical form has nothing around it"),
]
SHORT_OF = [
    # Valid, although it isn't understood.
    (r"occurredAt", r"0001-01-01T00:00:00Z", "no date at all, and one is required"),
    (r"dueAt\.dateTime", r"2026-02-30", "a pattern knows no calendar"),
    (r"dueAt\.timeZone", r"(?s).*", "the names of time zones are too many for a schema, and change"),
]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema that a reference leads to."""
    return DEFS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema  # type: ignore[no-any-return]


def alternatives(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the schemas that a value may match. One that has properties beside its `anyOf` isn't taken apart."""
    found = resolved(schema)
    if "anyOf" not in found or "properties" in found:
        return [found]
    return [inner for one in found["anyOf"] for inner in alternatives(one)]


def places(schema: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the path and the schema of each property, at any depth."""
    for name, value in schema.get("properties", {}).items():
        yield (*path, name), value
        for one in alternatives(value):
            yield from places(one, (*path, name))


def edges(schema: dict[str, Any]) -> Iterator[Any]:
    """Yield values on both sides of a schema's limits."""
    yield from [*WRONG, *TIMES, *IDS, *NAMES]
    for one in alternatives(schema):
        yield from one.get("enum", [])
        if "const" in one:
            yield one["const"]
        for key in ("minLength", "maxLength"):
            if key in one:
                yield from ("x" * (one[key] + more) for more in (-1, 0, 1) if one[key] + more >= 0)
        for key in ("minimum", "maximum"):
            if key in one:
                yield from (one[key] + more for more in (-1, -0.5, 0, 0.5, 1))
        if "dateTime" in one.get("properties", {}):
            yield from DUE_PARTS


def put(document: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    """Return the event with a value at a path. An ellipsis removes the value that's there."""
    document = deepcopy(document)
    *parents, name = path
    inner = document
    for parent in parents:
        inner = inner.setdefault(parent, {})
    # A person or a course has only one identifier: the one under test.
    if path[-2:-1] in (("learner",), ("course",), ("assigner",)):
        inner.clear()
    if parents and parents[-1] == "lmsAccount":
        parent = document
        for step in parents[:-1]:
            parent = parent[step]
        parent.clear()
        inner = parent[parents[-1]] = {"source": "s", "id": "1"}
    if parents and parents[-1] == "dueAt":
        document["assignment"]["dueAt"] = inner = {"dateTime": "2026-06-30T23:59:00", "timeZone": "UTC"}
    if value is ...:
        inner.pop(name, None)
    else:
        inner[name] = value
    return document


def cases(schema: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Yield each path of an event type with each value to try there."""
    for path, found in places(schema):
        if path != ("eventType",):
            yield path, ...
            yield from ((path, json.loads(value)) for value in dict.fromkeys(map(json.dumps, edges(found))))


def listed(known: list[tuple[str, str, str]], path: Path, value: object) -> bool:
    """Return whether a difference is a known one. For a due date, it's enough if one part is known to differ."""
    if isinstance(value, dict) and "dateTime" in value:
        return any(listed(known, (*path, name), part) for name, part in value.items())
    place = ".".join(path)
    return isinstance(value, str) and any(
        re.search(rf"(^|\.)({where})$", place) and re.fullmatch(what, value) for where, what, _ in known
    )


def difference(validator: Any, event: dict[str, Any], path: Path, value: object) -> str | None:  # noqa: ANN401
    """Return how schema and code differ about the event with this value, or None if they agree."""
    event = put(event, path, value)
    valid = validator.is_valid(event)
    result = parse(json.dumps(event).encode())
    dropped = [] if not isinstance(result, Understood) else [tuple(name.split(".")) for name in result.dropped]
    # Only the value itself, a part of it, or the optional part that holds it may be dropped.
    elsewhere = [name for name in dropped if name[: len(path)] != path and path[: len(name)] != name]
    if elsewhere:
        return f"another value is dropped: {elsewhere}"
    understood = isinstance(result, Understood) and not dropped
    if valid == understood or listed(SHORT_OF if valid else BEYOND, path, value):
        return None
    return f"{'valid' if valid else 'invalid'}, but {result}"


@pytest.mark.parametrize("event_type", TYPES)
def test_schema_and_code_agree(event_type: str) -> None:
    """If an edge case is valid, it's understood. Otherwise it's refused or named as dropped."""
    schema = {"$ref": SCHEMA["discriminator"]["mapping"][event_type], "$defs": DEFS}
    validator = Validator(schema, format_checker=CHECKER)
    event = EVERYTHING | {"eventType": event_type}
    assert difference(validator, event, ("ownProperty",), 1) is None
    tried = list(cases(resolved(schema)))
    assert len(tried) > 1_500
    differences = {(path, str(value)[:100]): difference(validator, event, path, value) for path, value in tried}
    assert {key: found for key, found in differences.items() if found} == {}
