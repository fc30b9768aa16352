"""The bodies of creates and updates, the same as those that `activities/graph/bodies.py` has the SDK write.

The contract tests compare the two.
"""

from datetime import datetime

from activities.domain.desired import Desired
from activities.domain.terms import ResolvedIds
from tests.simulation.memory.tenant import ASSIGNMENT, EXTERNAL_ID, SELF_INITIATED, TYPE, Body

_ASSIGNMENT = {
    "percentage": "completionPercentage",
    "completed_at": "completedDateTime",
    "assigned_at": "assignedDateTime",
    "due_at": "dueDateTime",
    "notes": "notes",
}
_SELF_INITIATED = {
    "percentage": "completionPercentage",
    "completed_at": "completedDateTime",
    "started_at": "startedDateTime",
}


def update_body(desired: Desired) -> Body:
    """Return the body of an update, with null for values that were cleared."""
    assigned = desired.kind == "assignment"
    body: Body = {TYPE: ASSIGNMENT if assigned else SELF_INITIATED, "status": desired.status}
    for name, sent in (_ASSIGNMENT if assigned else _SELF_INITIATED).items():
        value = getattr(desired, name)
        if value is not None:
            body[sent] = _value(name, value)
        elif name in desired.cleared:
            body[sent] = None
    return body


def create_body(desired: Desired, ids: ResolvedIds) -> Body:
    """Return the body of a create."""
    body = {name: value for name, value in update_body(desired).items() if value is not None}
    body |= {
        EXTERNAL_ID: desired.external_id,
        "learnerUserId": ids.ids.learner_user_id,
        "learningContentId": ids.ids.learning_content_id,
    }
    if desired.kind == "assignment":
        body |= {"learningProviderId": desired.provider_id, "assignmentType": desired.type.assignment_type}
        if ids.assigner_user_id is not None:
            body["assignerUserId"] = ids.assigner_user_id
    return body


def _value(name: str, value: object) -> object:
    if name == "due_at":
        due = datetime.fromisoformat(str(value))
        return {"dateTime": f"{due:%Y-%m-%dT%H:%M:%S.%f}0", "timeZone": "UTC"}
    if name == "notes":
        content_type, content = value  # type: ignore[misc]  Notes
        return {"contentType": content_type, "content": content}
    return value
