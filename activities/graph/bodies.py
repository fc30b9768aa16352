"""Turns the desired state into the SDK's models, and Graph's bodies into found activities. Pure.

This is the only place where the LMS's words meet Graph's. The SDK validates nothing and silently drops a value of the
wrong type, so every property gets exactly the type that it expects. Sources: Graph v1.0 reference, "Create
learningCourseActivity" and "Update learningCourseActivity".
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgraph.generated.models.assignment_type import AssignmentType
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.course_status import CourseStatus
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.learning_assignment import LearningAssignment
from msgraph.generated.models.learning_course_activity import LearningCourseActivity
from msgraph.generated.models.learning_self_initiated_course import LearningSelfInitiatedCourse

from activities.domain.desired import Desired
from activities.domain.found import Found, FoundActivity
from activities.domain.instants import read_due
from activities.domain.terms import ActivityType, Kind, OwnerIds, ResolvedIds
from activities.domain.zones import zone_of

ASSIGNMENT = "#microsoft.graph.learningAssignment"
SELF_INITIATED = "#microsoft.graph.learningSelfInitiatedCourse"


# For each kind of activity, the property that shows each attribute of the desired state.
_PROPERTIES: dict[Kind, dict[str, str]] = {
    "assignment": {
        "percentage": "completionPercentage",
        "completed_at": "completedDateTime",
        "assigned_at": "assignedDateTime",
        "due_at": "dueDateTime",
        "notes": "notes",
    },
    "selfInitiated": {
        "percentage": "completionPercentage",
        "completed_at": "completedDateTime",
        "started_at": "startedDateTime",
    },
}


def update_body(desired: Desired) -> LearningAssignment | LearningSelfInitiatedCourse:
    """Return the body of an update. It has only what Graph lets us change, so no reference has to be looked up.

    A value that was removed is sent as null, because Graph keeps what an update doesn't mention.
    """
    properties = _PROPERTIES[desired.kind]
    return _body(desired, {properties[name]: None for name in desired.cleared if name in properties})


def create_body(desired: Desired, ids: ResolvedIds) -> LearningCourseActivity:
    """Return the body of a create: that of an update without nulls, plus what never changes afterwards.

    Only an assignment has the provider id, as in the reference's two examples.
    """
    body = _body(desired, {})
    body.externalcourse_activity_id = desired.external_id
    body.learner_user_id = ids.ids.learner_user_id
    body.learning_content_id = ids.ids.learning_content_id
    if isinstance(body, LearningAssignment):
        body.learning_provider_id = desired.provider_id
        body.assignment_type = AssignmentType(desired.type.assignment_type)
        # Assigning None would send a null under the wrong name.
        if ids.assigner_user_id is not None:
            body.assigner_user_id = ids.assigner_user_id
    return body


def _body(desired: Desired, nulls: dict[str, Any]) -> LearningAssignment | LearningSelfInitiatedCourse:
    if desired.kind == "assignment":
        return LearningAssignment(
            odata_type=ASSIGNMENT,
            additional_data=nulls,
            assigned_date_time=_instant(desired.assigned_at),
            completed_date_time=_instant(desired.completed_at),
            completion_percentage=desired.percentage,
            due_date_time=_due(desired),
            notes=_notes(desired),
            status=CourseStatus(desired.status),
        )
    return LearningSelfInitiatedCourse(
        odata_type=SELF_INITIATED,
        additional_data=nulls,
        started_date_time=_instant(desired.started_at),
        completed_date_time=_instant(desired.completed_at),
        completion_percentage=desired.percentage,
        status=CourseStatus(desired.status),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _due(desired: Desired) -> DateTimeTimeZone | None:
    if desired.due_at is None:
        return None
    due = datetime.fromisoformat(desired.due_at).astimezone(UTC)
    # Seconds with seven decimal places, as Graph itself writes them.
    return DateTimeTimeZone(date_time=f"{due:%Y-%m-%dT%H:%M:%S.%f}0", time_zone="UTC")


def _notes(desired: Desired) -> ItemBody | None:
    return (
        None
        if desired.notes is None
        else ItemBody(content_type=BodyType(desired.notes.content_type), content=desired.notes.content)
    )


def found_activity(activity_id: str, body: Mapping[str, object], kind: Kind) -> FoundActivity:
    """Return the activity in the body of Graph's response. `kind` is used if the body doesn't name a kind."""
    learner, content = _text(body.get("learnerUserId")), _text(body.get("learningContentId"))
    # Object ids are the same in upper and lower case.
    ids = OwnerIds(learner.lower(), content) if learner and content else None
    says_type = body.get("@odata.type") == SELF_INITIATED or isinstance(body.get("assignmentType"), str)
    return FoundActivity(
        activity_id, _type(body, kind), ids, found_values(body), _found_notes(body.get("notes")), says_type
    )


def _type(body: Mapping[str, object], kind: Kind) -> ActivityType:
    kinds: dict[object, Kind] = {ASSIGNMENT: "assignment", SELF_INITIATED: "selfInitiated"}
    assignment_type = body.get("assignmentType")
    if kinds.get(body.get("@odata.type"), "assignment" if assignment_type else kind) == "selfInitiated":
        return ActivityType("selfInitiated")
    # An activity that this app didn't create may have a type that this app can't create.
    return ActivityType("assignment", "required" if assignment_type == "required" else "recommended")


def _found_notes(notes: object) -> tuple[str, str] | None:
    if not isinstance(notes, dict) or not (content := _text(notes.get("content"))):
        return None
    return "html" if str(notes.get("contentType")).lower() == "html" else "text", content


def found_values(body: Mapping[str, object]) -> Found:
    """Return the activity's values in the body of Graph's response."""
    percentage = body.get("completionPercentage")
    return Found(
        status=_text(body.get("status")),
        percentage=percentage if isinstance(percentage, int) else None,
        completed_at=_text(body.get("completedDateTime")),
        started_at=_text(body.get("startedDateTime")),
        assigned_at=_text(body.get("assignedDateTime")),
        due_at=_found_due(body.get("dueDateTime")),
    )


def _found_due(due: object) -> str | None:
    """Return a due date in UTC. Text that can't be read is returned as it is, and differs from every time."""
    if not isinstance(due, dict) or (text := _text(due.get("dateTime"))) is None:
        return None
    try:
        return read_due(text, zone_of(_text(due.get("timeZone")) or "UTC")).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return text


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
