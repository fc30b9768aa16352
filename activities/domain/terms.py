"""The terms that events, records and activities share: kinds, statuses, and references to people and courses."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

# An activity is an assignment or a course that the learner began without one; Graph has a type and a permission for
# each.
Kind = Literal["assignment", "selfInitiated"]
Status = Literal["notStarted", "inProgress", "completed"]
AssignmentType = Literal["required", "recommended"]

PersonReferenceKind = Literal["entraObjectId", "userPrincipalName", "email", "employeeId", "lmsAccount"]
CourseReferenceKind = Literal["learningContentId", "externalId"]
ReferenceKind = PersonReferenceKind | CourseReferenceKind


class Reference(NamedTuple):
    """Names a person or a course.

    An `entraObjectId` and a `learningContentId` are Graph's own ids; the value of an `lmsAccount` is the name of its
    source and the id there, separated by a line break.
    """

    kind: ReferenceKind
    value: str


# A kind of request is what one permission allows. A configuration fault holds all requests of a kind.
RequestKind = Kind | Literal["content", "user"]


@dataclass(frozen=True, slots=True)
class ImmutablePart:
    """What Graph never changes once an activity exists. Another value means delete and create.

    `assigner` and `assignment_type` are None for a self-initiated course.
    """

    kind: Kind
    learner: Reference
    course: Reference
    assigner: Reference | None
    assignment_type: AssignmentType | None


@dataclass(frozen=True, slots=True)
class ResolvedIds:
    """Graph's ids of what the references of an `ImmutablePart` name."""

    learner_user_id: str
    learning_content_id: str
    assigner_user_id: str | None = None
