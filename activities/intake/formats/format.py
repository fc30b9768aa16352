"""One LMS format: which events are its own, which of them are our business, and what those mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from activities.domain.events import ADAPTER, complaint
from activities.domain.outcomes import Reason
from activities.intake.formats.context import Context
from activities.intake.formats.declaration import Head, Rule
from activities.intake.formats.errors import FieldError
from activities.intake.formats.sources import Sources
from activities.intake.formats.translation import Translation
from activities.intake.formats.values import identifier
from activities.intake.result import Ignored, Refused, Understood

_ANY = "*"
_SHOWABLE = re.compile(r"[A-Za-z\\][\w\\.:/-]{0,199}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Format:
    """One LMS format: recognises its events and translates them."""

    name: str
    head: Head
    by_type: Mapping[str, tuple[Rule, ...]]

    @classmethod
    def of(cls, name: str, head: Head) -> "Format":
        """A format by its declaration."""
        types = {one for rule in head.events for one in rule.types}
        by_type = {one: tuple(rule for rule in head.events if {one, _ANY} & set(rule.types)) for one in types | {_ANY}}
        return cls(name, head, by_type)

    def translate(
        self, document: dict[str, object], context: Context, sources: Sources
    ) -> Understood | Ignored | Refused:
        """The native event that `document` stands for, or why there is none."""
        kind = self.head.type(document)
        if not isinstance(kind, str):
            return Refused(Reason.INVALID_EVENT, "eventType: missing, or not text", self.name)
        rule, payload = self._rule(kind, document)
        if rule is None or rule.means == "ignored":
            return Ignored(self.name, _showable(kind))
        try:
            source = _source(self, document, context, sources)
            settings = sources.settings(source, self.name)
            native = Translation(self.head, rule, document, payload, context, source, settings).event()
            return Understood(ADAPTER.validate_python(native), self.name)
        except FieldError as error:
            return Refused(Reason.INVALID_EVENT, str(error), self.name)
        except ValidationError as error:
            return Refused(Reason.INVALID_EVENT, complaint(error), self.name)

    def _rule(self, kind: str, document: dict[str, object]) -> tuple[Rule | None, object]:
        """The first rule that fits, with the part of the document that it reads."""
        for rule in self.by_type.get(kind) or self.by_type[_ANY]:
            payload = document if rule.payload is None else rule.payload(document)
            if rule.when is None or rule.when.holds(payload):
                return rule, payload
        return None, None


def _showable(kind: str) -> str:
    """A type as it may stand in metrics; some LMSs put addresses of pages there."""
    return kind if _SHOWABLE.fullmatch(kind) else "other"


def _source(form: Format, document: dict[str, object], context: Context, sources: Sources) -> str:
    """The name of the installation that an event is from: the accounts and ids of two must not be mixed up."""
    instance = None if form.head.instance is None else identifier(form.head.instance(document), "source")
    if instance is not None:
        return f"{form.name}:{instance}"
    sent_by = f"{form.name}:{context.source}"
    # The source of an envelope counts only where an administrator named it: publishers vary it from event to event.
    return sent_by if context.source is not None and sent_by in sources else form.name
