"""One LMS format: which events it recognises, which of these concern us, and what they mean."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from activities.domain.event_reading import InvalidEvent, read_event
from activities.domain.outcomes import Reason
from activities.intake.event_bus import Context
from activities.intake.formats.declaration import Declaration, EventRule
from activities.intake.formats.errors import FieldError
from activities.intake.formats.reader import PayloadReader
from activities.intake.formats.sources import Source, Sources
from activities.intake.formats.translation import Translation
from activities.intake.formats.values import parse_identifier
from activities.intake.result import Ignored, Refused, Understood

_ANY = "*"
_COMPLETES = frozenset({"course.completed", "passed"})
_TYPE_NAME = re.compile(r"[A-Za-z\\][\w\\.:/-]{0,199}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Format:
    """A declaration with its name, and its rules by event type."""

    name: str
    declaration: Declaration
    rules: Mapping[str, tuple[EventRule, ...]]

    @classmethod
    def from_declaration(cls, name: str, declaration: Declaration) -> "Format":
        """Index the rules of a declaration by type. A rule for any type is listed under every type."""
        known = [({one.casefold() for one in rule.types}, rule) for rule in declaration.events]
        types = set[str]().union({_ANY}, *(names for names, _ in known))
        rules = {one: tuple(rule for names, rule in known if one in names or _ANY in names) for one in types}
        return cls(name, declaration, rules)

    def split(self, document: dict[str, object]) -> Iterator[dict[str, object]] | None:
        """Return a document for each element of the array that the format splits, or None if it splits nothing."""
        expression = self.declaration.split
        elements = None if expression is None else expression(document)
        if expression is None or not isinstance(elements, list) or len(elements) == 1:
            return None
        return (_replace(document, expression.path, [element]) for element in elements)

    def translate(
        self, document: dict[str, object], context: Context, sources: Sources
    ) -> Understood | Ignored | Refused:
        """Translate an event of the LMS into a native one, or say why that isn't possible."""
        event_type = self.declaration.type(document)
        if not isinstance(event_type, str):
            return Refused(Reason.INVALID_EVENT, "eventType: missing, or not text", self.name)
        try:
            rule, payload = self.rule_for(event_type, document)
            if rule is not None and rule.untyped:
                typed, read = self.rule_for(event_type, document, accepts_untyped=True)
                if not self.source_of(document, context, sources).settings.accept_untyped:
                    completes = typed is not None and typed.means in _COMPLETES
                    return Ignored(self.name, _countable(event_type), untyped=completes)
                rule, payload = typed, read
            if rule is None or rule.means == "ignored":
                return Ignored(self.name, _countable(event_type))
            source = self.source_of(document, context, sources)
            return self._understood(rule, payload, document, context, source)
        except (FieldError, InvalidEvent) as error:
            return Refused(Reason.INVALID_EVENT, str(error), self.name)

    def _understood(
        self, rule: EventRule, payload: object, document: dict[str, object], context: Context, source: Source
    ) -> Understood:
        if rule.because is not None:
            raise FieldError(rule.because)
        zone = source.settings.time_zone or self.declaration.time_zone
        reader = PayloadReader(payload, self.declaration.numbers_are, zone, self.declaration.dates_are)
        translation = Translation(self.declaration, rule, document, reader, context, source)
        event, dropped = read_event(translation.native_event())
        enrols_again = rule.renews or (rule.enrols and source.settings.assigned_again == "startsOver")
        return Understood(
            event,
            self.name,
            source.name,
            source.formerly,
            enrols_again=enrols_again,
            untimed=translation.untimed,
            dropped=(*reader.dropped, *dropped),
        )

    def rules_for(self, event_type: str) -> tuple[EventRule, ...]:
        """Return the rules for an event type, in the order in which they're tried."""
        return self.rules.get(event_type.casefold()) or self.rules[_ANY]

    def rule_for(
        self, event_type: str, document: dict[str, object], *, accepts_untyped: bool = False
    ) -> tuple[EventRule | None, object]:
        """Return the first rule that fits, and the part of the document that it reads."""
        for rule in self.rules_for(event_type):
            if rule.untyped and accepts_untyped:
                continue
            payload = document if rule.payload is None else rule.payload(document)
            if rule.when is None or rule.when.matches(payload):
                return rule, payload
        return None, None

    def source_of(self, document: dict[str, object], context: Context, sources: Sources) -> Source:
        """Return the event's source, by installation, so that accounts and ids of two installations stay apart."""
        named = self.declaration.instance
        instance = None if named is None or context.sender is not None else parse_identifier(named(document), "source")
        return sources.of(self.name, context, instance)


def _replace(document: dict[str, object], path: tuple[str, ...], value: object) -> dict[str, object]:
    """Return the document with another value at an existing path."""
    name, *rest = path
    inner = document[name]
    return document | {name: _replace(inner, tuple(rest), value) if rest and isinstance(inner, dict) else value}


def _countable(event_type: str) -> str:
    """Return the type as a metric may show it. Some LMSs use page addresses as types."""
    return event_type if _TYPE_NAME.fullmatch(event_type) else "other"
