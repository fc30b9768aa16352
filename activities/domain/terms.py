"""The terms that events, records and activities share: kinds, statuses, and references to people and courses."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

# An activity is either an assignment or a course that the learner began without one. Graph has a type and a permission
# for each.
Kind = Literal["assignment", "selfInitiated"]
Status = Literal["notStarted", "inProgress", "completed"]
AssignmentType = Literal["required", "recommended"]

PersonReferenceKind = Literal["entraObjectId", "userPrincipalName", "email", "employeeId", "lmsAccount"]
CourseReferenceKind = Literal["learningContentId", "externalId"]
ReferenceKind = PersonReferenceKind | CourseReferenceKind


class Reference(NamedTuple):
    """The name of a person or a course.

    An `entraObjectId` and a `learningContentId` are Graph's own ids. The value of an `lmsAccount` is the name of its
    source and the id in that source, separated by a line break.
    """

    kind: ReferenceKind
    value: str


class Subject(NamedTuple):
    """Who learns what."""

    learner: Reference
    course: Reference


@dataclass(frozen=True, slots=True)
class ActivityType:
    """The kind of an activity, and the type if it's an assignment. To change either, the activity has to be replaced.

    `assignment_type` is None for a self-initiated course.
    """

    kind: Kind
    assignment_type: AssignmentType | None = None


@dataclass(frozen=True, slots=True)
class OwnerIds:
    """Graph's ids for the learner and the course that a record is about."""

    learner_user_id: str
    learning_content_id: str


@dataclass(frozen=True, slots=True)
class ImmutablePart:
    """What Graph never changes once an activity exists."""

    type: ActivityType
    ids: OwnerIds


@dataclass(frozen=True, slots=True)
class ResolvedIds:
    """What a record's references lead to.

    Attributes:
        ids: Graph's ids for the learner and the course.
        assigner_user_id: Graph's id for the assigner, if there's one and the app can find the person.
        remembered: at least one of the ids comes from memory and wasn't looked up just now.
    """

    ids: OwnerIds
    assigner_user_id: str | None = None
    remembered: bool = False


# Requests of one kind need the same permission, so they succeed or fail together: "create/assignment", "find_user", ...
type RequestKind = str
Operation = Literal["create", "update", "delete", "read"]


def request_kind(operation: Operation, kind: Kind) -> RequestKind:
    """Return the kind of request for an operation on an activity."""
    return f"{operation}/{kind}"
