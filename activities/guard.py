"""Handles messages so that no exception decides about one: it is put back, and tried again."""

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

# The errors that a defect of this app raises. Storage and the network raise others.
DEFECTS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Guard:
    """Puts messages back that cannot be handled now.

    Args:
        delivery: writes messages.
        unexpected: decides what follows from exceptions that nobody knows.
        give_up: makes a dead letter of a message.
        hold_seconds: how long a message waits while nothing can be handled.
        limit: seconds that the handling of a message may take. A service that sends a byte now and then ends nothing.
    """

    delivery: ports.Messages
    unexpected: Unexpected
    give_up: Callable[[Message, DeadLetter], Awaitable[Outcome]]
    hold_seconds: float
    limit: float

    async def safely(self, message: Message, handling: Awaitable[Outcome]) -> Outcome:
        """Handle a message. Its text, which an exception may have, does not reach the host.

        Raises:
            Unhandled: it could neither be handled nor put back. The host is to deliver it again.
        """
        try:
            # What is inside an envelope has a limit of its own, which is to end first.
            return await self.or_wait(message, handling, limits=2 if _unopened(message) else 1)
        except Exception as error:  # noqa: BLE001  nobody knows what it means
            raise Unhandled(telemetry.place(error)) from None

    async def or_wait(self, message: Message, handling: Awaitable[Outcome], *, limits: int = 1) -> Outcome:
        """Return what the handling of a message comes to, or put the message back after so many limits."""
        try:
            async with asyncio.timeout(limits * self.limit):
                return await self._unless_held(message, handling)
        except Exception as error:  # noqa: BLE001  nobody knows what it means
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

        The formats are broken, the ledger cannot be used, or newer code has written what this code cannot read.
        """
        telemetry.held(reason, detail)
        return await self._put_back(message, Retry(self.hold_seconds, why))

    async def _try_again(self, message: Message, error: Exception) -> Outcome:
        """Put a message back whose handling failed for a reason that nobody knows, or give it up on evidence.

        An envelope that cannot be opened is put back as it is, unless that is a defect, which the host counts.
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
        """Put a message back: as it is if it came from the retry queue and nothing is counted, else in an envelope."""
        text = message.queue_text
        if text is not None and not counted:
            await self.delivery.put_back(text, retry.after)
        else:
            try:
                await self.delivery.retry(message, retry, message.enrollment_id, secrets.token_hex(8))
            except StorageFault:
                # There is no place for the body of so large a message, so it goes back as it came.
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
    """Whether a message is an envelope that has not been opened."""
    return message.queue_text is not None and not message.body and message.nonce is None
