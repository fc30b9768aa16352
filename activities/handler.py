"""From a message to its outcome: parse, merge, sync, and put away what cannot be delivered."""

import hashlib
import secrets
from datetime import UTC, datetime

from activities import telemetry
from activities.domain.errors import ConfigurationFault
from activities.domain.outcomes import Action, DeadLetter, Done, Outcome, Reason, Retry, RetryReason
from activities.intake.formats import FormatError, Formats
from activities.intake.parse import Batch, Ignored, Parsed, Refused, Understood, parse
from activities.storage.delivery import Delivery, Message
from activities.storage.ledger import keys
from activities.sync.reconcile import Sync

_ACKNOWLEDGED = frozenset({Action.CREATED, Action.UPDATED, Action.REPLACED, Action.DELETED})


class Handler:
    """Handles the messages of all queues. What storage refuses is raised, and the host delivers again."""

    def __init__(self, sync: Sync, delivery: Delivery, formats: Formats | FormatError) -> None:
        self._sync = sync
        self._delivery = delivery
        self._formats = formats

    async def event(self, body: bytes) -> Outcome:
        """A message of the inbound queue."""
        return await self._handle(Message(body))

    async def retry(self, body: bytes) -> Outcome:
        """A message of the retry queue: an envelope around the original."""
        return await self._handle(await self._delivery.open(body))

    async def poison(self, body: bytes) -> Outcome:
        """A message that the host gave up: it becomes a dead letter that names its record, if it can be parsed."""
        message = await self._delivery.open(body)
        try:
            parsed = self._parse(message)
        except Exception:  # noqa: BLE001  whatever made the host give it up must not keep it from where it is seen
            parsed = Refused(Reason.HOST_POISON, "")
        enrollment_id = parsed.event.enrollment_id if isinstance(parsed, Understood) else message.enrollment_id
        letter = DeadLetter(Reason.HOST_POISON, "the host gave up after its last try")
        # Nobody knows whether its event was merged, so letters of one record are told apart by their text.
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

    async def _hold(self, message: Message, scope: str, detail: str) -> Outcome:
        """Put a message back until a wrong format declaration or a ledger out of reach is mended.

        Either would fail, or misread, every event.
        """
        telemetry.held(scope, detail)
        retry = Retry(self._sync.settings.hold_seconds, RetryReason.HOLD)
        await self._delivery.retry(message, retry, message.enrollment_id, secrets.token_hex(8))
        telemetry.handled(
            retry, {"format": "unknown", "event_type": "unread", "attempt": message.attempt, "record": ""}
        )
        return retry

    def _parse(self, message: Message) -> Parsed:
        formats = self._formats if isinstance(self._formats, Formats) else None
        # An event without a time of its own (few systems send such) counts as having happened when it was first seen.
        return parse(message.body, formats, message.first_seen or datetime.now(UTC))

    async def _outcome(self, message: Message, parsed: Parsed) -> Outcome:
        if isinstance(parsed, Understood):
            return await self._sync.bring(message, parsed.event.enrollment_id, parsed.event)
        if message.enrollment_id is not None:
            # The body is gone from its blob, or this version reads it otherwise; the record has what it said.
            return await self._sync.bring(message, message.enrollment_id, None)
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


def _about(message: Message, parsed: Parsed) -> telemetry.Fields:
    """What telemetry may say of a message: codes of ours and a hash, no text of the message."""
    kind, name, record = type(parsed).__name__.lower(), "unknown", ""
    if isinstance(parsed, Understood):
        kind = parsed.event.event_type
        record = keys(parsed.event.enrollment_id)[1]
    if not isinstance(parsed, Batch):
        name = parsed.format
    return {"format": name, "event_type": kind, "attempt": message.attempt, "record": record}
