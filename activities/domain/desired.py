"""What the learner's activity should be, derived from the fields of its record.

Nothing that is derived here is ever stored as truth: status and existence follow from the fields at each call.
"""

from dataclasses import asdict, dataclass
from typing import NamedTuple, cast

from activities.domain.fields import EPOCH, MICROSECOND, Fields, Value, short_hash
from activities.domain.record import ActivityRecord
from activities.domain.terms import AssignmentType, ImmutablePart, Kind, Reference, ReferenceKind, Status


class DueDate(NamedTuple):
    """A wall-clock time in ISO 8601 and the name of its zone."""

    date_time: str
    time_zone: str


class Notes(NamedTuple):
    """The text that the learner reads beside an assignment; `content_type` is `text` or `html`."""

    content_type: str
    content: str


@dataclass(frozen=True, slots=True)
class Desired:
    """What the activity of an enrolment should be. Instants are ISO 8601 in UTC; the percentage is 0 to 100."""

    enrollment_id: str
    immutable: ImmutablePart
    status: Status
    percentage: int | None = None
    completed_at: str | None = None
    started_at: str | None = None
    assigned_at: str | None = None
    due_at: DueDate | None = None
    notes: Notes | None = None

    @property
    def digest(self) -> str:
        """A hash of this state, to compare it with the state that Graph last acknowledged."""
        return short_hash(asdict(self))


def desired_state(record: ActivityRecord) -> Desired | None:
    """Return what the activity should be, or None if there should be none."""
    fields = record.fields
    completed = "completed" in fields
    learner, course = _reference(fields, "learner"), _reference(fields, "course")
    if learner is None or course is None or not (completed or _value(fields, "present")):
        return None
    kind: Kind = "assignment" if _value(fields, "kind") == "assignment" else "selfInitiated"
    assigned = kind == "assignment"
    due_at, notes = _pair(fields, "dueAt"), _pair(fields, "notes")
    return Desired(
        enrollment_id=record.enrollment_id,
        immutable=ImmutablePart(
            kind=kind,
            learner=learner,
            course=course,
            assigner=_reference(fields, "assigner") if assigned else None,
            assignment_type=cast("AssignmentType", _text(fields, "assignmentType") or "required") if assigned else None,
        ),
        status=_status(fields, kind),
        percentage=100 if completed else _number(fields, "percentage"),
        completed_at=_completed_at(fields),
        started_at=None if assigned else _text(fields, "startedAt"),
        assigned_at=_text(fields, "assignedAt") if assigned else None,
        due_at=DueDate(*due_at) if assigned and due_at else None,
        notes=Notes(*notes) if assigned and notes else None,
    )


def _status(fields: Fields, kind: Kind) -> Status:
    """Completion is sticky. Otherwise the latest status counts, or the least that the kind of activity allows."""
    if "completed" in fields:
        return "completed"
    return "notStarted" if kind == "assignment" and _value(fields, "status") != "inProgress" else "inProgress"


def _completed_at(fields: Fields) -> str | None:
    """The stated time of completion, otherwise the time of the event that completed the course."""
    if "completed" not in fields:
        return None
    occurred = EPOCH + fields["completed"].clock.occurred * MICROSECOND
    return _text(fields, "completedAt") or occurred.isoformat()


def _value(fields: Fields, name: str) -> Value | None:
    return fields[name].value if name in fields else None


def _text(fields: Fields, name: str) -> str | None:
    value = _value(fields, name)
    return value if isinstance(value, str) else None


def _number(fields: Fields, name: str) -> int | None:
    value = _value(fields, name)
    return value if isinstance(value, int) else None


def _pair(fields: Fields, name: str) -> tuple[str, str] | None:
    value = _value(fields, name)
    return (value[0], value[1]) if isinstance(value, list) else None


def _reference(fields: Fields, name: str) -> Reference | None:
    pair = _pair(fields, name)
    return None if pair is None else Reference(cast("ReferenceKind", pair[0]), pair[1])
