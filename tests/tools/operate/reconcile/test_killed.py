"""A command that's killed and run again asks for each record once and misses none."""

import json
from collections import Counter

import pytest

from activities.service import Service
from tests.faults.exchange import matching
from tests.faults.proxied import Proxied
from tests.faults.rules import Point
from tests.native_event import event_body
from tests.tools.operate.conftest import Run
from tests.tools.operate.killing import Killing
from tests.tools.operate.working import at_work, drained
from tools.develop.simulator import Simulator

COUNT, BEFORE = 12, 5


async def events(service: Service) -> None:
    """Let the app handle an assignment for each enrolment."""
    for number in range(COUNT):
        await service.handler.event(event_body(enrollmentId=f"enrolment-{number}", eventId=str(number)))


@pytest.mark.parametrize(
    ("options", "point", "asked"),
    [((), "before", BEFORE - 1), (("--repair",), "after", BEFORE)],
    ids=["compare", "repair"],
)
async def test_a_comparison(  # noqa: PLR0913  the fixtures, and when it's killed
    run: Run,
    service: Service,
    simulator: Simulator,
    environment: dict[str, str],
    *,
    options: tuple[str, ...],
    point: Point,
    asked: int,
) -> None:
    """The second run leaves out what the app compared between the runs."""
    await events(service)
    requests = len(simulator.requests)
    async with Proxied(environment) as proxied:
        command = Killing(run, proxied, ("reconcile", "--json", "--rate", "100", *options))
        await command.killed("queue:put:*", BEFORE, point)
        await drained(service)
        assert len(simulator.requests) - requests == asked
        async with at_work(service):
            [counts] = (json.loads(line) for line in (await command.finished()).splitlines())
        assert len(matching(proxied.log, "queue:put:*")) == COUNT + BEFORE - asked
    assert (counts["compared"], counts["unanswered"]) == (COUNT - asked, 0)
    assert Counter(request.operation for request in simulator.requests[requests:]) == {"get": COUNT}
    for number in range(COUNT):
        assert (await service.ledger.load(f"enrolment-{number}")).record.sync.check is not None


@pytest.mark.parametrize(("point", "asked"), [("before", BEFORE - 1), ("after", BEFORE)])
async def test_what_was_held_back(  # noqa: PLR0913  the same
    run: Run, service: Service, simulator: Simulator, environment: dict[str, str], *, point: Point, asked: int
) -> None:
    """The second run leaves out what was set going between the runs."""
    shadow = Service(service.settings.model_copy(update={"sync_mode": "shadow"}))
    await events(shadow)
    await shadow.close()
    async with Proxied(environment) as proxied:
        command = Killing(run, proxied, ("reconcile", "--json", "--pending", "--rate", "100"))
        await command.killed("queue:put:*", BEFORE, point)
        await drained(service)
        assert len(simulator.activities) == asked
        assert json.loads(await command.finished()) == {"asked": COUNT - asked}
        await drained(service)
    created = Counter(activity.external_id for activity in simulator.activities)
    assert created == {f"enrolment-{number}": 1 for number in range(COUNT)}
    operations = Counter(request.operation for request in simulator.requests)
    assert (operations["create"], operations["get"]) == (COUNT, 0)
