"""What becomes of a message whose handling fails for a reason that nobody knows."""

import asyncio
import json
import time
from typing import NoReturn

import pytest

from activities.domain.errors import Unhandled
from activities.domain.message import Message
from activities.domain.outcomes import Retry, RetryReason
from activities.guard import Guard
from activities.handler import Handler
from activities.intake.formats import Formats
from activities.intake.formats.sources import Sources
from activities.service import Service
from activities.sync.unexpected import Unexpected
from tests.storage_reading import dead_letters, wait_for_retry

SURPRISE = json.dumps({"anything": "Ann Smith"}).encode()


class BrokenFormats(Formats):
    """Formats with a defect, which names what it has read."""

    def recognise(self, document: dict[str, object]) -> NoReturn:
        """Fail at every document that is no native event."""
        raise ZeroDivisionError(document)


@pytest.fixture
def handler(service: Service) -> Handler:
    """Return the service's handler, but with a defect in its formats."""
    formats = BrokenFormats((), Sources())
    return Handler(service.reconciler, service.delivery, service.letters, formats, hold_seconds=1, clock=time.time)


async def test_what_nobody_knows_is_tried_again(service: Service, handler: Handler) -> None:
    """It waits in an envelope with a reason of its own, which counts failures, and uses none of the host's tries."""
    assert isinstance(await handler.event(SURPRISE), Retry)
    first = await wait_for_retry(service)
    outcome = await handler.retry(first.content.encode())
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.UNEXPECTED
    second = await wait_for_retry(service)
    envelopes = [json.loads(one.content) for one in (first, second)]
    assert [(one["reason"], one["attempt"], one["failing"]["tries"]) for one in envelopes] == [
        ("unexpected", 2, 1),
        ("unexpected", 3, 2),
    ]
    assert await dead_letters(service.letters) == []


async def test_the_host_is_not_told_what_a_message_says(service: Service, handler: Handler) -> None:
    """If the message cannot even be put back, the host hears of it, but not of learners."""
    await service.storage.queue(service.settings.retry_queue).delete_queue()
    with pytest.raises(Unhandled) as caught:
        await handler.event(SURPRISE)
    assert "Ann" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.timeout(20)
async def test_a_message_that_takes_for_ever_is_put_back(service: Service) -> None:
    """A service that sends a byte now and then keeps no message from being tried again."""
    parts = service.reconciler.parts
    unexpected = Unexpected(parts.policy, parts.graph, time.time)
    guard = Guard(service.delivery, unexpected, service.letters.write, hold_seconds=1, limit=0.05)
    outcome = await guard.safely(Message(SURPRISE), asyncio.Event().wait())
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.UNEXPECTED
    assert (await wait_for_retry(service)).content.count("anything") == 1
