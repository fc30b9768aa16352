"""Reads mappings: TOML files that say which property of the native event each column of an export stands for.

`docs/publishing.md` describes the keys.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from activities.domain.events import LearningEvent
from activities.domain.zones import zone_of
from tools.operate.troubles import WrongUsage

type Scalar = str | bool | int | float


def _paths(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """Yield the names of all properties, with dots: `learner.email`."""
    for field in model.model_fields.values():
        inner = [kind for kind in (field.annotation, *get_args(field.annotation)) if _is_model(kind)]
        path = f"{before}{field.alias}"
        for part in inner:
            yield from _paths(part, f"{path}.")
        if not inner:
            yield path


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


PROPERTIES = frozenset(path for model in get_args(LearningEvent) for path in _paths(model)) - {"specVersion"}


class WrongMapping(WrongUsage):
    """A mapping can't be used. The message says which key is wrong, and why."""


def _by_property(value: object) -> object:
    """Join the names of nested tables, so that `learner.email = ...` works with or without quotes."""
    return dict(_flat(value)) if isinstance(value, dict) else value


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        path = before + name
        if path in PROPERTIES or not isinstance(value, dict):
            yield path, value
        else:
            yield from _flat(value, f"{path}.")


def _zone(name: str) -> str:
    zone_of(name)
    return name


Column = Annotated[str, StringConstraints(min_length=1)]
Columns = Annotated[list[Column], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]


class ColumnMapping(BaseModel):
    """The columns of an export.

    Attributes:
        delimiter: what separates the cells.
        time_zone: the zone of times that have no offset.
        time_format: how times are written, in the syntax of Python's `strptime`. None: ISO 8601.
        source: the name of this system as a source of native events, if several systems publish.
        columns: for each property, its column. If there are several, their cells are joined with colons.
        constants: properties that have the same value in all rows.
        values: for each property, what the texts in its cells mean.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)

    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    time_zone: Annotated[
        str | None, BeforeValidator(lambda value: _zone(value) if isinstance(value, str) else value)
    ] = None
    time_format: str | None = None
    source: Annotated[str, StringConstraints(min_length=1)] | None = None
    columns: Annotated[dict[str, Columns], BeforeValidator(_by_property)] = {}
    constants: Annotated[dict[str, Scalar], BeforeValidator(_by_property)] = {}
    values: Annotated[dict[str, dict[str, Scalar]], BeforeValidator(_by_property)] = {}

    @model_validator(mode="after")
    def _of_the_contract(self) -> Self:
        """Refuse names that aren't properties of the native event, and properties that are set twice."""
        for table in ("columns", "constants", "values"):
            for name in getattr(self, table):
                if name not in PROPERTIES:
                    raise ValueError(f"{table}: the native event has no property {name}")
        for name in self.columns.keys() & self.constants.keys():
            raise ValueError(f"{name} is in columns and in constants")
        return self


def read_mapping(file: Path | None) -> ColumnMapping:
    """Read a mapping. Without a file, the columns are named after the properties.

    Raises:
        WrongMapping: the file can't be read, isn't TOML, or has a wrong key.
    """
    if file is None:
        return ColumnMapping()
    try:
        return ColumnMapping.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        problem = first["msg"].removeprefix("Value error, ")
        raise WrongMapping(f"{file.name}: {place}: {problem}" if place else f"{file.name}: {problem}") from None
    except OSError as error:
        raise WrongMapping(f"{file}: {error.strerror}") from None
    except ValueError as error:
        raise WrongMapping(f"{file.name}: not TOML: {error}") from None
