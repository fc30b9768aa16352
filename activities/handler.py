"""Handles each message: parse it, reconcile its record with Graph, and store what can't be delivered."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from activities import telemetry
from activities.domain.errors import NewerVersion, StorageFault
from activities.domain.message import Control, Message
from activities.domain.news import News, news_of
from activities.domain.outcomes import Action, DeadLetter, Done, Outcome, Reason, Retry
from activities.domain.record import row_key
from activities.guard import Guard
from activities.intake.formats import FormatError, Formats
from activities.intake.parse import Batch, Ignored, ParseResult, Refused, Understood, parse
from activities.sync import ports
from activities.sync.parts import REQUESTS
from activities.sync.reconcile import SYNC, Reconciler, Task
from activities.sync.unexpected import Unexpected

_ACKNOWLEDGED = frozenset({Action.CREATED, Action.UPDATED, Action.REPLACED, Action.REBOUND, Action.DELETED})
# The control messages, and what each one asks for.
_CONTROLS: Mapping[str, Task] = {
    "check": Task(checks=True, at_once=True),
    "compare": Task(compares=True),
    "rebind": Task(rebinds=True, at_once=True),
    "forget": Task(forgets="record", at_once=True),
    "forget-activity": Task(forgets="activity", at_once=True),
}
# One more, which isn't about a record. The answer tells its sender that messages are handled, and by which package.
_PING = "ping"
_GIVEN_UP = DeadLetter(
    Reason.HOST_POISON, "the host gave up after its last try: the log lines `unexpected` and AppExceptions say where"
)


class Handler:
    """Handles the messages of all queues. After an exception, a message is put back and tried again.

    An exception is raised only if the message couldn't be put back either. Then the host delivers it again.

    Args:
        reconciler: reconciles records with Graph.
        delivery: writes messages.
        letters: stores dead letters.
        answers: answers pings.
        formats: the LMSs' formats, or what's wrong with them.
        hold_seconds: how long a message waits while nothing can be handled.
        clock: gives seconds since 1970.
    """

    def __init__(  # noqa: PLR0913  these are the parts and settings
        self,
        reconciler: Reconciler,
        delivery: ports.Messages,
        letters: ports.Letters,
        answers: ports.Answers,
        formats: Formats | FormatError,
        *,
        hold_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._reconciler = reconciler
        parts = reconciler.parts
        self._tries = Unexpected(parts.policy, parts.graph, clock)
        self._guard = Guard(delivery, self._tries, self._give_up, hold_seconds, 2 * REQUESTS * parts.times.deadline)
        self._delivery = delivery
        self._letters = letters
        self._answers = answers
        self._formats = formats
        self._clock = clock

    async def event(self, body: bytes) -> Outcome:
        """Handle a message from the inbound queue."""
        telemetry.received()
        message = self._received(body)
        return await self._guard.safely(message, self._handle(message))

    async def retry(self, text: bytes) -> Outcome:
        """Handle a message from the retry queue: an envelope around the original, or a control message."""
        return await self._guard.safely(Message(b"", queue_text=text), self._open_and_handle(text))

    async def poison(self, body: bytes) -> Outcome:
        """Handle a message from the inbound queue that the host gave up on."""
        message = self._received(body)
        return await self._guard.safely(message, self._give_up(message, _GIVEN_UP))

    async def retry_poison(self, text: bytes) -> Outcome:
        """Handle a message from the retry queue that the host gave up on."""
        return await self._guard.safely(Message(b"", queue_text=text), self._open_and_give_up(text))

    async def _open_and_handle(self, text: bytes) -> Outcome:
        opened = await self._delivery.open(text)
        if isinstance(opened, Control):
            begun = replace(opened, message=self._tries.begun(opened.message))
            return await self._guard.or_wait(opened.message, self._control(begun))
        return await self._guard.or_wait(opened, self._handle(self._tries.begun(opened)))

    async def _open_and_give_up(self, text: bytes) -> Outcome:
        opened = await self._delivery.open(text)
        message = opened.message if isinstance(opened, Control) else opened
        return await self._guard.or_wait(message, self._give_up(message, _GIVEN_UP))

    async def _handle(self, message: Message) -> Outcome:
        if isinstance(self._formats, FormatError):
            return await self._guard.wait(message, "formats", str(self._formats))
        parsed = self._parse(message)
        outcome = await self._outcome(message, parsed)
        await self._conclude(message, parsed, outcome)
        return outcome

    async def _conclude(self, message: Message, parsed: ParseResult, outcome: Outcome) -> None:
        """Report what became of a message. Delete its body last."""
        telemetry.handled(outcome, _about(message, parsed))
        if message.attempt == 1:
            _report(parsed)
        if isinstance(parsed, Understood) and isinstance(outcome, Done) and outcome.action in _ACKNOWLEDGED:
            self._tries.handled()
            telemetry.acknowledged(parsed.event.occurred_at)
        if message.blob is not None:
            await self._delivery.discard(message.blob)

    def _parse(self, message: Message) -> ParseResult:
        formats = self._formats if isinstance(self._formats, Formats) else None
        # A few systems send events without a time. Such an event counts as having occurred when it was first seen.
        now = self._now()
        return parse(message.body, formats, message.first_seen or now, now)

    def _received(self, body: bytes) -> Message:
        """Return a message that was received just now. If its event has no time, it counts as having occurred now."""
        return Message(body, first_seen=self._now())

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    async def _outcome(self, message: Message, parsed: ParseResult) -> Outcome:
        task = Task(anew=True) if message.redriven else SYNC
        former = message.enrollment_id
        if isinstance(parsed, Understood):
            return await self._reconcile(message, parsed, task)
        if former is not None:
            # The body is gone, or the formats no longer find an event in it. But the record has what the event said.
            return await self._reconciler.reconcile(message, former, None, task)
        if isinstance(parsed, Ignored):
            return Done(Action.IGNORED)
        if message.body_deleted:
            # The body is deleted last. So this message was handled to the end, and has been delivered again.
            return Done(Action.UNCHANGED)
        if isinstance(parsed, Batch):
            await self._delivery.split(parsed.items)
            return Done(Action.SPLIT)
        return await self._refuse(message, DeadLetter(parsed.reason, parsed.detail))

    async def _reconcile(self, message: Message, parsed: Understood, task: Task) -> Outcome:
        """Reconcile the event's record. If the envelope names another record, from an earlier try, reconcile it too."""
        former, enrollment_id, first = message.enrollment_id, parsed.event.enrollment_id, None
        if former is not None and former != enrollment_id:
            first = await self._reconciler.reconcile(message, former, None, task)
        try:
            return await self._reconciler.reconcile(message, enrollment_id, _news(parsed), task)
        except Exception as error:
            # A retry already stands for the message. With a second one, it would be doubled each time it's due.
            if not isinstance(first, Retry):
                raise
            telemetry.unexpected(error)
            return first

    async def _refuse(self, message: Message, letter: DeadLetter) -> Outcome:
        await self._letters.write(message, letter)
        return letter

    async def _control(self, control: Control) -> Outcome:
        """Carry out a control message, and report what became of it."""
        outcome = await self._carry_out(control)
        name = control.action if control.action in _CONTROLS or control.action == _PING else "unknown"
        about: telemetry.Fields = {"attempt": control.message.attempt, "record": control.record}
        telemetry.handled(outcome, {"format": "control", "event_type": name, **about})
        return outcome

    async def _carry_out(self, control: Control) -> Outcome:
        if control.action == _PING:
            await self._answers.answer(
                control.record, str(self._formats) if isinstance(self._formats, FormatError) else ""
            )
            return Done(Action.ANSWERED)
        if control.action not in _CONTROLS:
            return await self._refuse(control.message, DeadLetter(Reason.MALFORMED, "an unknown control message"))
        record = await self._reconciler.find(control.record)
        if record is None:
            return await self._refuse(control.message, DeadLetter(Reason.MALFORMED, "there is no such record"))
        enrollment_id = record.enrollment_id or control.enrollment_id
        if enrollment_id is None:
            # The record was forgotten, so there's nothing left to do.
            return Done(Action.UNCHANGED)
        task = _CONTROLS[control.action]
        # Patience starts over with the operator's message, but not with each of its retries.
        anew = not task.compares and (control.message.nonce is None or control.message.redriven)
        return await self._reconciler.reconcile(control.message, enrollment_id, None, replace(task, anew=anew))

    async def _give_up(self, message: Message, letter: DeadLetter) -> Outcome:
        """Give a message up by parking its record, which can then heal like any other.

        If there's no record, or another unexpected exception, the message becomes a dead letter on its own.
        """
        parsed: ParseResult = Refused(Reason.HOST_POISON, "")
        try:
            parsed = self._parse(message)
            outcome = await self._park(message, parsed, letter)
        except (StorageFault, NewerVersion):
            raise
        except Exception as error:  # noqa: BLE001  it could be anything
            telemetry.unexpected(error)
            outcome = letter
            named = parsed.event.enrollment_id if isinstance(parsed, Understood) else message.enrollment_id
            await self._letters.write(message, letter, named)
        await self._conclude(message, parsed, outcome)
        return outcome

    async def _park(self, message: Message, parsed: ParseResult, letter: DeadLetter) -> Outcome:
        news = _news(parsed) if isinstance(parsed, Understood) else None
        former = message.enrollment_id
        enrollment_id = parsed.event.enrollment_id if isinstance(parsed, Understood) else former
        task = Task(gives_up=letter)
        if former not in (None, enrollment_id) and await self._reconciler.knows(former):
            await self._reconciler.reconcile(message, former, None, task)
        if enrollment_id is not None and await self._reconciler.knows(enrollment_id):
            return await self._reconciler.reconcile(message, enrollment_id, news, task)
        await self._letters.write(message, letter, enrollment_id)
        return letter


def _report(parsed: ParseResult) -> None:
    """Report what was left out of an event. Its retries leave out the same, so they don't report it again."""
    if isinstance(parsed, Understood):
        for field in parsed.dropped:
            telemetry.dropped(parsed.format, field)
    elif isinstance(parsed, Ignored) and parsed.untyped:
        telemetry.untyped(parsed.format, parsed.type)


def _news(parsed: Understood) -> News:
    return news_of(
        parsed.event, parsed.source, parsed.formerly, enrols_again=parsed.enrols_again, untimed=parsed.untimed
    )


def _about(message: Message, parsed: ParseResult) -> telemetry.Fields:
    """Return what telemetry may say about a message: codes and a hash, but none of its text."""
    event_type, name, record = type(parsed).__name__.lower(), "unknown", ""
    if isinstance(parsed, Understood):
        event_type = parsed.event.event_type
        record = row_key(parsed.event.enrollment_id)
    if not isinstance(parsed, Batch):
        name = parsed.format
    return {"format": name, "event_type": event_type, "attempt": message.attempt, "record": record}
