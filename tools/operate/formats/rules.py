"""Finds the rule of a format file that an event matched, and the rules for its type that didn't match."""

from dataclasses import dataclass

from activities.intake.event_bus import Context
from activities.intake.formats import Format
from activities.intake.formats.declaration import EventRule
from activities.intake.formats.sources import Source
from tools.operate.formats.trial import Known, Trial


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a format file: its number, counted from 1, and the line where it begins, if that's known."""

    number: int
    line: int | None
    declared: EventRule

    @property
    def place(self) -> str:
        """The rule's number, and its line if that's known."""
        return f"rule {self.number}" + ("" if self.line is None else f", line {self.line}")

    @property
    def condition(self) -> str:
        """The condition under which it matches, in one line. Empty if it always does."""
        return "" if self.declared.when is None else " ".join(self.declared.when.text.split())


@dataclass(frozen=True, slots=True)
class Match:
    """The rule that an event matched.

    Attributes:
        format: the format that recognises the event.
        rule: the rule that it matched, or None.
        passed_over: the rules for this type that come before that one and didn't match.
        payload: the part of the event that the rule reads.
    """

    format: Format
    rule: Rule | None
    passed_over: tuple[Rule, ...]
    payload: object


def match_of(trial: Trial, known: Known) -> Match | None:
    """Return the rule that an event matched, or None if the event is native, in no format, or has no type."""
    one = trial.one
    if one is None or one.format is None or not trial.event_type:
        return None
    form = one.format
    rule, payload = form.rule_for(trial.event_type, one.document)
    if rule is not None and rule.untyped and source_of(trial, known).settings.accept_untyped:
        rule, payload = form.rule_for(trial.event_type, one.document, accepts_untyped=True)
    passed_over = []
    for other in form.rules_for(trial.event_type):
        if other is rule:
            break
        passed_over.append(_rule(form, other, known))
    return Match(form, None if rule is None else _rule(form, rule, known), tuple(passed_over), payload)


def source_of(trial: Trial, known: Known) -> Source:
    """Return the LMS or installation that sent an event, or the format's own source if that can't be told."""
    one, sources = trial.one, known.formats.sources
    context = Context() if one is None else one.context
    if one is None or one.format is None:
        return sources.of(trial.outcome.format, context)
    try:
        return one.format.source_of(one.document, context, sources)
    except ValueError:
        return sources.of(one.format.name, Context())


def _rule(form: Format, declared: EventRule, known: Known) -> Rule:
    index = next(index for index, one in enumerate(form.declaration.events) if one is declared)
    return Rule(index + 1, known.line(form, index), declared)
