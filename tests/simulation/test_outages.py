"""Something is down for a long weekend. Nothing becomes a dead letter, and afterwards everything is delivered."""

import pytest

from tests.simulation.memory.wire import Answered, NoAnswer, NoConnection
from tests.simulation.scenario import HOUR, Scenario, play

OUTAGES = {
    "no way to Graph": ("graph", NoConnection()),
    "no answer of Graph": ("graph", NoAnswer()),
    "Graph is ill": ("graph", Answered(500, "internalServerError")),
    "Graph is busy": ("graph", Answered(503, "serviceUnavailable", headers={"Retry-After": "600"})),
    "no permission": ("graph", Answered(403, "Forbidden", "No permission scope.")),
    "unknown words": ("graph", Answered(403, "Forbidden", "Closed for maintenance.")),
    "no identity": ("identity", Answered(500, "error")),
    "no table": ("table", Answered(404, "TableNotFound")),
    "the table is ill": ("table", Answered(503, "ServerBusy")),
    "the table is closed": ("table", Answered(403, "AuthorizationFailure")),
}


@pytest.mark.parametrize(("place", "error"), OUTAGES.values(), ids=OUTAGES)
def test_72_hours_without_a_service(place: str, error: Exception) -> None:
    """Messages wait as long as it takes. None is given up: nobody got through, so nobody is blamed."""

    async def story(scenario: Scenario) -> None:
        before, during = scenario.enrolment(), scenario.enrolment("userPrincipalName", "externalId")
        scenario.assign(before)
        await scenario.settle()
        scenario.outage(place, 72, error)
        # New processes have no token yet.
        scenario.world.restart()
        scenario.assign(during)
        await scenario.world.wait(HOUR)
        scenario.progress(during, 50)
        scenario.complete(before)
        await scenario.world.drain(until=80 * HOUR, deliveries=10**6)
        assert scenario.letters == 0
        await scenario.settle()
        scenario.account()

    play(story)


@pytest.mark.parametrize("error", [Answered(503, "ServerBusy"), None], ids=["ill", "hanging"])
@pytest.mark.parametrize("place", ["table:update", "table:insert"])
def test_messages_do_not_multiply(place: str, error: Exception | None) -> None:
    """While the table can't be written and there's no identity, there are no more messages than events."""

    async def story(scenario: Scenario) -> None:
        known, new = scenario.enrolment(), scenario.enrolment()
        scenario.assign(known)
        await scenario.settle()
        scenario.outage(place, 4, error)
        scenario.outage("identity", 4, Answered(500, "error"))
        scenario.world.restart()
        scenario.progress(known, 50)
        scenario.assign(new)
        await scenario.world.drain(until=3 * HOUR, deliveries=10**6)
        # While a message is being handled, its retry may have been written already.
        assert sum(len(queue.messages) for queue in scenario.world.queues.values()) <= 2 * 2
        assert scenario.letters == 0
        await scenario.settle()
        scenario.account()

    play(story)
