"""From what is wanted to the SDK's models: the one place where LMS words and Graph words meet. Pure.

The SDK validates nothing and drops silently what has the wrong type, so every property is given exactly the type that
it expects. Sources: Graph v1.0 reference, "Create learningCourseActivity" and "Update learningCourseActivity".
"""

from dataclasses import dataclass
from datetime import datetime

from msgraph.generated.models.assignment_type import AssignmentType
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.course_status import CourseStatus
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.learning_assignment import LearningAssignment
from msgraph.generated.models.learning_course_activity import LearningCourseActivity
from msgraph.generated.models.learning_self_initiated_course import LearningSelfInitiatedCourse

from activities.domain.record import Wanted

ASSIGNMENT = "#microsoft.graph.learningAssignment"
SELF_INITIATED = "#microsoft.graph.learningSelfInitiatedCourse"


@dataclass(frozen=True, slots=True)
class Resolved:
    """The references of a `Fixed`, as Graph wants them."""

    learner_user_id: str
    learning_content_id: str
    assigner_user_id: str | None = None


def update_body(wanted: Wanted) -> LearningAssignment | LearningSelfInitiatedCourse:
    """The body of an update: nothing but what Graph lets change, so that no reference has to be resolved."""
    if wanted.fixed.kind == "assignment":
        return LearningAssignment(
            odata_type=ASSIGNMENT,
            assigned_date_time=_instant(wanted.assigned_at),
            completed_date_time=_instant(wanted.completed_at),
            completion_percentage=wanted.percentage,
            due_date_time=_due(wanted),
            notes=_notes(wanted),
            status=CourseStatus(wanted.status),
        )
    return LearningSelfInitiatedCourse(
        odata_type=SELF_INITIATED,
        started_date_time=_instant(wanted.started_at),
        completed_date_time=_instant(wanted.completed_at),
        completion_percentage=wanted.percentage,
        status=CourseStatus(wanted.status),
    )


def create_body(wanted: Wanted, resolved: Resolved, provider_id: str) -> LearningCourseActivity:
    """The body of a create: an update's, and what never changes afterwards.

    The provider id stands in an assignment only, as in the reference's two examples.
    """
    body = update_body(wanted)
    body.externalcourse_activity_id = wanted.enrollment_id
    body.learner_user_id = resolved.learner_user_id
    body.learning_content_id = resolved.learning_content_id
    if isinstance(body, LearningAssignment):
        body.learning_provider_id = provider_id
        body.assignment_type = AssignmentType(wanted.fixed.assignment_type)
        # Assigning None would send a null under a wrong name.
        if resolved.assigner_user_id is not None:
            body.assigner_user_id = resolved.assigner_user_id
    return body


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _due(wanted: Wanted) -> DateTimeTimeZone | None:
    if wanted.due_at is None:
        return None
    moment = datetime.fromisoformat(wanted.due_at[0])
    # Seven digits of a second, as Graph itself writes them.
    return DateTimeTimeZone(date_time=f"{moment:%Y-%m-%dT%H:%M:%S.%f}0", time_zone=wanted.due_at[1])


def _notes(wanted: Wanted) -> ItemBody | None:
    return None if wanted.notes is None else ItemBody(content_type=BodyType(wanted.notes[0]), content=wanted.notes[1])
