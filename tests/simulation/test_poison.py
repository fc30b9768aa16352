"""Messages that the host gives up on because the retry queue can't be written, and messages that aren't events."""

from tests.simulation.memory.wire import Answered
from tests.simulation.scenario import HOUR, Scenario, play


def test_poison_becomes_a_letter_that_heals() -> None:
    """An event that couldn't be put back in ten tries is parked, and the enrolment's next event heals the record."""

    async def story(scenario: Scenario) -> None:
        scenario.world.restart()
        one, other = scenario.enrolment(), scenario.enrolment()
        scenario.outage("graph", 1, Answered(500, "internalServerError"))
        scenario.outage("queue:put", 1, Answered(503, "ServerBusy"))
        scenario.assign(one)
        await scenario.world.drain(until=0.9 * HOUR)
        assert scenario.letter_of(one) == "host_poison"
        await scenario.world.wait(HOUR)
        scenario.assign(other)
        scenario.progress(one, 50)
        await scenario.settle()
        assert scenario.letters == 0
        scenario.account()

    play(story)


def test_nonsense_becomes_a_letter_and_holds_nobody() -> None:
    """It's text that isn't JSON, JSON that isn't an event, or an event without required values."""

    async def story(scenario: Scenario) -> None:
        for text in ("", "hello", "[]", "{}", '{"specVersion": "1.0", "eventType": "course.assigned"}', "[" * 5000):
            scenario.world.queues["events"].put(text)
        one = scenario.enrolment()
        scenario.assign(one)
        await scenario.settle()
        assert scenario.letters == 5
        assert len(scenario.world.tenant.live) == 1
        assert await scenario.operator.redrive() == 5
        await scenario.settle()
        assert scenario.letters == 5

    play(story)
