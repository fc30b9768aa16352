"""While no blob can be written, a message that needs one goes back to the inbound queue, unchanged."""

import json
import math
from datetime import UTC, datetime

import pytest

from activities.domain.outcomes import Retry, RetryReason
from activities.domain.record import row_key
from activities.storage.envelope import ControlEnvelope, Envelope
from tests.faults.actions import Status
from tests.traces.stories import ENROLMENT, Event, assigned, progressed, text_of
from tests.traces.test_identity import BY_MAIL, HAS_HER_MAIL, IS_ANN
from tests.traces.worker import Worker
from tests.traces.world import BEGIN, World

# Nobody reads it, but it makes a message too large for a retry.
PADDING = {"padding": "x" * 60_000}
CLOSED = Status(403)


async def without_blobs(world: World) -> Worker:
    """Start a worker that has no access to the containers."""
    worker = await world.worker()
    worker.rule("blob:*", CLOSED, times=math.inf)
    return worker


async def send_back(world: World, worker: Worker, text: bytes) -> None:
    """Handle a message that can't be put anywhere else, and check that it's back on a queue, unchanged."""
    outcome = await worker.take(world.post.publish(text))
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD
    assert [message.text for message in world.post.live] == [text], "the message is lost"
    assert world.post.live[0].due >= world.now + outcome.after, "it comes back at once"


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [("graph:create", Status(429, {"Retry-After": "0"})), ("table:*", CLOSED)],
    ids=["a throttled event", "an event without a ledger"],
)
async def test_a_large_event_is_not_lost_while_its_body_cannot_be_written(
    world: World, pattern: str, fault: Status
) -> None:
    """It waits until its body can be written, or until it doesn't need a retry."""
    one, two = await without_blobs(world), await world.worker()
    one.rule(pattern, fault, times=math.inf)
    event = assigned()
    world.events.append(event)
    await send_back(world, one, text_of(event | PADDING))
    await world.drain(two)
    await world.check_all_is_well()


async def test_a_large_message_is_not_lost_while_its_letter_cannot_be_written(world: World) -> None:
    """It becomes a dead letter once the letter can be written."""
    one, two = await without_blobs(world), await world.worker()
    rubbish = json.dumps(PADDING).encode()
    await send_back(world, one, rubbish)
    await world.drain(two)
    assert [(letter.reason, letter.body()) for letter in world.post.dead_letters.values()] == [("malformed", rubbish)]
    assert not world.post.live


def of_operator(event: Event) -> Envelope:
    """Return an envelope like those that an operator puts on the retry queue."""
    time = datetime.fromtimestamp(BEGIN, UTC)
    facts = {"reason": "", "detail": "", "attempt": 1, "first_seen": time, "last_seen": time, "from_operator": True}
    return Envelope.model_validate({"id": "1", **facts, "enrollment_id": ENROLMENT, "original": text_of(event)})


@pytest.mark.parametrize(
    "pretence",
    [ControlEnvelope(control="rebind", record=row_key(ENROLMENT)), of_operator(progressed(99))],
    ids=["a control message", "an envelope"],
)
async def test_what_is_sent_back_is_not_believed(world: World, pretence: ControlEnvelope | Envelope) -> None:
    """A publisher of events can't control the app, however large the message is and whatever fails."""
    world.simulator.configure(users=(IS_ANN,))
    one, two = await without_blobs(world), await world.worker()
    world.publish(assigned(), learner=BY_MAIL)
    await world.drain(two)
    world.advance(600)
    world.simulator.configure(users=(HAS_HER_MAIL,))
    await send_back(world, one, json.dumps(json.loads(pretence.text()) | PADDING).encode())
    await world.drain(two)
    await world.check_all_is_well("malformed")
