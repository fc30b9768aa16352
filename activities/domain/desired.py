"""What a learner's activity should be, derived from the facts of its record.

Nothing derived here is ever stored as the truth. Each call derives status and existence from the facts again.
"""

import re
import uuid
from dataclasses import asdict, dataclass
from typing import NamedTuple, cast

from activities.domain.cycle import Cycle, present_cycle
from activities.domain.fields import EPOCH, MICROSECOND, short_hash
from activities.domain.record import ActivityRecord
from activities.domain.sync_parts import RefusedType
from activities.domain.terms import ActivityType, AssignmentType, Kind, Reference, ReferenceKind, Status, Subject

# An id that needs no encoding in a URL and isn't too long. Graph doesn't document what it allows.
_PLAIN_ID = re.compile(r"[A-Za-z0-9._~-]{1,64}")
_NAMESPACE = "lms-activity-sync:"


class Notes(NamedTuple):
    """The text that the learner sees with an assignment. `content_type` is `text` or `html`."""

    content_type: str
    content: str


@dataclass(frozen=True, slots=True)
class Desired:
    """What the activity of an enrolment should be. Instants are ISO 8601 in UTC. The percentage is 0 to 100.

    Attributes:
        subject: who learns what.
        assigner: shown if the person can be found when the activity is created. A later change has no effect.
        cleared: names of attributes that have no value now, but may have had one.
    """

    provider_id: str
    enrollment_id: str
    subject: Subject
    type: ActivityType
    status: Status
    percentage: int | None = None
    completed_at: str | None = None
    started_at: str | None = None
    assigned_at: str | None = None
    due_at: str | None = None
    notes: Notes | None = None
    assigner: Reference | None = None
    cleared: tuple[str, ...] = ()

    @property
    def external_id(self) -> str:
        """The id by which Graph knows the activity."""
        return external_id(self.enrollment_id)

    @property
    def kind(self) -> Kind:
        """The kind of the activity."""
        return self.type.kind

    @property
    def completed(self) -> bool:
        """Whether the course is completed."""
        return self.status == "completed"

    @property
    def digest(self) -> str:
        """A hash of this state, for comparison with the state that Graph last acknowledged."""
        return short_hash({**asdict(self), "subject": None, "assigner": None, "cleared": None})


def external_id(enrollment_id: str) -> str:
    """Return the id by which Graph knows the activity of an enrolment.

    It's the enrolment id, or a hash if that isn't plain. A path can't contain every character
    (microsoftgraph/microsoft-graph-docs#10167), and Graph limits the length.
    """
    if _PLAIN_ID.fullmatch(enrollment_id):
        return enrollment_id
    return str(uuid.uuid5(uuid.NAMESPACE_URL, _NAMESPACE + enrollment_id))


def desired_state(record: ActivityRecord, provider_id: str) -> Desired | None:
    """Return what the activity should be, or None if there should be none."""
    cycle = present_cycle(record.facts)
    completed = cycle.first("completed")
    subject = None if record.owner is None else record.owner.subject
    if subject is None or not (completed or _field(record, "present")):
        return None
    wanted = _type(record, completed=completed is not None)
    assigned = wanted.kind == "assignment"
    due_at, notes, assigner = cycle.value("dueAt"), _pair(cycle, "notes"), _pair(cycle, "assigner")
    started = cycle.first("started")
    values: dict[str, object] = {
        "percentage": 100 if completed else cycle.value("percentage"),
        "completed_at": None if completed is None or completed.shown == 0 else _iso(completed.shown),
        "started_at": None if assigned or started is None else _iso(started.shown),
        "assigned_at": _assigned_at(cycle) if assigned else None,
        "due_at": due_at if assigned else None,
        "notes": Notes(*notes) if assigned and notes else None,
    }
    return Desired(
        provider_id,
        record.enrollment_id,
        subject,
        wanted,
        "completed" if completed else _status(cycle, wanted.kind),
        assigner=Reference(cast("ReferenceKind", assigner[0]), assigner[1]) if assigner else None,
        cleared=tuple(name for name in _heard_of(record) if values[name] is None),
        **values,  # type: ignore[arg-type]  # each value has its attribute's type
    )


def knows_kind(record: ActivityRecord) -> bool:
    """Return whether an event has said what kind the activity is."""
    return "kind" in record.facts.fields


def wanted_type(record: ActivityRecord) -> ActivityType:
    """Return the kind and assignment type that the events ask for, whether or not the activity can have them."""
    if _field(record, "kind") != "assignment":
        return ActivityType("selfInitiated")
    return ActivityType("assignment", cast("AssignmentType", _field(record, "assignmentType") or "required"))


def _type(record: ActivityRecord, *, completed: bool) -> ActivityType:
    """Return the kind and assignment type that the activity should have.

    A completed activity keeps its own. If Graph refused to replace the activity, it keeps its own too.
    """
    wanted, state = wanted_type(record), record.sync
    if state.replacing is not None and state.replacing.restores:
        return state.replacing.former
    if state.activity is not None and (completed or state.activity.completed):
        return state.activity.immutable.type
    if state.refused is not None and state.refused.wanted == wanted:
        return state.refused.former
    return wanted


def standing_refusal(record: ActivityRecord, desired: Desired) -> RefusedType | None:
    """Return Graph's refusal of the type that the events ask for now, if there is one.

    For a completed activity, the result is None, because it keeps its type anyway.
    """
    refused = record.sync.refused
    if refused is None or refused.wanted != wanted_type(record) or desired.completed:
        return None
    return refused


def _status(cycle: Cycle, kind: Kind) -> Status:
    """Return the latest status. If there's none, or the kind doesn't allow it, return the lowest that it allows."""
    return "notStarted" if kind == "assignment" and cycle.value("status") != "inProgress" else "inProgress"


def _assigned_at(cycle: Cycle) -> str | None:
    """Return the stated time of the assignment, or else the time of the event that assigned the course."""
    stated, implied = cycle.value("assignedAt"), cycle.time("assigned")
    if isinstance(stated, str):
        return stated
    return None if implied is None else _iso(implied)


def _heard_of(record: ActivityRecord) -> list[str]:
    """Return the names of the attributes that have a value, or once had one."""
    fields, moments = record.facts.fields, record.facts.moments
    heard = {
        "percentage": "percentage" in fields or "completed" in moments,
        "completed_at": "completed" in moments,
        "started_at": "started" in moments,
        "assigned_at": "assignedAt" in fields or "assigned" in fields,
        "due_at": "dueAt" in fields,
        "notes": "notes" in fields,
    }
    return [name for name, known in heard.items() if known]


def _iso(microseconds: int) -> str:
    return (EPOCH + microseconds * MICROSECOND).isoformat()


def _field(record: ActivityRecord, name: str) -> object:
    found = record.facts.fields.get(name)
    return None if found is None else found.value


def _pair(cycle: Cycle, name: str) -> tuple[str, str] | None:
    value = cycle.value(name)
    return (value[0], value[1]) if isinstance(value, list) else None
