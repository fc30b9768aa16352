"""Puts a trial's result for one event into words: what it became, who it's about, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from activities.domain.event_parts import Assignment, Progress
from activities.domain.events import LearningEvent
from activities.domain.terms import Reference
from activities.intake.parse import Ignored, Refused, Understood
from tools.operate.formats.dropped import why_dropped
from tools.operate.formats.rules import Match, Rule, match_of, source_of
from tools.operate.formats.trial import Known, Trial
from tools.operate.formats.warnings import warnings_of

_STYLES = {"completed": "bold green", "unassigned": "magenta"}
_KINDS = {"assignment": "assignment", "selfInitiated": "self-initiated"}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table.

    Attributes:
        trial: the event.
        match: the rule that it matched, or None if no rule was looked for.
        source: the LMS or installation that sent it, or the format if that's all that is known.
        became: what it became, in a word or two.
        style: the style of that word.
        details: when it occurred, the terms of the activity and the progress; the reason code of a dead letter.
        learner: the reference to the learner, or empty.
        course: the reference to the course, or empty.
        why: why it became that, apart from where the rule is.
        dropped: the properties that couldn't be used, and why.
        warnings: the properties that are missing or made up, and what follows from that.
    """

    trial: Trial
    match: Match | None
    source: str
    became: str
    style: str
    details: tuple[str, ...]
    learner: str
    course: str
    why: str
    dropped: Mapping[str, str] = field(default_factory=dict)
    warnings: Mapping[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why it became that, with the rule's place if it matched one."""
        rule = None if self.match is None else self.match.rule
        return self.why if rule is None else f"{rule.place}: {self.why}"


def row_of(trial: Trial, known: Known) -> Row:
    """Return what became of an event, and why."""
    match = match_of(trial, known)
    source, why = source_of(trial, known).name, _why(trial, match)
    warnings = warnings_of(trial, match, known)
    match trial.outcome:
        case Understood(event) as understood:
            became = event.event_type.removeprefix("course.")
            learner, course = (named.reference if named else None for named in (event.learner, event.course))
            details = (at(event.occurred_at), *_details(event, enrols_again=understood.enrols_again))
            style = _STYLES.get(became, "bold cyan")
            names = reference(learner), reference(course)
            dropped = why_dropped(trial, match, known)
            return Row(trial, match, source, became, style, details, *names, why, dropped, warnings)
        case Ignored():
            return Row(trial, match, source, "ignored", "dim", (), "", "", why)
        case Refused(reason):
            details = (reason.value,)
            return Row(trial, match, source, "dead letter", "bold red", details, "", "", why, warnings=warnings)


def reference(named: Reference | None) -> str:
    """Return a reference in words, such as `email adele.vance@contoso.com`."""
    return "" if named is None else f"{named.kind} {' / '.join(named.value.splitlines())}"


def at(time: datetime) -> str:
    """Return a time in UTC, to the second."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def _details(event: LearningEvent, *, enrols_again: bool) -> list[str]:
    terms = [] if event.activity is None else [_KINDS[event.activity]]
    terms += [] if event.assignment is None else _terms(event.assignment)
    progress = [] if event.progress is None else _progress(event.progress)
    again = ["starts over after a completion"] if enrols_again else []
    again += ["starts over"] if event.starts_over else []
    return [", ".join(said) for said in (terms, progress, again) if said]


def _terms(terms: Assignment) -> list[str]:
    said = {
        "": terms.type,
        "by ": None if terms.assigner is None else reference(terms.assigner.reference),
        "assigned ": None if terms.assigned_at is None else at(terms.assigned_at),
        "due ": None if terms.due_at is None else at(terms.due_at),
        "with ": None if terms.notes is None else "notes",
    }
    return [f"{word}{value}" for word, value in said.items() if value is not None]


def _progress(progress: Progress) -> list[str]:
    said = {
        "": progress.status,
        "at ": None if progress.percentage is None else f"{progress.percentage} %",
        "started ": None if progress.started_at is None else at(progress.started_at),
        "completed ": None if progress.completed_at is None else at(progress.completed_at),
    }
    return [f"{word}{value}" for word, value in said.items() if value is not None]


def _why(trial: Trial, match: Match | None) -> str:
    rule = None if match is None else match.rule
    match trial.outcome:
        case Refused(_, detail):
            return detail
        case Ignored(untyped=completes):
            return _why_ignored(match, completes=completes)
        case Understood() if rule is not None:
            return f"{rule.declared.means}{_when(rule)}"
        case _:
            return "a native event"


def _why_ignored(match: Match | None, *, completes: bool) -> str:
    if match is None:
        return "an empty batch"
    if match.rule is None:
        tried = ", ".join(str(other.number) for other in match.passed_over)
        return f"no rule matches: the condition isn't true in {tried}" if tried else "there's no rule for this type"
    if match.rule.declared.untyped:
        use = "makes it a completion" if completes else "accepts it"
        return f"its object has no type; acceptUntyped in LMS_SOURCES {use}"
    return f"ignored{_when(match.rule)}"


def _when(rule: Rule) -> str:
    return f", when {rule.condition}" if rule.condition else ""
