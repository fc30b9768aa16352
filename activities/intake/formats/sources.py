"""The setting `LMS_SOURCES`: what is special about each LMS, as a JSON object by the name of the source."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from activities.domain.terms import AssignmentType, Kind, PersonReferenceKind
from activities.intake.formats.declaration import Declaration
from activities.intake.formats.errors import FormatError
from activities.intake.formats.values import Zone
from activities.intake.result import NATIVE

SETTING = "LMS_SOURCES"
# A native event says everything else itself.
_NATIVE_SETTINGS = frozenset({"enrolments", "formerly", "time_zone"})


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
    accept_untyped: bool = False
    assigned_again: Literal["continues", "startsOver"] = "continues"
    formerly: str | None = None

    def counts_as_assigner(self, account: str) -> bool:
        """Whether the person who enrolled the learner is shown as the assigner."""
        return self.assigners == "all" or (self.assigners != "none" and account in self.assigners)


_ADAPTER = TypeAdapter(dict[str, SourceSettings])
_DEFAULT = SourceSettings()


@dataclass(frozen=True, slots=True)
class Sources:
    """The settings of all sources.

    A name is that of a format or `native`, or it is `format:instance` for one installation of several.
    """

    by_name: Mapping[str, SourceSettings] = field(default_factory=dict)

    def name(self, format_name: str, sent_by: str | None) -> str:
        """The source of an event of this format that does not name its installation.

        Publishers may vary the source of a bus event (`sent_by`) from event to event, so it counts only if the setting
        names it.
        """
        name = f"{format_name}:{sent_by}"
        return name if sent_by is not None and name in self.by_name else format_name

    def settings(self, name: str, format_name: str) -> SourceSettings:
        """The settings of a source, else those of its format, else the defaults."""
        return self.by_name.get(name) or self.by_name.get(format_name) or _DEFAULT

    def formerly(self, name: str) -> str | None:
        """The name under which records of this very source were made before.

        The installations of a format do not inherit it: accounts of two could have the same ids.
        """
        settings = self.by_name.get(name)
        return None if settings is None else settings.formerly


def read_sources(text: str | None, declarations: Mapping[str, Declaration]) -> Sources:
    """Read the setting for the formats with these declarations.

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
        if _format_of(name) == NATIVE:
            _check_native(name, source)
        else:
            _check(name, source, declarations)
        _check_former(name, by_name, declarations)
    return Sources(by_name)


def _format_of(name: str) -> str:
    return name.partition(":")[0]


def _check_native(name: str, source: SourceSettings) -> None:
    for key in sorted(source.model_fields_set - _NATIVE_SETTINGS):
        raise FormatError(SETTING, f"{name}.{to_camel(key)}", "native events say this themselves")


def _check(name: str, source: SourceSettings, declarations: Mapping[str, Declaration]) -> None:
    declaration = declarations.get(_format_of(name))
    if declaration is None:
        raise FormatError(SETTING, name, f"no such format; there are {', '.join(sorted(declarations))}")
    kinds = declaration.learner_reference_kinds
    if source.learner is not None and source.learner not in kinds:
        raise FormatError(SETTING, f"{name}.learner", f"the format names learners by {', '.join(sorted(kinds))}")
    if source.assigned_again == "startsOver" and not declaration.tells_enrolments:
        raise FormatError(SETTING, f"{name}.assignedAgain", "the format does not tell new enrolments from updates")
    if source.accept_untyped and not declaration.knows_untyped:
        raise FormatError(SETTING, f"{name}.acceptUntyped", "the format requires no type of an object")


def _check_former(name: str, by_name: Mapping[str, SourceSettings], declarations: Mapping[str, Declaration]) -> None:
    former = by_name[name].formerly
    if former is None:
        return
    key = f"{name}.formerly"
    if _format_of(former) not in {NATIVE, *declarations}:
        raise FormatError(SETTING, key, f"no such source; it is a format or {NATIVE}, or format:installation")
    if former == name or by_name.get(former, _DEFAULT).formerly is not None:
        raise FormatError(SETTING, key, "must be the name under which the records were made")
    if [source.formerly for source in by_name.values()].count(former) > 1:
        raise FormatError(SETTING, key, "two sources cannot go on with the same records")
