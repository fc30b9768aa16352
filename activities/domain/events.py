"""The native event: the contract between an LMS and this app, as frozen models.

Every LMS format is translated into one of these; from here on nothing depends on where an event came from. The
JSON Schema in `docs/` is generated from these models; `docs/events.md` explains them. Properties that are not named
here are ignored, so that a publisher may add its own.
"""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

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
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

SPEC_VERSION = "1.0"
# A property of an Azure table row holds 32,768 UTF-16 units; the rest is room for the field's clock.
MAX_NOTES = 30_000

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=2048, pattern=r"\S")]
Guid = Annotated[
    str,
    StringConstraints(
        to_lower=True, pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", strip_whitespace=True
    ),
]
Address = Annotated[str, StringConstraints(to_lower=True, strip_whitespace=True, min_length=3, max_length=320)]
Percentage = Annotated[int, Field(strict=True, ge=0, le=100)]

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}")


def _iso_text(value: object) -> object:
    """Let only ISO 8601 text through: a bare number could be seconds or milliseconds."""
    if isinstance(value, datetime) or (isinstance(value, str) and _ISO.match(value)):
        return value
    raise ValueError("not an ISO 8601 date and time")


def _to_utc(value: datetime) -> datetime:
    """Bring an instant to UTC, which is what the ledger compares and Graph is sent."""
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside of the calendar") from error


Instant = Annotated[AwareDatetime, BeforeValidator(_iso_text), AfterValidator(_to_utc)]
INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


class _Part(BaseModel):
    """What all parts of an event share: frozen, camelCase on the wire, unknown properties ignored."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class _Reference(_Part):
    """Names somebody or something in one of several ways; the first way in the order of the fields counts."""

    def key(self) -> tuple[str, str]:
        """The way and the value that count, which is what the ledger stores and compares."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value is not None:
                text = f"{value.source}\n{value.id}" if isinstance(value, LmsAccount) else str(value)
                return field.alias or name, text
        raise AssertionError("the validator lets no empty reference through")  # pragma: no cover

    @model_validator(mode="after")
    def _named(self) -> Self:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise ValueError("nothing in it that names anybody or anything")
        return self


class LmsAccount(_Part):
    """A user by the identifier of the LMS itself; needs a row in the `people` table."""

    source: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\n]+$")]
    id: Identifier


class Person(_Reference):
    """A learner or an assigner."""

    entra_object_id: Guid | None = None
    user_principal_name: Address | None = None
    email: Address | None = None
    employee_id: Identifier | None = None
    lms_account: LmsAccount | None = None


class Course(_Reference):
    """A course: by its id in Viva Learning, or by the id under which the provider's catalogue knows it."""

    learning_content_id: Identifier | None = None
    external_id: Identifier | None = None


class DueDate(_Part):
    """A due date as a wall-clock time in a zone (Graph's dateTimeTimeZone)."""

    date_time: Annotated[
        datetime,
        BeforeValidator(_iso_text),
        # The schema's "date-time" would demand an offset.
        WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$"}),
    ]
    time_zone: Annotated[str, StringConstraints(min_length=1, max_length=100)]

    @field_validator("date_time")
    @classmethod
    def _wall_clock(cls, value: datetime) -> datetime:
        if value.tzinfo is not None:
            raise ValueError("a wall-clock time has no offset: the zone is in timeZone")
        return value


def _due_date(value: object) -> object:
    """Accept an instant with offset where a date with a zone is due."""
    if isinstance(value, str):
        try:
            instant = INSTANT.validate_python(value)
        except ValidationError:
            raise ValueError("neither a date with a zone nor an instant with offset") from None
        return {"dateTime": instant.replace(tzinfo=None), "timeZone": "UTC"}
    return value


class Notes(_Part):
    """What the learner reads beside the assignment."""

    content_type: Literal["text", "html"] = "text"
    content: Annotated[str, StringConstraints(min_length=1)]

    @field_validator("content")
    @classmethod
    def _fits(cls, value: str) -> str:
        # Quotes and control characters take more room in the ledger than in the text.
        if len(json.dumps(value, ensure_ascii=False).encode("utf-16-le", "surrogatepass")) // 2 > MAX_NOTES:
            raise ValueError(f"notes do not fit: {MAX_NOTES} characters at most")
        return value


class Assignment(_Part):
    """The terms of an assignment."""

    type: Literal["required", "recommended"]
    assigner: Person | None = None
    assigned_at: Instant | None = None
    due_at: Annotated[
        DueDate | None, BeforeValidator(_due_date, json_schema_input_type=DueDate | AwareDatetime | None)
    ] = None
    notes: Notes | None = None


class Progress(_Part):
    """How far the learner is. A percentage is of the course, never a score."""

    status: Literal["notStarted", "inProgress", "completed"] | None = None
    percentage: Percentage | None = None
    started_at: Instant | None = None
    completed_at: Instant | None = None


class _Event(_Part):
    """What every event says."""

    spec_version: Literal["1.0"]
    event_id: Identifier
    occurred_at: Instant
    enrollment_id: Identifier
    activity: Literal["assignment", "selfInitiated"] | None = None
    assignment: Assignment | None = None
    progress: Progress | None = None

    @property
    def completes(self) -> bool:
        """Whether this event states that the course is completed."""
        return self.progress is not None and self.progress.status == "completed"


class _Identified(_Event):
    """An event that can be the first of its enrolment, so it names learner and course."""

    learner: Person
    course: Course


class CourseAssigned(_Identified):
    """Somebody assigned the course to the learner, or changed the terms."""

    event_type: Literal["course.assigned"] = "course.assigned"
    # Null means that nothing is said, as everywhere; what is assigned is an assignment all the same.
    activity: Annotated[Literal["assignment"], BeforeValidator(lambda value: value or "assignment")] = "assignment"
    assignment: Assignment


class CourseStarted(_Identified):
    """The learner began."""

    event_type: Literal["course.started"] = "course.started"


class CourseProgressed(_Identified):
    """The learner is further than before, or the LMS states the status anew."""

    event_type: Literal["course.progressed"] = "course.progressed"


class CourseCompleted(_Identified):
    """The learner completed the course."""

    event_type: Literal["course.completed"] = "course.completed"

    @property
    def completes(self) -> bool:
        """Always: that is what the event says."""
        return True

    @model_validator(mode="after")
    def _not_contradicted(self) -> Self:
        if self.progress is not None and self.progress.status not in (None, "completed"):
            raise ValueError("a completion whose status says otherwise")
        return self


class CourseUnassigned(_Event):
    """The enrolment was withdrawn; what is completed stays."""

    event_type: Literal["course.unassigned"] = "course.unassigned"
    learner: Person | None = None
    course: Course | None = None


LearningEvent = CourseAssigned | CourseStarted | CourseProgressed | CourseCompleted | CourseUnassigned

ADAPTER: TypeAdapter[LearningEvent] = TypeAdapter(Annotated[LearningEvent, Field(discriminator="event_type")])


def complaint(error: ValidationError) -> str:
    """Say which fields are wrong and how, without a value of the event in it.

    Pydantic's own messages may quote the input, so its error codes stand for them; our validators' texts are constant.
    """
    return "; ".join(
        f"{'.'.join(str(part) for part in _path(found['loc'])) or 'event'}: "
        f"{found['msg'].removeprefix('Value error, ') if found['type'] == 'value_error' else found['type']}"
        for found in error.errors(include_url=False, include_context=False, include_input=False)[:10]
    )


def _path(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Drop the event type, by which the union of models begins its paths."""
    return location[1:] if location and str(location[0]).startswith("course.") else location
