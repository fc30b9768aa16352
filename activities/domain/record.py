"""One enrolment's record: what its events add up to, and what the learner's activity should therefore be.

Pure. A record is a set of fields, each with the clock of the event that set it. Merging takes, field by field, the
later clock, so it is commutative, associative and idempotent: any order and any duplicates of the same events give
the same record. Nothing derived is stored: status and existence follow from the fields when asked.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from activities.domain.events import (
    Assignment,
    CourseAssigned,
    CourseStarted,
    CourseUnassigned,
    LearningEvent,
    Progress,
)

type Value = str | int | bool | list[str]
Kind = Literal["assignment", "selfInitiated"]
Status = Literal["notStarted", "inProgress", "completed"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# The first completion counts: an LMS that repeats it later must not move its date, nor cost a request.
_EARLIEST_WINS = frozenset({"completed"})


class Clock(NamedTuple):
    """When a field was set: microseconds since 1970 of `occurredAt`, then two hashes that settle ties."""

    occurred: int
    event: str
    value: str


class Field(NamedTuple):
    """A value and the clock of the event that set it."""

    clock: Clock
    value: Value


type Fields = Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Fixed:
    """What Graph never changes once an activity exists: another value means delete and create."""

    kind: Kind
    learner: tuple[str, str]
    course: tuple[str, str]
    assigner: tuple[str, str] | None
    assignment_type: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the learner's activity should be. Instants are ISO 8601 in UTC; people and courses are references."""

    enrollment_id: str
    fixed: Fixed
    status: Status
    percentage: int | None
    completed_at: str | None
    started_at: str | None
    assigned_at: str | None
    due_at: tuple[str, str] | None
    notes: tuple[str, str] | None

    @property
    def digest(self) -> str:
        """Stands for this state: what Graph last acknowledged is compared by it."""
        return _hash(asdict(self))


@dataclass(frozen=True, slots=True)
class SyncState:
    """What is known of the activity in Graph, and who is at work on it. Times are seconds since 1970.

    `attempt_until` set means an unclear create: a request that may have landed was, or is about to be, sent by whoever
    held the lease until then. `fixed` belongs to `activity_id` or else to that attempt. `retry_nonce` names the one
    retry message that may conclude something before `retry_until`. Failures count since `failing_since`; a course that
    the catalogue does not have since `missing_since`, which has a patience of its own.
    """

    activity_id: str | None = None
    activity_since: float = 0.0
    fixed: Fixed | None = None
    attempt_until: float | None = None
    deleted_id: str | None = None
    acknowledged: str | None = None
    lease_owner: str | None = None
    lease_until: float = 0.0
    retry_nonce: str | None = None
    retry_until: float = 0.0
    failing_since: float | None = None
    missing_since: float | None = None
    failures: int = 0
    parked: str | None = None


@dataclass(frozen=True, slots=True)
class ActivityRecord:
    """Everything that is kept of one enrolment."""

    enrollment_id: str
    fields: Fields = field(default_factory=dict)
    sync: SyncState = field(default_factory=SyncState)


def merge(one: Fields, other: Fields) -> Fields:
    """Add up two sets of fields; the order does not matter, nor how often."""
    merged = dict(one)
    for name, theirs in other.items():
        ours = merged.get(name)
        if ours is None or _prevails(name, theirs.clock, ours.clock):
            merged[name] = theirs
    return merged


def _prevails(name: str, theirs: Clock, ours: Clock) -> bool:
    return theirs < ours if name in _EARLIEST_WINS else theirs > ours


def fields_of(event: LearningEvent) -> Fields:
    """The fields that an event sets, all with its clock; it says nothing about the others."""
    occurred = (event.occurred_at - _EPOCH) // _MICROSECOND
    event_hash = _hash(event.event_id)
    return {name: Field(Clock(occurred, event_hash, _hash(value)), value) for name, value in _says(event)}


def _says(event: LearningEvent) -> Iterator[tuple[str, Value]]:
    yield "present", not isinstance(event, CourseUnassigned)
    if event.learner is not None:
        yield "learner", list(event.learner.key())
    if event.course is not None:
        yield "course", list(event.course.key())
    if event.activity is not None:
        yield "kind", event.activity
    if event.assignment is not None:
        yield from _terms(event.assignment)
    if isinstance(event, CourseAssigned) and event.assignment.assigned_at is None:
        yield "assignedAt", event.occurred_at.isoformat()
    yield from _progress(event, event.progress or Progress())


def _terms(assignment: Assignment) -> Iterator[tuple[str, Value]]:
    yield "assignmentType", assignment.type
    if assignment.assigner is not None:
        yield "assigner", list(assignment.assigner.key())
    if assignment.assigned_at is not None:
        yield "assignedAt", assignment.assigned_at.isoformat()
    if assignment.due_at is not None:
        yield "dueAt", [assignment.due_at.date_time.isoformat(), assignment.due_at.time_zone]
    if assignment.notes is not None:
        yield "notes", [assignment.notes.content_type, assignment.notes.content]


def _progress(event: LearningEvent, progress: Progress) -> Iterator[tuple[str, Value]]:
    started = isinstance(event, CourseStarted)
    if event.completes:
        yield "completed", True
    elif progress.status is not None:
        yield "status", progress.status
    elif started or (progress.percentage or 0) > 0:
        # Whoever has begun is in progress, unless the LMS says otherwise.
        yield "status", "inProgress"
    if progress.percentage is not None:
        yield "percentage", progress.percentage
    if progress.started_at is not None:
        yield "startedAt", progress.started_at.isoformat()
    elif started:
        yield "startedAt", event.occurred_at.isoformat()
    if progress.completed_at is not None:
        yield "completedAt", progress.completed_at.isoformat()


def wanted(record: ActivityRecord) -> Wanted | None:
    """What the activity should be, or None where none should exist."""
    fields = record.fields
    completed = "completed" in fields
    known = "learner" in fields and "course" in fields
    if not known or not (completed or _get(fields, "present")):
        return None
    kind: Kind = "assignment" if _get(fields, "kind") == "assignment" else "selfInitiated"
    assigned = kind == "assignment"
    return Wanted(
        enrollment_id=record.enrollment_id,
        fixed=Fixed(
            kind=kind,
            learner=_pair(fields, "learner") or ("", ""),
            course=_pair(fields, "course") or ("", ""),
            assigner=_pair(fields, "assigner") if assigned else None,
            assignment_type=(_text(fields, "assignmentType") or "required") if assigned else None,
        ),
        status=_status(fields, kind),
        percentage=100 if completed else _number(fields, "percentage"),
        completed_at=_completed_at(fields),
        started_at=None if assigned else _text(fields, "startedAt"),
        assigned_at=_text(fields, "assignedAt") if assigned else None,
        due_at=_pair(fields, "dueAt") if assigned else None,
        notes=_pair(fields, "notes") if assigned else None,
    )


def _status(fields: Fields, kind: Kind) -> Status:
    """Completion is sticky; else what the LMS said last; else as little as the kind of activity allows."""
    if "completed" in fields:
        return "completed"
    said = _get(fields, "status")
    return "notStarted" if kind == "assignment" and said != "inProgress" else "inProgress"


def _completed_at(fields: Fields) -> str | None:
    if "completed" not in fields:
        return None
    moment = _EPOCH + timedelta(microseconds=fields["completed"].clock.occurred)
    return _text(fields, "completedAt") or moment.isoformat()


def _get(fields: Fields, name: str) -> Value | None:
    return fields[name].value if name in fields else None


def _text(fields: Fields, name: str) -> str | None:
    value = _get(fields, name)
    return value if isinstance(value, str) else None


def _number(fields: Fields, name: str) -> int | None:
    value = _get(fields, name)
    return value if isinstance(value, int) else None


def _pair(fields: Fields, name: str) -> tuple[str, str] | None:
    value = _get(fields, name)
    return (value[0], value[1]) if isinstance(value, list) else None


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
