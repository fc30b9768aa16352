"""The setting `LMS_SOURCES`: what's special about each LMS, as a JSON object by source name.

A webhook sender is its own source, whatever its events claim. Here it goes by its name. In records it has another name,
which an event from the queue can't have. So senders can't change records that came by queue, and the reverse.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from activities.domain.terms import AssignmentType, Kind, PersonReferenceKind
from activities.intake.event_bus import Context
from activities.intake.formats.declaration import Declaration
from activities.intake.formats.errors import FormatError
from activities.intake.formats.tables import Table
from activities.intake.formats.values import Zone
from activities.intake.result import NATIVE

SETTING = "LMS_SOURCES"
# In records, a sender's name has this prefix. No format can have such a name.
_SENDERS = "webhook/"
_FORMER_SENDER = re.compile(rf"{_SENDERS}([a-z][a-z0-9]{{1,30}})")
# Native events say everything else themselves.
_NATIVE_SETTINGS = frozenset({"enrolments", "formerly", "time_zone"})


class SourceSettings(Table):
    """How to read the events of one LMS. Where a setting is None, the format decides."""

    model_config = ConfigDict(alias_generator=to_camel)

    time_zone: Zone | None = None
    passed_completes: bool = True
    assignment_type: AssignmentType = "required"
    assigners: Literal["all", "none"] | list[str] = "all"
    enrolments: Kind | None = None
    learner: PersonReferenceKind | None = None
    accept_untyped: bool = False
    assigned_again: Literal["continues", "startsOver"] = "continues"
    formerly: str | None = None

    @field_validator("assigners", mode="before")
    @classmethod
    def _assigners(cls, value: object) -> object:
        listed = isinstance(value, list) and all(isinstance(one, str) for one in value)
        if not listed and value not in ("all", "none"):
            raise ValueError("must be 'all', 'none', or a list of account ids, each of them text")
        return value

    def counts_as_assigner(self, account: str) -> bool:
        """Whether the person who enrolled the learner is shown as the assigner."""
        return self.assigners == "all" or (self.assigners != "none" and account in self.assigners)


_ADAPTER = TypeAdapter(dict[str, SourceSettings])
_DEFAULT = SourceSettings()


@dataclass(frozen=True, slots=True)
class Source:
    """One LMS, or one installation of it.

    Attributes:
        name: the source that owns the records made from its events.
        settings: how its events are read.
        formerly: its former name, under which it made records, if it had one.
        made_as: the name that goes into enrolment ids: the former name if that made such ids, or else the present one.
    """

    name: str
    settings: SourceSettings
    formerly: str | None
    made_as: str

    @property
    def sender(self) -> str | None:
        """The sender that ids are made for, which owns all accounts. None if events may name their accounts' source."""
        return self.made_as.removeprefix(_SENDERS) if self.made_as.startswith(_SENDERS) else None


@dataclass(frozen=True, slots=True)
class Sources:
    """The settings of all sources, and the format of each webhook sender.

    A source's name is that of a sender or a format, `native`, or `format:instance` for one of several installations.
    """

    by_name: Mapping[str, SourceSettings] = field(default_factory=dict)
    senders: Mapping[str, str] = field(default_factory=dict)

    def of(self, format_name: str, context: Context, instance: str | None = None) -> Source:
        """Return the source of an event in this format. `instance` is the installation, if the event names it.

        Publishers may use a different bus event source (`context.source`) for each event, so it counts only if it's in
        the setting.
        """
        if context.sender is not None:
            return self._source(f"{_SENDERS}{context.sender}", self.by_name.get(context.sender), format_name)
        name = format_name if instance is None else f"{format_name}:{instance}"
        sent_by = f"{format_name}:{context.source}"
        if instance is None and context.source is not None and sent_by in self.by_name:
            name = sent_by
        return self._source(name, None if name in self.senders else self.by_name.get(name), format_name)

    def _source(self, name: str, own: SourceSettings | None, format_name: str) -> Source:
        """Return the source with its own settings, or else those of its format, or else the defaults.

        It doesn't inherit its format's former name, because accounts of two sources could have the same ids.
        """
        former = None if own is None else own.formerly
        settings = own or self._of_format(format_name) or _DEFAULT
        return Source(name, settings, former, _made_as(name, former, format_name))

    def _of_format(self, name: str) -> SourceSettings | None:
        """Return the settings of a format, unless they're those of a sender with the same name but another format."""
        return self.by_name.get(name) if self.senders.get(name, name) == name else None


def _made_as(name: str, former: str | None, format_name: str) -> str:
    """Return the name that goes into ids: the former name if it made such ids, or else the present one.

    A former name in another format didn't make such ids, and its accounts are different ones.
    """
    made_ids = former is not None and (_format_of(former) == format_name or former.startswith(_SENDERS))
    return former if former is not None and made_ids else name


def read_sources(
    text: str | None, declarations: Mapping[str, Declaration], senders: Mapping[str, str] | None
) -> Sources:
    """Read the setting for the formats with these declarations and for these webhook senders, if they're known.

    Raises:
        FormatError: the text isn't JSON, has an unknown key or value, or doesn't fit the format.
    """
    known = senders or {}
    if not text:
        return Sources(senders=known)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(SETTING, "", f"not JSON: {error}") from error
    try:
        by_name = _ADAPTER.validate_python(value)
    except ValidationError as error:
        raise FormatError.from_validation(SETTING, error) from error
    for name, source in by_name.items():
        format_name = known.get(name, _format_of(name))
        if format_name == NATIVE:
            _check_native(name, source)
        elif format_name in declarations:
            _check(name, source, declarations[format_name])
        elif name not in known and senders is not None:
            names = ", ".join(sorted({*declarations, *known}))
            raise FormatError(SETTING, name, f"no such format or sender; choose from {names}")
        _check_former(name, by_name, declarations, known)
    return Sources(by_name, known)


def _format_of(name: str) -> str:
    return name.partition(":")[0]


def _check_native(name: str, source: SourceSettings) -> None:
    for key in sorted(source.model_fields_set - _NATIVE_SETTINGS):
        raise FormatError(SETTING, f"{name}.{to_camel(key)}", "native events say this themselves")


def _check(name: str, source: SourceSettings, declaration: Declaration) -> None:
    kinds = declaration.learner_reference_kinds
    if source.learner is not None and source.learner not in kinds:
        raise FormatError(SETTING, f"{name}.learner", f"the format names learners by {', '.join(sorted(kinds))}")
    if source.assigned_again == "startsOver" and not declaration.tells_enrolments:
        raise FormatError(SETTING, f"{name}.assignedAgain", "the format can't tell new enrolments from updates")
    if source.accept_untyped and not declaration.knows_untyped:
        raise FormatError(SETTING, f"{name}.acceptUntyped", "the format doesn't require objects to have a type")


def _check_former(
    name: str,
    by_name: Mapping[str, SourceSettings],
    declarations: Mapping[str, Declaration],
    senders: Mapping[str, str],
) -> None:
    former = by_name[name].formerly
    if former is None:
        return
    key = f"{name}.formerly"
    sender = _FORMER_SENDER.fullmatch(former)
    if sender is not None and sender[1] in senders:
        raise FormatError(SETTING, key, "this sender still sends events itself")
    if sender is None and _format_of(former) not in {NATIVE, *declarations}:
        problem = f"no such source; use {NATIVE}, a format, format:installation, or {_SENDERS} and a sender's name"
        raise FormatError(SETTING, key, problem)
    # A sender may continue with the records of a format that has the same name.
    same = former == name
    renamed = not same and by_name.get(former, _DEFAULT).formerly is not None
    if renamed or (same and name not in senders):
        raise FormatError(SETTING, key, "must be the name under which the records were made")
    if [source.formerly for source in by_name.values()].count(former) > 1:
        raise FormatError(SETTING, key, "two sources can't continue with the same records")
