"""Says what the app would make of a message. It runs the app's own code, without Azure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from activities.domain.record import row_key
from activities.intake.formats import Formats
from activities.intake.parse import parse
from activities.intake.result import Batch, Ignored, Refused, Understood
from tools.operate.publish.items import Item

# For text that can't become a message. The app never sees it, so it has no reason code for it.
UNSENDABLE = "unsendable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one message, or of one item of a batch.

    Attributes:
        place: where the message is.
        became: the result in a word.
        format: the format that recognises it, if any.
        event_type: what happened. For an ignored event, the LMS's own type.
        reason, detail: why it's refused. The detail names fields, never their values.
        dropped: optional values that can't be used. The rest of the event still counts.
        event: what was understood.
    """

    place: str
    became: Literal["understood", "ignored", "refused"]
    format: str | None = None
    event_type: str | None = None
    reason: str | None = None
    detail: str | None = None
    dropped: tuple[str, ...] = ()
    event: Understood | None = None

    @property
    def record(self) -> str | None:
        """The row key of its enrolment's record."""
        return None if self.event is None else row_key(self.event.event.enrollment_id)

    @property
    def found(self) -> bool:
        """Whether somebody should look at it, because it's refused or a value was dropped."""
        return self.became == "refused" or bool(self.dropped)


def verdicts(item: Item, formats: Formats, now: datetime) -> Iterator[Verdict]:
    """Yield what the app would make of a message if it were published now. A batch gets a verdict per item."""
    if item.fault is not None:
        yield Verdict(item.place, "refused", reason=UNSENDABLE, detail=item.fault)
        return
    match parse(item.text.encode(), formats, now, now):
        case Batch(texts):
            for number, text in enumerate(texts, 1):
                yield from verdicts(Item(f"{item.place}.{number}", text), formats, now)
        case Ignored(name, event_type):
            yield Verdict(item.place, "ignored", name, event_type)
        case Refused(reason, detail, name):
            yield Verdict(item.place, "refused", name, reason=reason.value, detail=detail)
        case Understood(event, name) as understood:
            dropped = understood.dropped
            yield Verdict(item.place, "understood", name, event.event_type, dropped=dropped, event=understood)
