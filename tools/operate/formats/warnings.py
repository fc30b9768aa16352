"""Warns where an event lacks what nearly every event has, and says what the app makes up instead."""

from collections.abc import Iterator

from activities.intake.formats.declaration import EventRule
from activities.intake.formats.expressions import Expression
from activities.intake.formats.sources import Source
from activities.intake.result import Understood
from activities.intake.unpack import One
from tools.operate.formats.rules import Match, source_of
from tools.operate.formats.trial import Known, Outcome, Trial

_NO_TIME = "so the time of the event's arrival counts"
_NO_CYCLE = "so the enrolment's id is made without it, and an event that has it belongs to another enrolment"
_NO_STATUS = "so only the rule says that the course is completed"


def warnings_of(trial: Trial, match: Match | None, known: Known) -> dict[str, str]:
    """Return the properties that an event lacks or that are made up, and what follows from that."""
    if trial.one is None or trial.one.format is None:
        return {}
    if not trial.event_type:
        return {"eventType": f"{_quoted(trial.one.format.declaration.type)} finds no text"}
    if match is None or match.rule is None or match.rule.declared.means in {"ignored", "refused"}:
        return {}
    rule, source = match.rule.declared, source_of(trial, known)
    named = _people_and_courses(rule, match.payload, source)
    return dict([*_recognised_too(trial.one, known), *_made_up(trial.one, trial.outcome, match, rule), *named])


def _recognised_too(one: One, known: Known) -> Iterator[tuple[str, str]]:
    """Yield a warning if other formats recognise the event too."""
    others = [
        other.name
        for other in known.formats.formats
        if other is not one.format and other.declaration.recognise.matches(one.document)
    ]
    if others:
        yield "format", f"{', '.join(others)} would recognise it too; recognise must be true for this LMS only"


def _made_up(one: One, outcome: Outcome, match: Match, rule: EventRule) -> Iterator[tuple[str, str]]:
    """Yield what an understood event lacks, and what the app uses instead."""
    if not isinstance(outcome, Understood):
        return
    # A webhook's own time is the time of its arrival too.
    if outcome.untimed and (one.context.time is None or one.context.sender is not None):
        why = "the format has no occurred_at" if rule.occurred_at is None else _nothing(rule.occurred_at)
        yield "occurredAt", f"{why}, {_NO_TIME}"
    event_id = match.format.declaration.event_id
    if event_id is not None and event_id(one.document) in (None, ""):
        yield "eventId", f"{_nothing(event_id)}, so it's a hash of the whole event"
    cycle, status = rule.enrolment.cycle, rule.progress.status
    # An expression with a condition may find nothing on purpose.
    if cycle is not None and cycle.path and cycle(match.payload) in (None, ""):
        yield "enrolment.cycle", f"{_nothing(cycle)}, {_NO_CYCLE}"
    if status is not None and status.path and outcome.event.completes and status(match.payload) in (None, ""):
        yield "progress.status", f"{_nothing(status)}, {_NO_STATUS}"


def _people_and_courses(rule: EventRule, payload: object, source: Source) -> Iterator[tuple[str, str]]:
    """Yield a warning if an event doesn't name its learner or course although the format says where it would."""
    only = source.settings.learner
    learner = {kind: mapping.id for kind, mapping in rule.learner.items() if only in (None, kind)}
    names = {"learningContentId": rule.course.learning_content_id, "externalId": rule.course.external_id}
    course = {kind: expression for kind, expression in names.items() if expression is not None}
    for name, expressions, key in (
        ("learner", learner, rule.enrolment.learner),
        ("course", course, rule.enrolment.course),
    ):
        unnamed = bool(expressions) and all(one(payload) in (None, "") for one in expressions.values())
        if unnamed:
            yield name, "; ".join(f"{kind}: {_nothing(one)}" for kind, one in expressions.items())
        told = unnamed and key in expressions.values()
        if key is not None and not told and key(payload) in (None, ""):
            yield f"enrolment.{name}", _nothing(key)


def _nothing(expression: Expression) -> str:
    return f"{_quoted(expression)} finds nothing"


def _quoted(expression: Expression) -> str:
    return f'"{" ".join(expression.text.split())}"'
