"""The tables of format files and of `LMS_SOURCES`. If a key doesn't exist, the error lists those that do. Pure."""

from collections.abc import Iterable
from difflib import get_close_matches

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError


class Table(BaseModel):
    """A table that has known keys only, and whose values aren't converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    @classmethod
    def keys(cls) -> set[str]:
        """Return the keys as they're written in the file."""
        return {field.alias or name for name, field in cls.model_fields.items()}

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, value: object) -> object:
        known = cls.keys()
        unknown = [key for key in value if key not in known] if isinstance(value, dict) else []
        if unknown:
            said = {"problem": no_such("key", unknown[0], known)}
            problem = PydanticCustomError("unknown_key", "{problem}", said)
            # This error names the key, not only the table.
            detail = InitErrorDetails(type=problem, loc=(unknown[0],), input=None)
            raise ValidationError.from_exception_data(cls.__name__, [detail])
        return value


def no_such(what: str, name: object, known: Iterable[str]) -> str:
    """Say that something doesn't exist, which one may have been meant, and what there is."""
    names = sorted(known)
    meant = get_close_matches(str(name), names, n=1)
    hint = f" (did you mean {meant[0]}?)" if meant else ""
    return f"there's no such {what}{hint}; choose from {', '.join(names)}"
