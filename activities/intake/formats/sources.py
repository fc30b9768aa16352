"""The setting `LMS_SOURCES`: what is special about each LMS, as a JSON object by the name of the source.

A sender of webhooks is a source of its own, whatever its events claim, and is known here by its name. Records have
another name for it, which no event of the queue can have, so that neither changes what the other has sent.
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
# What the records of a sender are owned by: its name after this. No format can have such a name.
_SENDERS = "webhook/"
_FORMER_SENDER = re.compile(rf"{_SENDERS}([a-z][a-z0-9]{{1,30}})")
# A native event says everything else itself.
_NATIVE_SETTINGS = frozenset({"enrolments", "formerly", "time_zone"})


class SourceSettings(Table):
    """How to read the events of one LMS. The format decides what is None here."""

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
        name: who owns the records that its events make.
        settings: how its events are read.
        formerly: the name under which its records were made before, if it had another.
        made_as: the name that goes into the ids of enrolments: the former one, if it made such ids in this format.
    """

    name: str
    settings: SourceSettings
    formerly: str | None
    made_as: str

    @property
    def sender(self) -> str | None:
        """The sender that its ids are made for: all accounts are its own. None if events may name their source."""
        return self.made_as.removeprefix(_SENDERS) if self.made_as.startswith(_SENDERS) else None


@dataclass(frozen=True, slots=True)
class Sources:
    """The settings of all sources, and the format of each sender of webhooks.

    A name is that of a sender, of a format or `native`, or it is `format:instance` for one installation of several.
    """

    by_name: Mapping[str, SourceSettings] = field(default_factory=dict)
    senders: Mapping[str, str] = field(default_factory=dict)

    def of(self, format_name: str, context: Context, instance: str | None = None) -> Source:
        """The source of an event of this format, whose installation the event may name.

        Publishers may vary the source of a bus event (`context.source`) from event to event, so it counts only if the
        setting names it.
        """
        if context.sender is not None:
            return self._source(f"{_SENDERS}{context.sender}", self.by_name.get(context.sender), format_name)
        name = format_name if instance is None else f"{format_name}:{instance}"
        sent_by = f"{format_name}:{context.source}"
        if instance is None and context.source is not None and sent_by in self.by_name:
            name = sent_by
        return self._source(name, None if name in self.senders else self.by_name.get(name), format_name)

    def _source(self, name: str, own: SourceSettings | None, format_name: str) -> Source:
        """The source with its own settings, if it has any, else those of its format, else the defaults.

        It does not inherit the former name of its format: accounts of two sources could have the same ids.
        """
        former = None if own is None else own.formerly
        settings = own or self._of_format(format_name) or _DEFAULT
        return Source(name, settings, former, _made_as(name, former, format_name))

    def _of_format(self, name: str) -> SourceSettings | None:
        """The settings of a format. A sender may have its name, and another format."""
        return self.by_name.get(name) if self.senders.get(name, name) == name else None


def _made_as(name: str, former: str | None, format_name: str) -> str:
    """The name that goes into ids. One of another format has made none of such ids, and its accounts are others'."""
    made_ids = former is not None and (_format_of(former) == format_name or former.startswith(_SENDERS))
    return former if former is not None and made_ids else name


def read_sources(
    text: str | None, declarations: Mapping[str, Declaration], senders: Mapping[str, str] | None
) -> Sources:
    """Read the setting for the formats with these declarations and these senders of webhooks, if they are known.

    Raises:
        FormatError: the text is not JSON, has an unknown key or value, or does not fit the format.
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
            raise FormatError(SETTING, name, f"no such format or sender; there are {names}")
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
        raise FormatError(SETTING, f"{name}.assignedAgain", "the format does not tell new enrolments from updates")
    if source.accept_untyped and not declaration.knows_untyped:
        raise FormatError(SETTING, f"{name}.acceptUntyped", "the format requires no type of an object")


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
        raise FormatError(SETTING, key, "this sender still sends itself")
    if sender is None and _format_of(former) not in {NATIVE, *declarations}:
        problem = f"no such source; it is a format or {NATIVE}, format:installation, or {_SENDERS}name of a sender"
        raise FormatError(SETTING, key, problem)
    # A sender may go on with the records of a format that has its name.
    same = former == name
    renamed = not same and by_name.get(former, _DEFAULT).formerly is not None
    if renamed or (same and name not in senders):
        raise FormatError(SETTING, key, "must be the name under which the records were made")
    if [source.formerly for source in by_name.values()].count(former) > 1:
        raise FormatError(SETTING, key, "two sources cannot go on with the same records")
