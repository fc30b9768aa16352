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


class Subject(NamedTuple):
    """Who learns what."""

    learner: Reference
    course: Reference


@dataclass(frozen=True, slots=True)
class ActivityType:
    """The kind of an activity, and the type of an assignment. An activity of another type has to be created anew.

    `assignment_type` is None for a self-initiated course.
    """

    kind: Kind
    assignment_type: AssignmentType | None = None


@dataclass(frozen=True, slots=True)
class OwnerIds:
    """Graph's ids of the learner and the course that a record is about."""

    learner_user_id: str
    learning_content_id: str


@dataclass(frozen=True, slots=True)
class ImmutablePart:
    """What Graph never changes once an activity exists."""

    type: ActivityType
    ids: OwnerIds


@dataclass(frozen=True, slots=True)
class ResolvedIds:
    """What the references of a record lead to.

    Attributes:
        ids: of the learner and the course.
        assigner_user_id: of the assigner, if there is one who can be found.
        remembered: at least one of the ids was not looked up just now.
    """

    ids: OwnerIds
    assigner_user_id: str | None = None
    remembered: bool = False


# Requests of one kind succeed or fail together as far as permissions go: "create/assignment", "find_user", ...
type RequestKind = str
Operation = Literal["create", "update", "delete", "read"]


def request_kind(operation: Operation, kind: Kind) -> RequestKind:
    """Return the kind of a request about an activity."""
    return f"{operation}/{kind}"
