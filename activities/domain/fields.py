"""The facts of a record: what each event of an enrolment says, and how they're merged.

A field has the clock of the event that set it. For each field, merging keeps the value with the later clock. Where the
order of several events matters, the facts are moments, and merging takes their union. Both operations are commutative,
associative and idempotent. So the same events give the same facts, in any order and however often they come.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from activities.domain.event_parts import Assignment, Progress
from activities.domain.events import CourseAssigned, CourseStarted, CourseUnassigned, LearningEvent

type Value = str | int | bool | list[str] | None

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# How many of the earliest moments are kept, and how many of the latest. The ones in between don't matter.
KEPT = 50
# How many hashes of events without a time are kept.
KEPT_UNTIMED = 500

# If two values are from the same instant, the one with the higher rank wins.
_STATUS_RANKS = {"notStarted": 0, "inProgress": 1, "completed": 2}


class Clock(NamedTuple):
    """When a field was set: `occurredAt` in microseconds since 1970. Ties are broken by rank, then by two hashes."""

    occurred: int
    rank: int
    event: str
    value: str


class Field(NamedTuple):
    """A value and the clock of the event that set it. The value None removes an earlier value."""

    clock: Clock
    value: Value


class Moment(NamedTuple):
    """Something that happened. `at` decides which cycle it belongs to, and `shown` is the time to show.

    Both are in microseconds since 1970. `shown` is 0 if the time isn't known. `stated` is true if the event gave the
    time.
    """

    at: int
    shown: int
    stated: bool


type Happening = Literal["completed", "started", "removed", "enrolled", "over"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What events say: fields, and moments in the order of their times.

    The moments are completions, starts, removals, enrolments that may start over, and events that do start over.
    `untimed` has the hashes of the events that didn't say when they occurred.
    """

    fields: Mapping[str, Field] = field(default_factory=dict)
    moments: Mapping[str, tuple[Moment, ...]] = field(default_factory=dict)
    untimed: frozenset[str] = frozenset()

    @property
    def latest(self) -> Clock | None:
        """The clock of the latest event. Every event sets the field `present`."""
        present = self.fields.get("present")
        return None if present is None else present.clock


def merge(one: Facts, other: Facts) -> Facts:
    """Return the facts of both. If both have a field, the later clock wins."""
    fields = dict(one.fields)
    for name, theirs in other.fields.items():
        ours = fields.get(name)
        if ours is None or theirs.clock > ours.clock:
            fields[name] = theirs
    moments = dict(one.moments)
    for name, more in other.moments.items():
        moments[name] = _bounded({*moments.get(name, ()), *more})
    return Facts(fields, moments, bounded_hashes(one.untimed | other.untimed))


def bounded_hashes(hashes: frozenset[str]) -> frozenset[str]:
    """Keep the smallest hashes. Those of a union are always among those kept of its parts."""
    return hashes if len(hashes) <= KEPT_UNTIMED else frozenset(sorted(hashes)[:KEPT_UNTIMED])


def _bounded(moments: set[Moment]) -> tuple[Moment, ...]:
    """Keep the earliest and the latest moments. Those of a union are always among those kept of its parts."""
    ordered = sorted(moments)
    return tuple(ordered if len(ordered) <= 2 * KEPT else ordered[:KEPT] + ordered[-KEPT:])


def facts_of(event: LearningEvent, *, enrols_again: bool = False, untimed: bool = False) -> Facts:
    """Return the facts that an event states. Fields that it doesn't mention are left out.

    With `enrols_again`, the event starts over if it comes after a completion. With `untimed`, it didn't say when it
    occurred.
    """
    occurred, event_hash = _microseconds(event.occurred_at), short_hash(event.event_id)
    fields = {
        name: Field(Clock(occurred, _rank(name, value), event_hash, short_hash(value)), value)
        for name, value in _values(event)
    }
    moments: dict[str, tuple[Moment, ...]] = {}
    for name, moment in _moments(event, occurred, enrols_again=enrols_again):
        moments[name] = (moment,)
    return Facts(fields, moments, frozenset({event_hash} if untimed else ()))


def short_hash(value: object) -> str:
    """Return a short hash of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _microseconds(time: datetime) -> int:
    return (time - EPOCH) // MICROSECOND


def _rank(name: str, value: Value) -> int:
    """Return how far along a value is. Present ranks above removed."""
    if name == "status":
        return _STATUS_RANKS[str(value)]
    return int(value) if isinstance(value, int) else 0


def _values(event: LearningEvent) -> Iterator[tuple[str, Value]]:
    yield "present", not isinstance(event, CourseUnassigned)
    if event.activity is not None:
        yield "kind", event.activity
    if event.assignment is not None:
        yield from _terms(event.assignment)
    if isinstance(event, CourseAssigned):
        yield "assigned", True
    yield from _progress(event, event.progress or Progress())


def _terms(assignment: Assignment) -> Iterator[tuple[str, Value]]:
    yield "assignmentType", assignment.type
    if assignment.assigner is not None:
        yield "assigner", list(assignment.assigner.reference)
    if assignment.assigned_at is not None:
        yield "assignedAt", assignment.assigned_at.isoformat()
    due_at, notes = assignment.due_at, assignment.notes
    # An absent property says nothing. A null removes the value.
    if "due_at" in assignment.model_fields_set:
        yield "dueAt", None if due_at is None else due_at.isoformat()
    if "notes" in assignment.model_fields_set:
        yield "notes", None if notes is None else [notes.content_type, notes.content]


def _progress(event: LearningEvent, progress: Progress) -> Iterator[tuple[str, Value]]:
    if event.completes:
        return
    if progress.status is not None:
        yield "status", progress.status
    elif isinstance(event, CourseStarted) or (progress.percentage or 0) > 0:
        # Once the learner has begun, the status is in progress, unless the LMS says otherwise.
        yield "status", "inProgress"
    if progress.percentage is not None:
        yield "percentage", progress.percentage


def _moments(event: LearningEvent, occurred: int, *, enrols_again: bool) -> Iterator[tuple[Happening, Moment]]:
    progress = event.progress or Progress()
    if isinstance(event, CourseUnassigned):
        yield "removed", Moment(occurred, occurred, stated=False)
        return
    if event.starts_over:
        yield "over", Moment(occurred, occurred, stated=False)
    completed = _moment(event, occurred, progress.completed_at) if event.completes else None
    if enrols_again:
        # A completion that begins a cycle belongs to it, even if its stated time is earlier than its event.
        begin = occurred if completed is None else completed.at
        yield "enrolled", Moment(begin, begin, stated=False)
    if completed is not None:
        yield "completed", completed
    if isinstance(event, CourseStarted) or progress.started_at is not None:
        yield "started", _moment(event, occurred, progress.started_at)


def _moment(event: LearningEvent, occurred: int, stated: datetime | None) -> Moment:
    """Return the moment that an event reports.

    If the event starts over, the moment belongs to the new cycle, whatever its stated time. It never belongs to a later
    cycle than its event does.
    """
    if stated is None:
        return Moment(occurred, occurred, stated=False)
    shown = _microseconds(stated)
    return Moment(occurred if event.starts_over else min(shown, occurred), shown, stated=True)
