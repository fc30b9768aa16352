"""Reads native events. Required values must be right. Optional values are left out if they're wrong.

A wrong optional value never makes the app refuse the event. But it isn't ignored silently: its name is returned.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from activities.domain.events import ADAPTER, LearningEvent

type Location = tuple[int | str, ...]

# Explanations of pydantic's error codes, for somebody who has to correct an event.
_WORDS = {
    "missing": "missing",
    "model_type": "not an object",
    "model_attributes_type": "not an object",
    "dict_type": "not an object",
    "string_type": "not text",
    "string_too_short": "too short",
    "string_too_long": "too long",
    "string_pattern_mismatch": "blank, or in the wrong form",
    "literal_error": "not one of the allowed values",
    "timezone_aware": "a time without an offset such as Z or +01:00",
    "union_tag_not_found": "eventType is missing",
    "union_tag_invalid": "eventType isn't one of the event types",
}


class InvalidEvent(ValueError):
    """A required value is missing or wrong. The message names the fields, never their values."""


def read_event(document: Mapping[str, object], zone: tzinfo | None = None) -> tuple[LearningEvent, tuple[str, ...]]:
    """Return an event, and the names of optional values that can't be used. The event is read as if they were absent.

    What's left out is the smallest optional part that contains the wrong value. For example, that's `assignment.dueAt`
    if its `timeZone` is missing.

    Args:
        document: the event as JSON.
        zone: the zone of due dates that don't give one.

    Raises:
        InvalidEvent: a required value is missing or wrong.
    """
    first: list[ErrorDetails] = []
    required: set[Location] = set()
    dropped: set[Location] = set()
    while True:
        try:
            event = ADAPTER.validate_python(document, context={"zone": zone})
            return event, tuple(sorted(map(_dotted, dropped)))
        except ValidationError as error:
            problems = _problems(error)
        first = first or problems
        parts = {problem["loc"]: _optional_part(problem["loc"]) for problem in problems}
        required.update(location for location, part in parts.items() if part is None)
        optional = {part for part in parts.values() if part is not None} - dropped
        if not optional:
            # A person is required, but no single name is. If no name is left, the error lists those that were wrong.
            raise InvalidEvent(_complaint(one for one in first if _is_within(one["loc"], required)))
        for part in optional:
            document = _without(document, part)
        dropped |= optional


def _is_within(location: Location, parts: set[Location]) -> bool:
    return any(location[: len(part)] == part for part in parts)


def _optional_part(location: Location) -> Location | None:
    """Return the smallest optional part that contains a value, or None if every part around it is required."""
    parts = (location[1:end] for end in range(len(location), 1, -1))
    return next((part for part in parts if (location[0], *part) in _OPTIONAL), None)


def _without(document: Mapping[str, object], path: Location) -> Mapping[str, object]:
    name, *rest = path
    inner = document.get(str(name))
    if not rest or not isinstance(inner, dict):
        return {key: value for key, value in document.items() if key != name}
    return {**document, str(name): _without(inner, tuple(rest))}


def _optional_paths(model: type[BaseModel], before: Location) -> Iterator[Location]:
    """Yield the locations of the optional properties of a model and of the models inside it."""
    for field in model.model_fields.values():
        path = (*before, str(field.alias))
        if not field.is_required():
            yield path
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from _optional_paths(inner, path)


_OPTIONAL = frozenset(
    path
    for model in get_args(LearningEvent)
    for path in _optional_paths(model, (model.model_fields["event_type"].default,))
)


def complaint(error: ValidationError) -> str:
    """Return which fields are wrong and how, without any of the event's values.

    Pydantic's messages may quote the input, so each error code gets its own text instead. The messages of the app's own
    validators never contain values, so they're used as they are.
    """
    return _complaint(_problems(error))


def _problems(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_context=False, include_input=False)


def _complaint(problems: Iterable[ErrorDetails]) -> str:
    return "; ".join(
        f"{_dotted(_path(found['loc'])) or 'event'}: {_problem(found['type'], found['msg'])}"
        for found in list(problems)[:10]
    )


def _dotted(path: Location) -> str:
    return ".".join(map(str, path))


def _problem(code: str, message: str) -> str:
    return message.removeprefix("Value error, ") if code == "value_error" else _WORDS.get(code, code)


def _path(location: Location) -> Location:
    """Drop the event type, which is the first part of each path because the models form a union."""
    return location[1:] if location and str(location[0]).startswith("course.") else location
