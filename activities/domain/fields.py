"""The fields of a record: what each event of an enrolment says, and how the events add up.

Every field has the clock of the event that set it. Merging takes the later clock, field by field. It is therefore
commutative, associative and idempotent: the same events give the same fields in any order, however often they come.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from activities.domain.event_parts import Assignment, Progress
from activities.domain.events import CourseAssigned, CourseStarted, CourseUnassigned, LearningEvent

type Value = str | int | bool | list[str]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# The first completion counts. An LMS that repeats it later must neither move its date nor cause a request.
_EARLIEST_WINS = frozenset({"completed"})


class Clock(NamedTuple):
    """When a field was set: microseconds from 1970 to `occurredAt`, then two hashes that break ties."""

    occurred: int
    event: str
    value: str


class Field(NamedTuple):
    """A value and the clock of the event that set it."""

    clock: Clock
    value: Value


type Fields = Mapping[str, Field]


def merge(one: Fields, other: Fields) -> Fields:
    """Return the fields of both sets. If both have a field, its clock decides which one counts."""
    merged = dict(one)
    for name, theirs in other.items():
        ours = merged.get(name)
        if ours is None or _prevails(name, theirs.clock, ours.clock):
            merged[name] = theirs
    return merged


def _prevails(name: str, theirs: Clock, ours: Clock) -> bool:
    return theirs < ours if name in _EARLIEST_WINS else theirs > ours


def fields_of(event: LearningEvent) -> Fields:
    """Return the fields that an event sets, all with its clock. Other fields are left alone."""
    occurred = (event.occurred_at - EPOCH) // MICROSECOND
    event_hash = short_hash(event.event_id)
    return {name: Field(Clock(occurred, event_hash, short_hash(value)), value) for name, value in _values(event)}


def short_hash(value: object) -> str:
    """Return a short hash of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _values(event: LearningEvent) -> Iterator[tuple[str, Value]]:
    yield "present", not isinstance(event, CourseUnassigned)
    if event.learner is not None:
        yield "learner", list(event.learner.reference)
    if event.course is not None:
        yield "course", list(event.course.reference)
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
        yield "assigner", list(assignment.assigner.reference)
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
        # A learner who has begun is in progress, unless the LMS says otherwise.
        yield "status", "inProgress"
    if progress.percentage is not None:
        yield "percentage", progress.percentage
    if progress.started_at is not None:
        yield "startedAt", progress.started_at.isoformat()
    elif started:
        yield "startedAt", event.occurred_at.isoformat()
    if progress.completed_at is not None:
        yield "completedAt", progress.completed_at.isoformat()
