"""What an operator puts back: the message of a dead letter, with the envelope around it."""

from datetime import UTC, datetime

from activities.storage.envelope import Envelope
from tests.faults.actions import Status
from tests.traces.post import Queued
from tests.traces.refusals import REFUSED
from tests.traces.stories import ANN, COURSE, assigned, completed, from_moodle, of_another, text_of
from tests.traces.world import BEGIN, World
from tools.develop.simulator import Content


async def test_an_event_without_a_time_occurred_when_it_was_first_received(world: World) -> None:
    """Neither a retry nor a redrive makes it a later one."""
    world.simulator.configure(contents=(Content(id=COURSE, external_id="17"),))
    await world.name_account("45", "moodle", entraObjectId=ANN)
    one = await world.worker()
    one.rule("graph:create", Status(500))
    one.rule("graph:create", REFUSED, nth=2)
    world.post.publish(from_moodle("user_enrolment_created"))
    await world.drain(one)
    assert [letter.reason for letter in world.post.dead_letters.values()] == ["rejected_by_graph"]
    world.advance(3 * 86_400)
    await world.post.redrive()
    await world.drain(one)
    [activity] = world.simulator.activities
    assert datetime.fromisoformat(activity.body["assignedDateTime"]) == datetime.fromtimestamp(BEGIN, UTC)


async def test_a_body_in_which_another_enrolment_is_found_now(world: World) -> None:
    """It is merged into the record of that enrolment. The one that the envelope names is only synced."""
    one = await world.worker()
    await world.apply(one, assigned(), of_another(assigned()))
    world.events.append(completed())
    envelope = Envelope(
        id="1",
        reason="rejected_by_graph",
        detail="",
        attempt=2,
        first_seen=datetime.fromtimestamp(BEGIN, UTC),
        last_seen=datetime.fromtimestamp(BEGIN, UTC),
        enrollment_id="enrolment-2",
        nonce="2",
        redriven=True,
        original=text_of(completed()).decode(),
    )
    world.post.live.append(Queued(envelope.text().encode(), world.now, is_retry=True))
    await world.drain(one)
    await world.check_all_is_well()
