"""Groups the events of a trial by enrolment."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from activities.intake.result import Understood
from tools.operate.formats.rows import Row


@dataclass(slots=True)
class Enrolment:
    """An enrolment, and its events.

    Attributes:
        label: a short name for it in the trial, such as `E1`.
        id: its id.
        rows: its events, sorted by when they occurred. Events of the same time stay in the order of the messages.
        like: the label of an earlier enrolment of the same learner in the same course, if there's one.
    """

    label: str
    id: str
    rows: list[Row] = field(default_factory=list)
    like: str | None = None


def enrolments_of(rows: Iterable[Row]) -> dict[str, Enrolment]:
    """Return the enrolments of all events by id, in the order in which they first appear."""
    found: dict[str, Enrolment] = {}
    for row in rows:
        if isinstance(row.trial.outcome, Understood):
            enrolment_id = row.trial.outcome.event.enrollment_id
            found.setdefault(enrolment_id, Enrolment(f"E{len(found) + 1}", enrolment_id)).rows.append(row)
    first: dict[tuple[str, str], str] = {}
    for enrolment in found.values():
        subjects = {(row.learner, row.course) for row in enrolment.rows if row.learner and row.course}
        enrolment.like = next((first[subject] for subject in sorted(subjects) if subject in first), None)
        for subject in subjects:
            first.setdefault(subject, enrolment.label)
        enrolment.rows.sort(key=_occurred)
    return found


def _occurred(row: Row) -> float:
    outcome = row.trial.outcome
    return outcome.event.occurred_at.timestamp() if isinstance(outcome, Understood) else 0
