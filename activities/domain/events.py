"""The native event: the contract between an LMS and this app, as frozen models.

The events of every LMS are translated into these. After that, nothing depends on the format they came in. The JSON
Schema in `docs/` is generated from these models, and `docs/events.md` explains them. Unknown properties are ignored, so
publishers may add their own.
"""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator

from activities.domain.event_parts import Assignment, Course, Identifier, Instant, Part, Person, Progress
from activities.domain.terms import Kind

SPEC_VERSION = "1.0"


class _Event(Part):
    """What all types of events have in common."""

    spec_version: Literal["1.0"]
    event_id: Identifier
    occurred_at: Instant
    enrollment_id: Identifier
    activity: Kind | None = None
    assignment: Assignment | None = None
    progress: Progress | None = None
    # If true, what occurred before this event no longer counts. An unassignment starts nothing, so it ignores this.
    starts_over: Annotated[
        bool,
        BeforeValidator(lambda value: False if value is None else value, json_schema_input_type=bool | None),
        Field(strict=True, exclude_if=lambda value: not value),
    ] = False

    @property
    def completes(self) -> bool:
        """Whether this event says that the course is completed."""
        return self.progress is not None and self.progress.status == "completed"


class _Identified(_Event):
    """An event that may be the first of its enrolment, and therefore names the learner and the course."""

    learner: Person
    course: Course


class CourseAssigned(_Identified):
    """Somebody assigned the course to the learner, or changed the terms."""

    event_type: Literal["course.assigned"] = "course.assigned"
    # As everywhere else, null means that there's no value. The activity is an assignment anyway.
    activity: Annotated[
        Literal["assignment"],
        BeforeValidator(
            lambda value: "assignment" if value is None else value, json_schema_input_type=Literal["assignment"] | None
        ),
    ] = "assignment"
    assignment: Assignment


class CourseStarted(_Identified):
    """The learner started the course."""

    event_type: Literal["course.started"] = "course.started"


class CourseProgressed(_Identified):
    """The learner made progress, or the LMS is stating the status again."""

    event_type: Literal["course.progressed"] = "course.progressed"


class CourseCompleted(_Identified):
    """The learner completed the course."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [{"properties": {"progress": {"properties": {"status": {"enum": ["completed", None]}}}}}]
        }
    )

    event_type: Literal["course.completed"] = "course.completed"

    @property
    def completes(self) -> bool:
        """Always true."""
        return True

    @model_validator(mode="after")
    def _not_contradicted(self) -> Self:
        if self.progress is not None and self.progress.status not in (None, "completed"):
            raise ValueError("a completion can't have any status other than completed")
        return self


class CourseUnassigned(_Event):
    """The enrolment was withdrawn. A completed activity stays."""

    event_type: Literal["course.unassigned"] = "course.unassigned"
    learner: Person | None = None
    course: Course | None = None


LearningEvent = CourseAssigned | CourseStarted | CourseProgressed | CourseCompleted | CourseUnassigned

ADAPTER: TypeAdapter[LearningEvent] = TypeAdapter(Annotated[LearningEvent, Field(discriminator="event_type")])
