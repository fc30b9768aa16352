"""What an administrator says of each LMS: the setting `LMS_SOURCES`, a JSON object by the name of the source."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from activities.intake.formats.errors import FormatError

SETTING = "LMS_SOURCES"

Reference = Literal["entraObjectId", "userPrincipalName", "email", "employeeId", "lmsAccount"]
Kind = Literal["assignment", "selfInitiated"]
AssignmentType = Literal["required", "recommended"]


def _zone(value: object) -> object:
    """The zone of an IANA name.

    Raises:
        ValueError: there is no such zone.
    """
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"no such time zone: {value}") from None


Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]


class Source(BaseModel):
    """How to read the events of one LMS. What is None is left to the format."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, alias_generator=to_camel
    )

    time_zone: Zone | None = None
    passed_completes: bool = True
    assignment_type: AssignmentType = "required"
    assigners: Literal["all", "none"] | list[str] = "all"
    enrolments: Kind | None = None
    learner: Reference | None = None

    def counts_as_assigner(self, account: str) -> bool:
        """Whether whoever enrolled the learner is to be shown as the assigner."""
        return self.assigners == "all" or (self.assigners != "none" and account in self.assigners)


_ADAPTER = TypeAdapter(dict[str, Source])
_DEFAULT = Source()


@dataclass(frozen=True, slots=True)
class Sources:
    """The settings of all sources. A name is `format`, or `format:instance` for one installation among several."""

    by_name: Mapping[str, Source] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.by_name

    def settings(self, name: str, format_name: str) -> Source:
        """What is set for a source, else for its format, else the defaults."""
        return self.by_name.get(name) or self.by_name.get(format_name) or _DEFAULT


def read_sources(text: str | None, formats: Mapping[str, Collection[Reference]]) -> Sources:
    """Read the setting; `formats` says for each format in which ways it can name learners.

    Raises:
        FormatError: not JSON, an unknown key or value, or something that the format does not know.
    """
    if not text:
        return Sources()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(SETTING, "", f"not JSON: {error}") from error
    try:
        by_name = _ADAPTER.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise FormatError(SETTING, ".".join(str(part) for part in first["loc"]), first["msg"]) from error
    for name, source in by_name.items():
        ways = formats.get(name.partition(":")[0])
        if ways is None:
            raise FormatError(SETTING, name, f"no such format; there are {', '.join(sorted(formats))}")
        if source.learner is not None and source.learner not in ways:
            raise FormatError(SETTING, f"{name}.learner", f"the format names learners by {', '.join(sorted(ways))}")
    return Sources(by_name)
