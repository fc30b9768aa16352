"""The parts of a native event as frozen models: people, courses, terms of an assignment, progress.

`docs/events.md` explains them. Properties that have no field here are ignored, so that a publisher may add its own.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal, Self, cast

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from activities.domain.canonical import canonical_address, canonical_id
from activities.domain.instants import NOT_A_TIME, read_time
from activities.domain.terms import AssignmentType, Reference, ReferenceKind, Status

# A column of an Azure table holds 32,768 UTF-16 units. The difference is room for the clock of the field.
MAX_NOTES = 30_000

_CONTROL = r"\x00-\x1f\x7f-\x9f"
# More than Entra allows in a user principal name, but nothing that would change the path of a request for the user.
_NAME_PART = rf'[^@\s{_CONTROL}/\\?#%:\[\]{{}}<>|"`]+'
_PRINCIPAL_NAME = rf"^{_NAME_PART}@{_NAME_PART}$"


def _in_form(canonical: Callable[[str], str]) -> BeforeValidator:
    """Bring text to its canonical form. What is not text is left to the type's own validation."""
    return BeforeValidator(lambda value: canonical(value) if isinstance(value, str) else value)


def _principal_name(value: str) -> str:
    if not re.fullmatch(_PRINCIPAL_NAME, value):
        raise ValueError("not a user principal name: exactly one @, and no spaces or characters like / \\ ? # %")
    return value


def _without_control(value: str) -> str:
    """Refuse what no URL can carry. This value is looked up, so it will be part of one."""
    if re.search(f"[{_CONTROL}]", value):
        raise ValueError("has a control character")
    return value


Identifier = Annotated[str, StringConstraints(min_length=1, max_length=2048, pattern=r"\S")]
CanonicalId = Annotated[Identifier, _in_form(canonical_id)]
LookedUpId = Annotated[Identifier, AfterValidator(_without_control)]
Guid = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
    _in_form(canonical_id),
]
_Address = Annotated[str, StringConstraints(min_length=3, max_length=320), _in_form(canonical_address)]
Address = Annotated[_Address, AfterValidator(_without_control)]
PrincipalName = Annotated[
    _Address, AfterValidator(_principal_name), Field(json_schema_extra={"pattern": _PRINCIPAL_NAME})
]
Percentage = Annotated[int, Field(strict=True, ge=0, le=100)]


def _iso_text(value: object) -> datetime:
    """Read a time from text. A bare number could be seconds or milliseconds."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return read_time(value)
    raise ValueError(NOT_A_TIME)


def _to_utc(value: datetime) -> datetime:
    """Convert an instant to UTC, which the ledger compares and Graph receives."""
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the calendar") from error


Instant = Annotated[AwareDatetime, BeforeValidator(_iso_text), AfterValidator(_to_utc)]
INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


class Part(BaseModel):
    """What all parts of an event share: frozen, camelCase on the wire, unknown properties ignored."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class _Referent(Part):
    """Somebody or something that can be named in several ways. The first field that has a value counts."""

    @property
    def reference(self) -> Reference:
        """The reference that counts, as the ledger stores and compares it."""
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
    """A user by the LMS's own identifier, which needs a row in the `people` table."""

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
    """A course, by its id in Viva Learning or by its id in the provider's catalogue."""

    learning_content_id: CanonicalId | None = None
    external_id: LookedUpId | None = None


class DueDate(Part):
    """A due date as a wall-clock time in a zone (Graph's dateTimeTimeZone)."""

    date_time: Annotated[
        datetime,
        BeforeValidator(_iso_text),
        # In JSON Schema, "date-time" requires an offset.
        WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$"}),
    ]
    time_zone: Annotated[str, StringConstraints(min_length=1, max_length=100)]

    @field_validator("date_time")
    @classmethod
    def _wall_clock(cls, value: datetime) -> datetime:
        if value.tzinfo is not None:
            raise ValueError("a wall-clock time has no offset; give the zone in timeZone")
        return value


def _due_date(value: object) -> object:
    """Accept an instant with an offset in place of a wall-clock time and its zone."""
    if isinstance(value, str):
        try:
            instant = INSTANT.validate_python(value)
        except ValidationError:
            raise ValueError("neither a wall-clock time with a zone nor an instant with an offset") from None
        return {"dateTime": instant.replace(tzinfo=None), "timeZone": "UTC"}
    return value


class Notes(Part):
    """The text that the learner reads beside the assignment."""

    content_type: Literal["text", "html"] = "text"
    content: Annotated[str, StringConstraints(min_length=1)]

    @field_validator("content")
    @classmethod
    def _fits(cls, value: str) -> str:
        # Quotes and control characters need more room in the ledger than in the text.
        if len(json.dumps(value, ensure_ascii=False).encode("utf-16-le", "surrogatepass")) // 2 > MAX_NOTES:
            raise ValueError(f"notes are too long; at most {MAX_NOTES} characters fit")
        return value


def _if_valid(value: object, validate: ValidatorFunctionWrapHandler) -> Person | None:
    """Leave out a person who cannot be read."""
    try:
        person: Person | None = validate(value)
    except ValidationError:
        return None
    return person


class Assignment(Part):
    """The terms of an assignment."""

    type: AssignmentType
    # An assigner is a decoration, so one that is wrong never costs the event.
    assigner: Annotated[Person | None, WrapValidator(_if_valid)] = None
    assigned_at: Instant | None = None
    due_at: Annotated[
        DueDate | None, BeforeValidator(_due_date, json_schema_input_type=DueDate | AwareDatetime | None)
    ] = None
    notes: Notes | None = None


class Progress(Part):
    """How far the learner has come. The percentage is the share of the course that is done, never a score."""

    status: Status | None = None
    percentage: Percentage | None = None
    started_at: Instant | None = None
    completed_at: Instant | None = None
