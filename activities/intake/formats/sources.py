"""The setting `LMS_SOURCES`: what is special about each LMS, as a JSON object by the name of the source."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from activities.domain.terms import AssignmentType, Kind, PersonReferenceKind
from activities.intake.formats.errors import FormatError

SETTING = "LMS_SOURCES"


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


class SourceSettings(BaseModel):
    """How to read the events of one LMS. The format decides what is None here."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, alias_generator=to_camel
    )

    time_zone: Zone | None = None
    passed_completes: bool = True
    assignment_type: AssignmentType = "required"
    assigners: Literal["all", "none"] | list[str] = "all"
    enrolments: Kind | None = None
    learner: PersonReferenceKind | None = None

    def counts_as_assigner(self, account: str) -> bool:
        """Whether the person who enrolled the learner is shown as the assigner."""
        return self.assigners == "all" or (self.assigners != "none" and account in self.assigners)


_ADAPTER = TypeAdapter(dict[str, SourceSettings])
_DEFAULT = SourceSettings()


@dataclass(frozen=True, slots=True)
class Sources:
    """The settings of all sources. A name is `format`, or `format:instance` for one installation of several."""

    by_name: Mapping[str, SourceSettings] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.by_name

    def settings(self, name: str, format_name: str) -> SourceSettings:
        """The settings of a source, else those of its format, else the defaults."""
        return self.by_name.get(name) or self.by_name.get(format_name) or _DEFAULT


def read_sources(text: str | None, reference_kinds: Mapping[str, Collection[PersonReferenceKind]]) -> Sources:
    """Read the setting. `reference_kinds` lists for each known format by which references it can name learners.

    Raises:
        FormatError: the text is not JSON, has an unknown key or value, or does not fit the format.
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
        raise FormatError.from_validation(SETTING, error) from error
    for name, source in by_name.items():
        kinds = reference_kinds.get(name.partition(":")[0])
        if kinds is None:
            raise FormatError(SETTING, name, f"no such format; there are {', '.join(sorted(reference_kinds))}")
        if source.learner is not None and source.learner not in kinds:
            raise FormatError(SETTING, f"{name}.learner", f"the format names learners by {', '.join(sorted(kinds))}")
    return Sources(by_name)
