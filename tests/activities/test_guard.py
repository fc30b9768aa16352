"""What becomes of a message whose handling fails for an unknown reason."""

import asyncio
import json
import time
from typing import ClassVar, NoReturn

import pytest

from activities.domain.errors import Unhandled
from activities.domain.message import Message
from activities.domain.outcomes import Retry, RetryReason
from activities.guard import Guard
from activities.handler import Handler
from activities.intake.formats import Format, Formats, load_formats
from activities.intake.formats.sources import Sources
from activities.service import Service
from activities.sync.unexpected import Unexpected
from tests import ROOT
from tests.storage_reading import dead_letters, wait_for_retry
from tools.develop.simulator import Simulator

SURPRISE = json.dumps({"anything": "Ann Smith"}).encode()


class BrokenFormats(Formats):
    """Formats with a bug, whose exception quotes what was read."""

    def recognise(self, document: dict[str, object]) -> NoReturn:
        """Fail at every document that isn't a native event."""
        raise ZeroDivisionError(document)


@pytest.fixture
def handler(service: Service) -> Handler:
    """Return the service's handler, but with a bug in its formats."""
    formats = BrokenFormats((), Sources())
    return Handler(
        service.reconciler, service.delivery, service.letters, service.shared, formats, hold_seconds=1, clock=time.time
    )


async def test_what_nobody_knows_is_tried_again(service: Service, handler: Handler) -> None:
    """It waits in an envelope with its own reason, which counts failures, and uses none of the host's tries."""
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
    """If the message can't even be put back, the host gets an exception, but nothing about learners."""
    await service.storage.queue(service.settings.retry_queue).delete_queue()
    with pytest.raises(Unhandled) as caught:
        await handler.event(SURPRISE)
    assert "Ann" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.fixture
def guard(service: Service) -> Guard:
    """Return a guard that gives a message only a moment."""
    parts = service.reconciler.parts
    unexpected = Unexpected(parts.policy, parts.graph, time.time)
    return Guard(service.delivery, unexpected, service.letters.write, hold_seconds=1, limit=0.5)


@pytest.mark.timeout(20)
async def test_a_message_that_takes_for_ever_is_put_back(service: Service, guard: Guard) -> None:
    """A service that sends a byte now and then doesn't keep a message from being tried again."""
    outcome = await guard.safely(Message(SURPRISE), asyncio.Event().wait())
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.UNEXPECTED
    assert (await wait_for_retry(service)).content.count("anything") == 1


@pytest.mark.timeout(20)
async def test_a_retry_that_takes_for_ever_is_counted(service: Service, guard: Guard) -> None:
    """The limit for the envelope's content ends before that for the envelope, which could only put it back as it is."""
    opened = guard.or_wait(Message(SURPRISE, nonce="n"), asyncio.Event().wait())
    assert isinstance(await guard.safely(Message(b"", queue_text=b"an envelope"), opened), Retry)
    assert json.loads((await wait_for_retry(service)).content)["failing"]["tries"] == 1


class MoodyFormats(Formats):
    """Formats that fail at every document's first try."""

    tried: ClassVar[set[str]] = set()

    def recognise(self, document: dict[str, object]) -> Format | None:
        """Fail once at each document."""
        if str(document) not in self.tried:
            self.tried.add(str(document))
            raise BufferError
        return super().recognise(document)


async def test_only_failures_in_a_row_count(service: Service, simulator: Simulator) -> None:
    """If the message was handled in between, even if it has to wait for Graph, the count starts again."""
    known = load_formats()
    moody = MoodyFormats(known.formats, known.sources)
    handler = Handler(
        service.reconciler, service.delivery, service.letters, service.shared, moody, hold_seconds=1, clock=time.time
    )
    event = (ROOT / "tests/events/workramp/completed.json").read_bytes()
    simulator.configure(permissions={"assignment"})
    assert isinstance(await handler.event(json.dumps(json.loads(event)["event"]).encode()), Retry)
    first = await wait_for_retry(service)
    outcome = await handler.retry(first.content.encode())
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD
    second = await wait_for_retry(service)
    assert ["failing" in json.loads(one.content) for one in (first, second)] == [True, False]


async def test_an_operators_wish_is_kept(service: Service) -> None:
    """A control message that failed for an unknown reason still resets patience when it's tried again."""
    parts = service.reconciler.parts
    unexpected = Unexpected(parts.policy, parts.graph, time.time)
    tried = [
        (await unexpected.after(message, "somewhere"))[0].redriven
        for message in (Message(b"{}"), Message(b"{}", redriven=True), Message(b"{}", from_operator=True))
    ]
    assert tried == [False, True, True]
