"""From a message to its outcome: parse it, reconcile its record with Graph, store what cannot be delivered."""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Protocol

from activities import telemetry
from activities.domain.errors import ConfigurationFault
from activities.domain.message import Message
from activities.domain.outcomes import Action, DeadLetter, Done, Outcome, Reason, Retry, RetryReason
from activities.domain.record import row_key
from activities.intake.formats import FormatError, Formats
from activities.intake.parse import Batch, Ignored, ParseResult, Refused, Understood, parse
from activities.sync import ports
from activities.sync.reconcile import Reconciler

_ACKNOWLEDGED = frozenset({Action.CREATED, Action.UPDATED, Action.REPLACED, Action.DELETED})


class Delivery(ports.Delivery, Protocol):
    """What the handler needs besides to write messages and to open what was written."""

    async def open(self, text: bytes) -> Message:
        """Return the message inside an envelope. A text that is not an envelope is the message itself."""
        ...

    async def split(self, items: tuple[str, ...]) -> list[str]:
        """Put each item of a batch on the inbound queue, and return the items that are too large."""
        ...


class Handler:
    """Handles the messages of all queues. What storage refuses is raised, and the host delivers again.

    Args:
        reconciler: reconciles records with Graph.
        delivery: writes messages.
        formats: what is known of LMSs, or what is wrong with the declarations.
        hold_seconds: how long a message waits while nothing can be handled.
    """

    def __init__(
        self, reconciler: Reconciler, delivery: Delivery, formats: Formats | FormatError, *, hold_seconds: float
    ) -> None:
        self._reconciler = reconciler
        self._delivery = delivery
        self._formats = formats
        self._hold_seconds = hold_seconds

    async def event(self, body: bytes) -> Outcome:
        """Handle a message of the inbound queue."""
        return await self._handle(Message(body))

    async def retry(self, body: bytes) -> Outcome:
        """Handle a message of the retry queue: an envelope around the original."""
        return await self._handle(await self._delivery.open(body))

    async def poison(self, body: bytes) -> Outcome:
        """Handle a message that the host gave up: it becomes a dead letter, with its record if it can be parsed."""
        message = await self._delivery.open(body)
        try:
            parsed = self._parse(message)
        except Exception:  # noqa: BLE001  what made the host give up the message must not keep it from the dead letters
            parsed = Refused(Reason.HOST_POISON, "")
        enrollment_id = parsed.event.enrollment_id if isinstance(parsed, Understood) else message.enrollment_id
        letter = DeadLetter(Reason.HOST_POISON, "the host gave up after its last try")
        # Nobody knows whether the event was merged, so the letters of one record are told apart by their text.
        await self._delivery.dead_letter(message, letter, enrollment_id, hashlib.sha256(message.body).hexdigest())
        telemetry.handled(letter, _about(message, parsed))
        return letter

    async def _handle(self, message: Message) -> Outcome:
        if isinstance(self._formats, FormatError):
            return await self._hold(message, "formats", str(self._formats))
        parsed = self._parse(message)
        try:
            outcome = await self._outcome(message, parsed)
        except ConfigurationFault as fault:
            return await self._hold(message, "ledger", fault.detail)
        telemetry.handled(outcome, _about(message, parsed))
        if isinstance(parsed, Understood) and isinstance(outcome, Done) and outcome.action in _ACKNOWLEDGED:
            telemetry.acknowledged(parsed.event.occurred_at)
        return outcome

    async def _hold(self, message: Message, reason: str, detail: str) -> Outcome:
        """Put a message back until a wrong format declaration is fixed, or the ledger can be reached.

        Either would make every event fail, or be misread.
        """
        telemetry.held(reason, detail)
        retry = Retry(self._hold_seconds, RetryReason.HOLD)
        await self._delivery.retry(message, retry, message.enrollment_id, secrets.token_hex(8))
        telemetry.handled(
            retry, {"format": "unknown", "event_type": "unread", "attempt": message.attempt, "record": ""}
        )
        return retry

    def _parse(self, message: Message) -> ParseResult:
        formats = self._formats if isinstance(self._formats, Formats) else None
        # Few systems send events without a time. Such an event counts as having occurred when it was first seen.
        return parse(message.body, formats, message.first_seen or datetime.now(UTC))

    async def _outcome(self, message: Message, parsed: ParseResult) -> Outcome:
        if isinstance(parsed, Understood):
            return await self._reconciler.reconcile(message, parsed.event.enrollment_id, parsed.event)
        if message.enrollment_id is not None:
            # The body is no longer in its blob, or this version reads it otherwise. The record has what it said.
            return await self._reconciler.reconcile(message, message.enrollment_id, None)
        if isinstance(parsed, Ignored):
            return Done(Action.IGNORED)
        if isinstance(parsed, Batch):
            for item in await self._delivery.split(parsed.items):
                await self._refuse(Message(item.encode()), Refused(Reason.INVALID_EVENT, "an item too large"))
            return Done(Action.SPLIT)
        return await self._refuse(message, parsed)

    async def _refuse(self, message: Message, refused: Refused) -> Outcome:
        letter = DeadLetter(refused.reason, refused.detail)
        await self._delivery.dead_letter(message, letter)
        return letter


def _about(message: Message, parsed: ParseResult) -> telemetry.Fields:
    """Return what telemetry may say about a message: codes and a hash, but no text of the message."""
    event_type, name, record = type(parsed).__name__.lower(), "unknown", ""
    if isinstance(parsed, Understood):
        event_type = parsed.event.event_type
        record = row_key(parsed.event.enrollment_id)
    if not isinstance(parsed, Batch):
        name = parsed.format
    return {"format": name, "event_type": event_type, "attempt": message.attempt, "record": record}
