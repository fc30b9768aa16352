"""Errors in what an administrator declares, and in what an LMS sends."""

from typing import Self

from pydantic import ValidationError


class FormatError(ValueError):
    """A format file or the setting `LMS_SOURCES` is wrong. The message names the file, the key and the problem."""

    def __init__(self, file: str, key: str, problem: str) -> None:
        super().__init__(f"{file}: {key}: {problem}" if key else f"{file}: {problem}")

    @classmethod
    def from_validation(cls, file: str, error: ValidationError) -> Self:
        """The first problem that validation found in `file`."""
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        return cls(file, key, first["msg"].removeprefix("Value error, "))


class FieldError(ValueError):
    """A value in an event is not what its format declares. The message names the field, never the value."""
