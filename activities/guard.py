"""Guards messages against exceptions: a message that can't be handled now is put back and tried again."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from activities import telemetry
from activities.domain.errors import NewerVersion, StorageFault, Unhandled
from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter, Outcome, Retry, RetryReason
from activities.sync import ports
from activities.sync.unexpected import Unexpected

# Errors that point to a bug in this app. Storage and the network raise others.
DEFECTS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Guard:
    """Puts back messages that can't be handled now.

    Args:
        delivery: writes messages.
        unexpected: decides what to do after an unexpected exception.
        give_up: turns a message into a dead letter.
        hold_seconds: how long a message waits while nothing can be handled.
        limit: how many seconds handling a message may take. Other timeouts never fire if a service keeps sending a
            byte now and then.
    """

    delivery: ports.Messages
    unexpected: Unexpected
    give_up: Callable[[Message, DeadLetter], Awaitable[Outcome]]
    hold_seconds: float
    limit: float

    async def safely(self, message: Message, handling: Awaitable[Outcome]) -> Outcome:
        """Handle a message. An exception may contain the message's text, but that text doesn't reach the host.

        Raises:
            Unhandled: the message could be neither handled nor put back. The host has to deliver it again.
        """
        try:
            # The message inside an envelope has a limit of its own, which should be reached first.
            return await self.or_wait(message, handling, limits=2 if _unopened(message) else 1)
        except Exception as error:  # noqa: BLE001  it could be anything
            raise Unhandled(telemetry.place(error)) from None

    async def or_wait(self, message: Message, handling: Awaitable[Outcome], *, limits: int = 1) -> Outcome:
        """Return the outcome of handling a message. After an exception or `limits` times the limit, put it back."""
        try:
            async with asyncio.timeout(limits * self.limit):
                return await self._unless_held(message, handling)
        except Exception as error:  # noqa: BLE001  it could be anything
            return await self._try_again(message, error)

    async def _unless_held(self, message: Message, handling: Awaitable[Outcome]) -> Outcome:
        try:
            return await handling
        except StorageFault as fault:
            return await self.wait(message, fault.place, fault.detail)
        except NewerVersion as newer:
            return await self.wait(message, "version", str(newer), RetryReason.NEWER_VERSION)

    async def wait(self, message: Message, reason: str, detail: str, why: RetryReason = RetryReason.HOLD) -> Outcome:
        """Put a message back, because every message would fail or be misread now.

        Either the formats are broken, or storage can't be used, or newer code has written something that this code
        can't read.
        """
        telemetry.held(reason, detail)
        return await self._put_back(message, Retry(self.hold_seconds, why))

    async def _try_again(self, message: Message, error: Exception) -> Outcome:
        """Put back a message that failed with an unexpected exception, or give it up if there's evidence against it.

        An envelope that can't be opened is put back as it is. But if a bug is the cause, the error is raised, so that
        the host counts it.
        """
        where = telemetry.unexpected(error)
        if _unopened(message):
            if isinstance(error, DEFECTS):
                raise error
            return await self._put_back(message, Retry(self.hold_seconds, RetryReason.UNEXPECTED))
        tried, decision = await self.unexpected.after(message, where)
        if isinstance(decision, DeadLetter):
            return await self._unless_held(tried, self.give_up(tried, decision))
        outcome = await self._put_back(tried, decision, counted=True)
        if message.blob is not None:
            # The new envelope has the body in a blob of its own.
            await self.delivery.discard(message.blob)
        return outcome

    async def _put_back(self, message: Message, retry: Retry, *, counted: bool = False) -> Outcome:
        """Put a message back.

        If it came from the retry queue and nothing is counted, it stays as it is. Otherwise it gets a new envelope.
        """
        text = message.queue_text
        if text is not None and not counted:
            await self.delivery.put_back(text, retry.after)
        else:
            try:
                await self.delivery.retry(message, retry, message.enrollment_id, secrets.token_hex(8))
            except StorageFault:
                # The message is large, and there's nowhere to store its body. So it goes back as it came.
                if text is not None:
                    await self.delivery.put_back(text, retry.after)
                else:
                    await self.delivery.send_back(message.body, retry.after)
        about: telemetry.Fields = {
            "format": "unknown",
            "event_type": "unread",
            "attempt": message.attempt,
            "record": "",
        }
        telemetry.handled(retry, about)
        return retry


def _unopened(message: Message) -> bool:
    """Return whether a message is an envelope that hasn't been opened."""
    return message.queue_text is not None and not message.body and message.nonce is None
