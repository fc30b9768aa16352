"""The native event: the contract between an LMS and this app, as frozen models.

Every event of an LMS is translated into one of these. From here on, nothing depends on the format it came in. The
JSON Schema in `docs/` is generated from these models, and `docs/events.md` explains them. Unknown properties are
ignored, so that a publisher may add its own.
"""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, model_validator

from activities.domain.event_parts import Assignment, Course, Identifier, Instant, Part, Person, Progress
from activities.domain.terms import Kind

SPEC_VERSION = "1.0"
# What the errors of pydantic mean to somebody who has to correct an event, by their codes.
_WORDS = {
    "missing": "missing",
    "model_type": "not an object",
    "model_attributes_type": "not an object",
    "dict_type": "not an object",
    "string_type": "not text",
    "string_too_short": "too short",
    "string_too_long": "too long",
    "string_pattern_mismatch": "blank, or not in its form",
    "int_type": "not a whole number",
    "bool_type": "neither true nor false",
    "less_than_equal": "too large",
    "greater_than_equal": "too small",
    "literal_error": "none of the values that it may have",
    "timezone_aware": "a time without an offset such as Z or +01:00",
    "union_tag_not_found": "eventType is missing",
    "union_tag_invalid": "eventType is none of the types that there are",
}


class _Event(Part):
    """What all types of events have."""

    spec_version: Literal["1.0"]
    event_id: Identifier
    occurred_at: Instant
    enrollment_id: Identifier
    activity: Kind | None = None
    assignment: Assignment | None = None
    progress: Progress | None = None
    # What occurred before this event counts no more. An unassignment starts nothing, so it is ignored there.
    starts_over: Annotated[
        bool,
        BeforeValidator(lambda value: False if value is None else value, json_schema_input_type=bool | None),
        Field(strict=True, exclude_if=lambda value: not value),
    ] = False

    @property
    def completes(self) -> bool:
        """Whether this event states that the course is completed."""
        return self.progress is not None and self.progress.status == "completed"


class _Identified(_Event):
    """An event that may be the first of its enrolment and therefore names learner and course."""

    learner: Person
    course: Course


class CourseAssigned(_Identified):
    """Somebody assigned the course to the learner, or changed the terms."""

    event_type: Literal["course.assigned"] = "course.assigned"
    # As everywhere, null means that there is no value. What is assigned is an assignment.
    activity: Annotated[Literal["assignment"], BeforeValidator(lambda value: value or "assignment")] = "assignment"
    assignment: Assignment


class CourseStarted(_Identified):
    """The learner began the course."""

    event_type: Literal["course.started"] = "course.started"


class CourseProgressed(_Identified):
    """The learner has made progress, or the LMS states the status again."""

    event_type: Literal["course.progressed"] = "course.progressed"


class CourseCompleted(_Identified):
    """The learner completed the course."""

    event_type: Literal["course.completed"] = "course.completed"

    @property
    def completes(self) -> bool:
        """Always true."""
        return True

    @model_validator(mode="after")
    def _not_contradicted(self) -> Self:
        if self.progress is not None and self.progress.status not in (None, "completed"):
            raise ValueError("a completion cannot have another status than completed")
        return self


class CourseUnassigned(_Event):
    """The enrolment was withdrawn. A completed activity stays."""

    event_type: Literal["course.unassigned"] = "course.unassigned"
    learner: Person | None = None
    course: Course | None = None


LearningEvent = CourseAssigned | CourseStarted | CourseProgressed | CourseCompleted | CourseUnassigned

ADAPTER: TypeAdapter[LearningEvent] = TypeAdapter(Annotated[LearningEvent, Field(discriminator="event_type")])


def complaint(error: ValidationError) -> str:
    """Say which fields are wrong and how, without any value of the event.

    Pydantic's messages may quote the input, so its error codes are put into words instead. The messages of our own
    validators are constant.
    """
    return "; ".join(
        f"{'.'.join(str(part) for part in _path(found['loc'])) or 'event'}: {_problem(found['type'], found['msg'])}"
        for found in error.errors(include_url=False, include_context=False, include_input=False)[:10]
    )


def _problem(code: str, message: str) -> str:
    return message.removeprefix("Value error, ") if code == "value_error" else _WORDS.get(code, code)


def _path(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Drop the event type, with which the union of models begins each path."""
    return location[1:] if location and str(location[0]).startswith("course.") else location
