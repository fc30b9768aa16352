"""What can be wrong with what an administrator declares, and with what an LMS sends."""


class FormatError(ValueError):
    """A format file or the setting `LMS_SOURCES` is wrong. The message names the file, the key and what is wrong."""

    def __init__(self, file: str, key: str, problem: str) -> None:
        super().__init__(f"{file}: {key}: {problem}" if key else f"{file}: {problem}")


class FieldError(ValueError):
    """A value of an event cannot be what it is declared to be. The message names the field, never the value."""
