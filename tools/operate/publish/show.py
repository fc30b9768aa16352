"""Shows what becomes of messages, in one line or JSON object each. Values from events are never shown."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.operate import screen
from tools.operate.publish.plan import Effect, Planned
from tools.operate.publish.source import STANDARD_INPUT
from tools.operate.publish.verdict import Verdict

# The count of messages with a value that can't be used.
LEFT_OUT = "leftOut"
# This much of a row key is enough to find the record.
_SHORT = 12
_WORDS = {LEFT_OUT: "with values left out", "sentBefore": "sent before"}


@dataclass
class Report:
    """Shows one message after another, and counts them."""

    as_json: bool
    counts: Counter[str] = field(default_factory=Counter)
    found: bool = False

    def verdict(self, verdict: Verdict) -> None:
        """Show what the app would make of a message."""
        self.counts.update([verdict.became, *[LEFT_OUT] * bool(verdict.dropped)])
        self.found |= verdict.found
        if self.as_json:
            self._object({
                "place": verdict.place,
                "became": verdict.became,
                "format": verdict.format,
                "eventType": verdict.event_type,
                "record": verdict.record,
                "reason": verdict.reason,
                "detail": verdict.detail,
                "dropped": list(verdict.dropped),
            })  # fmt: skip
            return
        said = _because(verdict.reason, verdict.detail) or f"{verdict.event_type or '':<18}  {_short(verdict.record)}"
        self._line(verdict.place, verdict.became, said)
        self._dropped(verdict.dropped)

    def planned(self, planned: Planned) -> None:
        """Show what a message would lead to. Without --json, show only messages that somebody has to look at."""
        self.counts.update([planned.effect.value, *[LEFT_OUT] * bool(planned.dropped)])
        needs_somebody = planned.effect in (Effect.REFUSED, Effect.UNCLEAR)
        self.found |= needs_somebody or bool(planned.dropped)
        if self.as_json:
            self._object({
                "place": planned.place,
                "effect": planned.effect.value,
                "record": planned.record,
                "reason": planned.reason,
                "detail": planned.detail,
                "dropped": list(planned.dropped),
            })  # fmt: skip
        elif needs_somebody or planned.dropped:
            self._line(planned.place, planned.effect, _because(planned.reason, planned.detail))
            self._dropped(planned.dropped)

    def summary(self, counts: Mapping[str, int]) -> None:
        """Show these counts, in this order."""
        if self.as_json:
            self._object(counts)
            return
        for name, count in counts.items():
            screen.line(f"{count:7,}  {_WORDS.get(name, name)}", style="bold")

    def published(self, counts: Mapping[str, int], source: str, queue: str) -> None:
        """Show how many messages of a source were sent, and where to. Then show the other counts that aren't zero."""
        if self.as_json:
            self._object({**counts, "source": source, "queue": queue})
            return
        where = "" if source == STANDARD_INPUT else f"  ({source})"
        screen.folded(f"{counts['sent']:7,}  sent to {queue}{where}", indent=9, style="bold")
        self.summary({name: count for name, count in counts.items() if name != "sent" and count})

    def _dropped(self, names: tuple[str, ...]) -> None:
        if names:
            self._line("", "", f"left out: {', '.join(names)}")

    def _line(self, place: str, word: str, said: str) -> None:
        style = "red" if word == "refused" else None
        screen.folded(f"{place:>7}  {word:<10}  {said}".rstrip(), indent=21, style=style)

    def _object(self, value: Mapping[str, object]) -> None:
        # There may be very many, and rich takes longer to print a line than the app takes to read an event.
        print(screen.as_json({name: one for name, one in value.items() if one is not None}))


def _because(reason: str | None, detail: str | None) -> str:
    return ": ".join(text for text in (reason, detail) if text)


def _short(record: str | None) -> str:
    return "" if record is None else record[:_SHORT]
