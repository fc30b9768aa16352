"""Says why optional values were dropped. The app only says which ones, so they're read once more here."""

from collections.abc import Callable, Mapping
from functools import partial

from activities.intake.formats.declaration import EventRule
from activities.intake.formats.errors import FieldError
from activities.intake.formats.identity import read_person
from activities.intake.formats.reader import PayloadReader
from activities.intake.formats.sources import Source
from activities.intake.formats.values import parse_percentage
from activities.intake.result import Understood
from tools.operate.formats.rules import Match, source_of
from tools.operate.formats.trial import Known, Trial

_UNKNOWN = "can't be used"
_WORDS = {
    "assignment.type": "neither required nor recommended",
    "progress.status": "not one of notStarted, inProgress and completed; [statuses] can translate the LMS's words",
    "activity": "neither assignment nor selfInitiated",
}


def why_dropped(trial: Trial, match: Match | None, known: Known) -> dict[str, str]:
    """Return the properties of an event that were dropped, and why."""
    names = trial.outcome.dropped if isinstance(trial.outcome, Understood) else ()
    if match is None or match.rule is None:
        return dict.fromkeys(names, _UNKNOWN)
    declaration, source = match.format.declaration, source_of(trial, known)
    zone = source.settings.time_zone or declaration.time_zone
    reader = PayloadReader(match.payload, declaration.numbers_are, zone, declaration.dates_are)
    known_words = declaration.statuses
    reads = _reads(match.rule.declared, reader, source)
    words = _WORDS | ({"progress.status": f"not in [statuses]: {', '.join(known_words)}"} if known_words else {})
    return {name: _complaint(reads[name], name) if name in reads else words.get(name, _UNKNOWN) for name in names}


def _reads(rule: EventRule, reader: PayloadReader, source: Source) -> Mapping[str, Callable[[str], object]]:
    """Return, for each optional property, the function with which the app reads it."""
    assignment, progress = rule.assignment, rule.progress
    reads: dict[str, Callable[[str], object]] = {
        "assignment.assigner": partial(read_person, reader, rule.assigner, source),
        "assignment.assignedAt": partial(reader.time, assignment.assigned_at),
        "assignment.dueAt": partial(reader.due, assignment.due_at),
        "assignment.notes": partial(reader.identifier, assignment.notes),
        "progress.startedAt": partial(reader.time, progress.started_at),
        "progress.completedAt": partial(reader.time, progress.completed_at),
    }
    if progress.percentage is not None:
        done, total = reader.value(progress.percentage.done), reader.value(progress.percentage.of)
        reads["progress.percentage"] = partial(parse_percentage, done, total)
    return reads


def _complaint(read: Callable[[str], object], name: str) -> str:
    try:
        read(name)
    except FieldError as error:
        return str(error).removeprefix(f"{name}: ")
    return _UNKNOWN
