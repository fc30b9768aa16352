"""What Graph says about an activity, and how it differs from the desired state."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from activities.domain.desired import Desired
from activities.domain.fields import EPOCH, MICROSECOND, Clock, Facts, Field, Moment, Value
from activities.domain.terms import ActivityType, OwnerIds


@dataclass(frozen=True, slots=True)
class Found:
    """The values of an activity in Graph that are compared. They name no person, and times are as Graph writes them."""

    status: str | None = None
    percentage: int | None = None
    completed_at: str | None = None
    started_at: str | None = None
    assigned_at: str | None = None
    due_at: str | None = None

    def text(self) -> str:
        """Return the values as JSON, to be stored in the record."""
        return json.dumps({name: value for name, value in asdict(self).items() if value is not None})


@dataclass(frozen=True, slots=True)
class FoundActivity:
    """An activity that a lookup has found.

    `ids` is None if Graph doesn't say whose it is. `notes` has the content type and the content. `type` is a guess
    unless `says_type` is true, which means that Graph gave it.
    """

    id: str
    type: ActivityType
    ids: OwnerIds | None = None
    values: Found = Found()
    notes: tuple[str, str] | None = None
    says_type: bool = False

    @property
    def completed(self) -> bool:
        """Whether Graph shows it as completed."""
        return self.values.status == "completed"

    def facts(self) -> Facts:
        """Return the facts that the activity shows, for a record that the ledger has lost.

        Each field's clock is the latest time that the activity mentions, so that no earlier event changes the field.
        """
        values = self.values
        times = {
            name: (time - EPOCH) // MICROSECOND
            for name in ("completed_at", "started_at", "assigned_at")
            if (time := _instant(getattr(values, name))) is not None
        }
        fields: dict[str, Value] = {"present": True}
        # The default kind isn't a fact, because the event that sets the real one may be older than these times.
        if self.type.kind == "assignment":
            fields["kind"] = self.type.kind
        if self.type.assignment_type is not None:
            fields["assignmentType"] = self.type.assignment_type
        if values.status == "inProgress":
            fields["status"] = values.status
        if values.percentage is not None and not self.completed:
            fields["percentage"] = values.percentage
        if values.assigned_at is not None:
            fields["assignedAt"] = values.assigned_at
        due_at = _instant(values.due_at)
        if due_at is not None:
            fields["dueAt"] = due_at.astimezone(UTC).isoformat()
        if self.notes is not None:
            # Graph keeps what an update doesn't mention, so the record has to know about the notes.
            fields["notes"] = list(self.notes)
        clock = Clock(max(times.values(), default=0), 0, "", "")
        moments: dict[str, tuple[Moment, ...]] = {}
        if "started_at" in times:
            moments["started"] = (Moment(times["started_at"], times["started_at"], stated=True),)
        if self.completed:
            stated = "completed_at" in times
            shown = times.get("completed_at", clock.occurred)
            moments["completed"] = (Moment(shown, shown, stated),)
        return Facts({name: Field(clock, value) for name, value in fields.items()}, moments)


def differences(desired: Desired, found: Found) -> list[str]:
    """Return the names of the values that differ in Graph.

    If the desired state doesn't have a value, an update doesn't send it. So it isn't compared either.
    """
    pairs: dict[str, tuple[object, object]] = {
        "status": (desired.status, found.status),
        "percentage": (desired.percentage, found.percentage),
        "completed_at": (_instant(desired.completed_at), _instant(found.completed_at)),
        "started_at": (_instant(desired.started_at), _instant(found.started_at)),
        "assigned_at": (_instant(desired.assigned_at), _instant(found.assigned_at)),
        "due_at": (_instant(desired.due_at), _instant(found.due_at)),
    }
    return [name for name, (ours, theirs) in pairs.items() if ours is not None and ours != theirs]


def _instant(text: str | None) -> datetime | None:
    """Read a time. Return None for text that isn't a time, because None differs from every time."""
    try:
        time = None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time is None or time.tzinfo is not None else time.replace(tzinfo=UTC)
