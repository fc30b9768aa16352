"""From a message to its outcome: parse, merge, sync, and put away what cannot be delivered."""

from activities.delivery import Delivery, Message
from activities.outcomes import Action, DeadLetter, Done, Outcome, Reason
from activities.parsing import Batch, Ignored, Refused, Understood, parse
from activities.sync import Sync


class Handler:
    """Handles the messages of all queues. What storage refuses is raised, and the host delivers again."""

    def __init__(self, sync: Sync, delivery: Delivery) -> None:
        self._sync = sync
        self._delivery = delivery

    async def event(self, body: bytes) -> Outcome:
        """A message of the inbound queue."""
        return await self._handle(Message(body))

    async def retry(self, body: bytes) -> Outcome:
        """A message of the retry queue: an envelope around the original."""
        return await self._handle(await self._delivery.open(body))

    async def poison(self, body: bytes) -> Outcome:
        """A message that the host gave up: it becomes a dead letter that names its record, if it can be parsed."""
        message = await self._delivery.open(body)
        parsed = parse(message.body)
        enrollment_id = parsed.event.enrollment_id if isinstance(parsed, Understood) else message.enrollment_id
        letter = DeadLetter(Reason.HOST_POISON, "the host gave up after its last try")
        await self._delivery.dead_letter(message, letter, enrollment_id)
        return letter

    async def _handle(self, message: Message) -> Outcome:
        parsed = parse(message.body)
        if isinstance(parsed, Understood):
            return await self._sync.bring(message, parsed.event.enrollment_id, parsed.event)
        if message.enrollment_id is not None:
            # The body is gone from its blob, or this version reads it otherwise; the record has what it said.
            return await self._sync.bring(message, message.enrollment_id, None)
        return await self._put_away(message, parsed)

    async def _put_away(self, message: Message, parsed: Ignored | Batch | Refused) -> Outcome:
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
