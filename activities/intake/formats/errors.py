"""Errors in what an administrator declares or an LMS sends."""

from collections.abc import Sequence
from typing import Self

from pydantic import ValidationError
from pydantic_core import ErrorDetails

# pydantic's problems in the words of somebody who writes a format file or `LMS_SOURCES`.
_PROBLEMS = {
    "bool_type": "must be true or false",
    "dict_type": "must be a table (in JSON, an object)",
    "list_type": "must be a list",
    "literal_error": "must be {expected}",
    "missing": "is required",
    "model_type": "must be a table (in JSON, an object)",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
}
# How pydantic marks a wrong key of a mapping.
_KEY = "[key]"


class FormatError(ValueError):
    """A format file or the setting `LMS_SOURCES` is wrong. The message names the file, the key and the problem."""

    def __init__(self, file: str, key: str, problem: str) -> None:
        super().__init__(f"{file}: {key}: {problem}" if key else f"{file}: {problem}")

    @classmethod
    def from_validation(cls, file: str, error: ValidationError) -> Self:
        """Make an error from the first problem that validation found in `file`."""
        first = error.errors(include_url=False, include_input=False)[0]
        return cls(file, _key(first["loc"]), _problem(first))


class FieldError(ValueError):
    """A value in an event isn't what its format declares. The message names the field, never the value."""


def _key(path: Sequence[int | str]) -> str:
    """Return a key as it's written in the file. Rules are counted from 1, as in trials."""
    match path:
        case ("events", int(rule), *rest):
            return ": ".join([f"rule {rule + 1}", *([_key(rest)] if rest else [])])
        case _:
            return ".".join(str(part) for part in path if part != _KEY)


def _problem(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    if _KEY in error["loc"]:
        return f"there's no such key; choose {context.get('expected')}"
    known = _PROBLEMS.get(error["type"], error["msg"].removeprefix("Value error, "))
    return known.replace("{expected}", str(context.get("expected")))
