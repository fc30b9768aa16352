"""The parts of a native event as frozen models: people, courses, the terms of an assignment, progress.

`docs/events.md` explains them. Properties without a field here are ignored, so publishers may add their own.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self, cast

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from activities.domain.canonical import canonical_address, canonical_id
from activities.domain.instants import NOT_A_TIME, is_no_time, read_due, read_time
from activities.domain.numbers import read_percentage
from activities.domain.terms import AssignmentType, Reference, ReferenceKind, Status
from activities.domain.zones import zone_of

# A column of an Azure table holds 32,768 UTF-16 code units. The rest is for the field's clock.
MAX_NOTES = 30_000

_CONTROL = r"\x00-\x1f\x7f-\x9f"
# Allows more than Entra allows in a user principal name, but nothing that would change the path of a request.
_NAME_PART = rf'[^@\s{_CONTROL}/\\?#%:\[\]{{}}<>|"`]+'
# A date, or a date and a time of day without an offset.
_WALL_CLOCK = r"^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?)?$"
_PRINCIPAL_NAME = rf"^{_NAME_PART}@{_NAME_PART}$"
_NO_CONTROL = rf"^[^{_CONTROL}]*$"
# The same, but not blank.
_LOOKED_UP = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"


def _in_form(canonical: Callable[[str], str]) -> BeforeValidator:
    """Convert text to its canonical form. Leave anything else to the type's own validation."""
    return BeforeValidator(lambda value: canonical(value) if isinstance(value, str) else value)


def _principal_name(value: str) -> str:
    if not re.fullmatch(_PRINCIPAL_NAME, value):
        raise ValueError("not a user principal name: exactly one @, and no spaces or characters like / \\ ? # %")
    return value


def _without_control(value: str) -> str:
    """Refuse a control character. This value is looked up, so it becomes part of a URL, which can't contain one."""
    if re.search(f"[{_CONTROL}]", value):
        raise ValueError("has a control character")
    return value


_Share = Annotated[float, Field(ge=0)]
_ShareInText = Annotated[str, StringConstraints(pattern=r"^\d{1,30}(\.\d{1,30})?$")]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=2048, pattern=r"\S")]
CanonicalId = Annotated[Identifier, _in_form(canonical_id)]
LookedUpId = Annotated[Identifier, AfterValidator(_without_control), Field(json_schema_extra={"pattern": _LOOKED_UP})]
Guid = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
    _in_form(canonical_id),
]
_Address = Annotated[str, StringConstraints(min_length=3, max_length=320), _in_form(canonical_address)]
Address = Annotated[_Address, AfterValidator(_without_control), Field(json_schema_extra={"pattern": _NO_CONTROL})]
PrincipalName = Annotated[
    _Address, AfterValidator(_principal_name), Field(json_schema_extra={"pattern": _PRINCIPAL_NAME})
]
Percentage = Annotated[int, BeforeValidator(read_percentage, json_schema_input_type=_Share | _ShareInText)]


def _iso_text(value: object) -> datetime:
    """Read a time from text. Refuse a bare number, which could be seconds or milliseconds."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and not is_no_time(value):
        return read_time(value)
    raise ValueError(NOT_A_TIME)


def _to_utc(value: datetime) -> datetime:
    """Convert an instant to UTC, for comparisons in the ledger and for Graph."""
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the calendar") from error


Instant = Annotated[AwareDatetime, BeforeValidator(_iso_text), AfterValidator(_to_utc)]
OptionalInstant = Annotated[
    Instant | None,
    BeforeValidator(lambda value: None if isinstance(value, str) and is_no_time(value) else value),
]


class Part(BaseModel):
    """What all parts of an event share: frozen, camelCase on the wire, unknown properties ignored."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, extra="ignore")


def _named_somehow(schema: dict[str, Any]) -> None:
    """Add to a referent's schema that at least one of its properties must have a value."""
    schema["anyOf"] = [
        {"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in schema["properties"]
    ]


class _Referent(Part):
    """Somebody or something that can be named in several ways. The first field with a value counts."""

    model_config = ConfigDict(json_schema_extra=_named_somehow)

    @property
    def reference(self) -> Reference:
        """The reference that counts, in the form that the ledger stores and compares."""
        name = next(name for name in type(self).model_fields if getattr(self, name) is not None)
        value = getattr(self, name)
        text = f"{value.source}\n{value.id}" if isinstance(value, LmsAccount) else str(value)
        return Reference(cast("ReferenceKind", to_camel(name)), text)

    @model_validator(mode="after")
    def _named(self) -> Self:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise ValueError("has no property that names a person or a course")
        return self


class LmsAccount(Part):
    """A user, named by the LMS's own id. It needs a row in the `people` table."""

    source: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\n]+$")]
    id: CanonicalId


class Person(_Referent):
    """A learner or an assigner."""

    entra_object_id: Guid | None = None
    user_principal_name: PrincipalName | None = None
    email: Address | None = None
    employee_id: LookedUpId | None = None
    lms_account: LmsAccount | None = None


class Course(_Referent):
    """A course, named by its id in Viva Learning or its id in the learning provider's catalogue."""

    learning_content_id: CanonicalId | None = None
    external_id: LookedUpId | None = None


class DueDate(Part):
    """A due date as a local time and its zone (Graph's dateTimeTimeZone)."""

    date_time: Annotated[str, WithJsonSchema({"type": "string", "pattern": _WALL_CLOCK})]
    time_zone: Annotated[str, StringConstraints(min_length=1, max_length=100)]


def _due_date(value: object, info: ValidationInfo) -> object:
    """Convert a due date in any notation to an instant. If it has no zone of its own, it's in the source's zone."""
    if isinstance(value, str):
        zone = info.context.get("zone") if info.context else None
        return None if is_no_time(value) else read_due(value, zone)
    if isinstance(value, dict):
        try:
            due = DueDate.model_validate(value)
        except ValidationError:
            raise ValueError("neither a dateTime with its timeZone nor an instant with an offset") from None
        return None if is_no_time(due.date_time) else read_due(due.date_time, zone_of(due.time_zone))
    return value


class Notes(Part):
    """The text that the learner sees with the assignment."""

    content_type: Literal["text", "html"] = "text"
    content: Annotated[str, StringConstraints(min_length=1)]

    @field_validator("content")
    @classmethod
    def _fits(cls, value: str) -> str:
        # Quotes and control characters take up more space in the ledger than in the text.
        if len(json.dumps(value, ensure_ascii=False).encode("utf-16-le", "surrogatepass")) // 2 > MAX_NOTES:
            raise ValueError(f"notes are too long; at most {MAX_NOTES} characters fit")
        return value


class Assignment(Part):
    """The terms of an assignment."""

    type: AssignmentType
    assigner: Person | None = None
    assigned_at: OptionalInstant = None
    due_at: Annotated[
        Instant | None, BeforeValidator(_due_date, json_schema_input_type=DueDate | AwareDatetime | date | None)
    ] = None
    notes: Notes | None = None


class Progress(Part):
    """How far along the learner is. The percentage is how much of the course is done, never a score."""

    status: Status | None = None
    percentage: Percentage | None = None
    started_at: OptionalInstant = None
    completed_at: OptionalInstant = None
